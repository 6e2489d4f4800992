"""The link works while both ends of the cable are up; what is sent into a broken one is lost."""

import json
import time

import pytest

from helpers import kernel
from helpers.pair import (
    agree, be_silent, books_of_pair, datagrams, has_link, has_no_link, know_each_other,
    settled)
from helpers.traffic import Flood, send_numbered
from helpers.wait import until

pytestmark = pytest.mark.parameters(pairs=1)

# A frame takes 6 s, so that what is in the ring would take longer than any test waits.
SLOW = pytest.mark.parameters(pairs=1, rate_kbps=2, tx_ring=16)


@pytest.fixture(name="fresh")
def fresh_fixture(no_module, cable):
    """A cable that has not been used before: its counters start at 0."""
    return cable


def works(cable):
    """Asserts that traffic flows both ways."""
    know_each_other(cable)
    for number, (one, other) in enumerate(((cable.a, cable.b), (cable.b, cable.a))):
        out, into = datagrams(one, other, 6000 + number)
        with out, into:
            out.send(b"x")
            assert into.recv(10) == b"x"


@pytest.mark.parametrize("first", [0, 1], ids=["first end", "second end"])
def test_carrier_follows_the_peer(cable, first):
    """An end that goes down takes the other's carrier; it is back when both are up."""
    one, other = cable.ends[first], cable.ends[1 - first]
    has_link(one, other)
    one.down()
    has_no_link(one, other)
    assert other.is_up
    assert "NO-CARRIER" in other.run("ip", "link", "show", other.name).stdout
    assert other.shown("carrier") == "0"
    assert (other.attr("IFLA_CARRIER"), other.attr("IFLA_OPERSTATE")) == (0, "DOWN")
    one.up()
    has_link(one, other)
    works(cable)
    books_of_pair(cable)


@pytest.mark.parametrize("first", [0, 1], ids=["first end", "second end"])
def test_down_and_up_in_both_orders(cable, first):
    """It takes both: the first one up has no carrier yet, whichever it is."""
    one, other = cable.ends[first], cable.ends[1 - first]
    for order in ((one, other), (other, one)):
        for end in cable.ends:
            end.down()
        has_no_link(*cable.ends)
        order[0].up()
        assert not order[0].has_carrier
        has_no_link(*cable.ends)
        order[1].up()
        has_link(*cable.ends)
    works(cable)


def test_carrier_changes_are_counted(cable):
    """Each end notes how often its carrier went and came."""
    before = [end.attr("IFLA_CARRIER_CHANGES") for end in cable.ends]
    for _ in range(3):
        cable.b.down()
        has_no_link(cable.a)
        cable.b.up()
        has_link(*cable.ends)
    after = [end.attr("IFLA_CARRIER_CHANGES") for end in cable.ends]
    assert [now - then for now, then in zip(after, before)] == [6, 6]


def fill(cable, size=1458):
    """Puts frames into the ring of one end, where they will stay for long."""
    be_silent(cable)
    with cable.a.room.inside():
        cable.a.no_byte_limit()
    out, into = datagrams(cable.a, cable.b)
    before = cable.a.counter("tx0_posted")
    with out, into:
        send_numbered(out, 24, size)
        until(lambda: cable.a.counter("tx_stops") > 0, "the ring is full")
    assert cable.a.counter("tx0_posted") - before >= 15


def no_carrier_is_told(cable, drops):
    """Asserts that what was in the ring is lost, counted, and said to be."""
    def empty():
        counters = cable.a.counters()
        return counters if counters["tx0_posted"] == counters["tx0_reaped"] else None
    counters = until(empty, "the ring is empty")
    until(lambda: cable.a.bql("inflight") == 0, "nothing is in flight for BQL")
    counters = cable.a.settle()
    lost = counters["tx0_no_carrier"]
    assert lost >= 14
    stats = cable.a.stats()
    assert stats["tx_carrier_errors"] == lost
    assert stats["tx_errors"] == lost
    groups = cable.a.run("ethtool", "--json", "-S", cable.a.name, "--groups", "eth-mac").stdout
    # That one is of half duplex.
    assert "CarrierSenseErrors" not in json.loads(groups)[0]["eth-mac"]
    assert counters["tx0_completed"] - lost == counters["tx_packets"] == stats["tx_packets"]
    assert counters["tx0_purged"] == 0
    assert drops.count("DEV_READY") == lost
    return counters


@SLOW
def test_full_ring_is_lost_with_the_carrier(fresh):
    """Frames in the ring complete as lost; the ring, BQL and the books are as after sending."""
    cable = fresh
    fill(cable)
    with kernel.Drops() as drops:
        cable.b.down()
        counters = no_carrier_is_told(cable, drops)
    has_no_link(cable.a)
    cable.b.up()
    has_link(*cable.ends)
    cable.a.run("ethtool", "-s", cable.a.name, "speed", 100, "autoneg", "off")
    works(cable)
    agree(cable.a, cable.b)
    after = cable.a.counters()
    assert after["tx0_no_carrier"] == counters["tx0_no_carrier"]
    assert after["tx_packets"] > counters["tx_packets"]
    assert after["tx_wakes"] == after["tx_stops"]


@SLOW
def test_full_ring_is_lost_when_the_other_end_is_deleted(fresh):
    """The same where the other end will not come back."""
    cable = fresh
    fill(cable)
    with kernel.Drops() as drops:
        cable.b.ip.link("del", index=cable.b.index)
        no_carrier_is_told(cable, drops)
    cable.ends = (cable.a,)


@pytest.mark.parameters(pairs=1, rate_kbps=1, tx_ring=16)
def test_wire_is_free_when_the_link_is_back(fresh):
    """What was on the wire when the link broke does not keep it busy: 72 s, at this rate."""
    fresh.mtu(9000)
    fill(fresh, 8958)
    fresh.b.down()
    has_no_link(fresh.a)
    fresh.b.up()
    has_link(*fresh.ends)
    out, into = datagrams(fresh.a, fresh.b)
    with out, into:
        know_each_other(fresh)
        start = time.monotonic()
        out.send(b"first")
        assert into.recv(100) == b"first"
        # It takes 0.7 s itself.
        assert time.monotonic() - start < 60


def test_link_flaps_under_load(fresh):
    """One end goes down and up while the other sends: every frame is accounted for."""
    be_silent(fresh)
    out, _ = datagrams(fresh.a, fresh.b)
    with Flood(out):
        for _ in range(10):
            before = fresh.b.counter("rx0_received")
            until(lambda: fresh.b.counter("rx0_received") > before, "traffic flows")
            fresh.b.down()
            fresh.b.up()
    has_link(*fresh.ends)
    (sent, _), (got, _) = settled(fresh.a, fresh.b)
    arrived = sent["tx0_completed"] - sent["tx0_no_carrier"]
    received = got["rx0_delivered"] + got["rx_missed"] + got["rx_filtered"]
    assert arrived == received + sent["line_purged"]
    books_of_pair(fresh)
    works(fresh)
