"""An end of a pair goes, or both, in the middle of traffic: by itself, with its room, at rmmod."""

import contextlib

import pytest

from helpers import kernel
from helpers.cable import Room
from helpers.pair import (
    OneOfMany, be_silent, datagrams, has_no_link, know_each_other, settled)
from helpers.pktgen import Pktgen
from helpers.traffic import Flood
from helpers.vnet import books
from helpers.wait import until

TIMES = 6
FAST = pytest.mark.parameters(pairs=TIMES, rate_kbps=0, tx_ring=16, rx_ring=16)
SLOW = pytest.mark.parameters(pairs=TIMES, rate_kbps=20_000, tx_ring=16, rx_ring=16)
BOTH = pytest.mark.parametrize("rate", [
    pytest.param("fast", marks=FAST), pytest.param("slow", marks=SLOW)])


@pytest.fixture(name="two_rooms")
def two_rooms_fixture(no_module, pairs, rooms):
    """Two rooms, and pairs to lay between them, which go with the module."""
    return rooms(2)


@contextlib.contextmanager
def flooded(cable):
    """Both ends send as fast as they can while the block runs."""
    know_each_other(cable)
    there, _ = datagrams(cable.a, cable.b, 9)
    back, _ = datagrams(cable.b, cable.a, 9)
    with Flood(there, back):
        flows(cable)
        yield


def flows(cable):
    """Waits until frames arrive at both ends."""
    before = [end.counter("rx0_received") for end in cable.ends]
    until(lambda: all(end.counter("rx0_received") > then + 20
                      for end, then in zip(cable.ends, before)), "traffic flows both ways")


def delete(end):
    """Deletes an end."""
    end.ip.link("del", index=end.index)
    assert not end.ip.link_lookup(ifname=end.name)


def is_usable_alone(end):
    """An end without another: no carrier, and everything works that needs none."""
    has_no_link(end)
    assert end.is_up
    assert "NO-CARRIER" in end.run("ip", "link", "show", end.name).stdout
    nobody = end.neighbour4(1 if end.v4.endswith("2") else 2)
    assert end.run("ping", "-n", "-c", 1, "-W", 1, nobody, check=False).returncode != 0
    for _ in range(2):
        end.down()
        end.set(mtu=9000)
        end.up()
    assert not end.has_carrier
    end.run("ethtool", "-G", end.name, "tx", 64, "rx", 64)
    end.run("ethtool", "-s", end.name, "speed", 100, "autoneg", "off")
    has_no_link(end)
    counters = end.settle()
    assert counters["tx0_posted"] == counters["tx0_reaped"] + counters["tx0_purged"]
    until(lambda: end.bql("inflight") == 0, "nothing is in flight for BQL")


@FAST
@pytest.mark.parametrize("first", [0, 1], ids=["first end", "second end"])
def test_one_end_is_deleted(two_rooms, first):
    """The other one is left without a carrier, and of some use still; then it goes, too."""
    with kernel.Probes("free_netdev") as probes:
        with OneOfMany(*two_rooms, 0) as cable:
            before = probes.hits("free_netdev")
            delete(cable.ends[first])
            until(lambda: probes.hits("free_netdev") >= before + 1, "the end is freed")
            is_usable_alone(cable.ends[1 - first])
            delete(cable.ends[1 - first])
            until(lambda: probes.hits("free_netdev") >= before + 2, "the other is freed")


@FAST
@pytest.mark.parametrize("first", [0, 1], ids=["first end", "second end"])
def test_an_end_that_is_left_does_not_keep_the_module(two_rooms, first):
    """rmmod while one end is gone and the other one is up."""
    with OneOfMany(*two_rooms, 0) as cable:
        delete(cable.ends[first])
        kernel.unload()
        assert not kernel.is_loaded()
        assert not cable.ends[1 - first].room.ports()


@BOTH
def test_an_end_is_deleted_under_load(two_rooms, rate):
    """One end of each pair in turn, while both send: the other one loses its carrier."""
    for number in range(TIMES):
        with OneOfMany(*two_rooms, number) as cable:
            goes, stays = cable.ends[::(1, -1)[number % 2]]
            with flooded(cable):
                delete(goes)
                has_no_link(stays)
                assert stays.counter("tx0_posted") > 0
            counters = stays.settle()
            assert counters["tx0_posted"] == counters["tx0_reaped"] + counters["tx0_purged"]
            assert stays.stats()["tx_carrier_errors"] == counters["tx0_no_carrier"]
            delete(stays)


@BOTH
def test_both_ends_are_deleted_under_load(two_rooms, rate):
    """The same for both, one right after the other."""
    with kernel.Probes("free_netdev") as probes:
        before = probes.hits("free_netdev")
        for number in range(TIMES):
            with OneOfMany(*two_rooms, number) as cable, flooded(cable):
                for end in cable.ends[::(1, -1)[number % 2]]:
                    delete(end)
        until(lambda: probes.hits("free_netdev") >= before + 2 * TIMES, "all ends are freed")


@BOTH
def test_down_and_up_under_load(two_rooms, rate):
    """Both ends go down and up in turn, while both send: it works, and the books balance."""
    with OneOfMany(*two_rooms, 0) as cable:
        be_silent(cable)
        with flooded(cable):
            for number in range(2 * TIMES):
                end = cable.ends[number % 2]
                end.down()
                end.up()
                know_each_other(cable)
            flows(cable)
        for end in cable.ends:
            books(end, idle=False)
        for one, other in (cable.ends, cable.ends[::-1]):
            (sent, _), (got, _) = settled(one, other)
            arrived = sent["tx0_completed"] - sent["tx0_no_carrier"]
            received = got["rx0_delivered"] + got["rx_missed"] + got["rx_filtered"]
            assert arrived == received + sent["line_purged"]


@FAST
def test_an_end_is_deleted_under_pktgen(two_rooms):
    """While shared skbs come in from one end, either end goes."""
    for number in range(TIMES):
        with OneOfMany(*two_rooms, number) as cable:
            know_each_other(cable)
            with cable.a.room.inside(), Pktgen(cable.a, cable.b.mac, cpu=1) as pktgen:
                pktgen.start()
                delete(cable.ends[number % 2])
                if number % 2:
                    has_no_link(cable.a)
                    pktgen.stop()
            delete(cable.ends[1 - number % 2])


def bounce(cable, rooms):
    """Has datagrams go to and fro between two rooms; returns a socket that starts each.

    Both forward what is for a third network to the other one. The socket belongs
    to the first namespace: one of a room would keep the room.
    """
    one, other = cable.ends
    for room, gateway in zip(rooms, (other.v4, one.v4)):
        room.run("ip", "route", "add", "198.51.100.0/24", "via", gateway)
        room.sysctl("net/ipv4/ip_forward", 1)
        room.sysctl("net/ipv4/conf/all/rp_filter", 0)
        room.sysctl("net/ipv4/conf/all/send_redirects", 0)
    know_each_other(cable)


@BOTH
@pytest.mark.parametrize("first", [0, 1], ids=["first end", "second end"])
def test_a_room_goes_under_load(no_module, pairs, rate, first):
    """A namespace dies while its end forwards what comes, to and fro; the other one stays."""
    with kernel.Probes("free_netdev") as probes:
        for number in range(2):
            with contextlib.ExitStack() as left:
                rooms = [Room(), Room()]
                stays = left.enter_context(rooms[1 - first])
                with rooms[first]:
                    cable = OneOfMany(*rooms, number).__enter__()
                    bounce(cable, rooms)
                    end = cable.ends[1 - first]
                    sock = left.enter_context(datagrams(end, end)[0])
                    sock.connect(("198.51.100.9", 9))
                    left.enter_context(Flood(sock))
                    flows(cable)
                    before = probes.hits("free_netdev")
                # The end, and the loopback device.
                until(lambda: probes.hits("free_netdev") >= before + 2, "the devices are freed")
                has_no_link(end)
                assert stays.ports() == [end.name]


@pytest.mark.parametrize("rate", [
    pytest.param(0, id="fast"), pytest.param(20_000, id="slow")])
def test_rmmod_under_load(no_module, rooms, rate):
    """The module goes in the middle of traffic both ways, three times over."""
    two_rooms = rooms(2)
    for _ in range(3):
        kernel.load(pairs=1, rate_kbps=rate, tx_ring=16, rx_ring=16)
        with OneOfMany(*two_rooms, 0) as cable, flooded(cable):
            kernel.unload()
            assert not any(room.ports() for room in two_rooms)
