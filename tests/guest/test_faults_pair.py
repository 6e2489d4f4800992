"""Faults of a pair: each end has its own, and both see what comes of it."""

import time

import pytest

from helpers import configfs, kernel
from helpers.cable import End
from helpers.configfs import Item
from helpers.faults import (
    A_SECOND, FAULTS, FLAP, HANG, LOSE, NO_MEMORY, STARVE, STORM, flags, no_faults, pair_works,
    set_faults, wrong)
from helpers.pair import datagrams, has_link
from helpers.queues import settled, total
from helpers.traffic import Flood, receive_numbered, send_numbered
from helpers.wait import until

PATIENCE = 60


@pytest.fixture(name="cable0")
def cable0_fixture(module, rooms):
    """An item for a pair with two queues."""
    configfs.have_mounted()
    with Item(far_end="peer", queues=2, name="left", peer_name="right") as item:
        yield item


@pytest.fixture(name="ends")
def ends_fixture(cable0, rooms):
    """Its ends, in two rooms, which know each other."""
    ends = lay(cable0, *rooms(2))
    for one, other in (ends, ends[::-1]):
        one.neighbour(other.mac, other.v4)
    return ends


def lay(item, *rooms):
    """Brings the pair to life, one end in each room."""
    with rooms[0].inside():
        item.on()
    rooms[0].ip.link("set", index=rooms[0].ip.link_lookup(ifname="right")[0], net_ns_fd=rooms[1].fd)
    ends = End(rooms[0], "left", 0, 1), End(rooms[1], "right", 0, 2)
    for end in ends:
        # Nobody says anything by himself.
        end.room.sysctl("net/ipv6/conf/all/disable_ipv6", 1)
        end.up()
        end.ip.addr("add", index=end.index, address=end.v4, prefixlen=24)
    has_link(*ends)
    return ends


def test_hang(ends):
    """One direction stands still and the other works; the card is reset."""
    one, other = ends
    out, into = datagrams(one, other)
    back, home = datagrams(other, one)
    with out, into, back, home:
        with kernel.Drops() as drops, wrong(one, HANG):
            send_numbered(out, 50, 200)
            send_numbered(back, 50, 200)
            receive_numbered(home, 50, 200)
            until(lambda: one.counter("tx_timeouts") > 0, "the reset", PATIENCE, pause=0.2)
            lost = one.counter("tx_lost")
            assert drops.count("QUEUE_PURGE") >= lost > 0
            assert one.counters()["tx_packets"] == 0
            assert other.counter("tx_timeouts") == 0
    pair_works(*ends)


def test_lost_interrupts(ends):
    """The receiver is not told, and looks by itself; nothing is lost."""
    one, other = ends
    out, into = datagrams(one, other)
    with out, into, wrong(other, LOSE):
        took = []
        for _ in range(3):
            start = time.monotonic()
            out.send(b"x")
            assert into.recv(10) == b"x"
            took.append(time.monotonic() - start)
        assert min(took) < A_SECOND
        send_numbered(out, 100, 200)
        receive_numbered(into, 100, 200)
        assert total(settled(other), "q_interrupts_lost") > 0
        assert total(settled(one), "q_interrupts_lost") == 0
    pair_works(*ends)


def test_storm(ends):
    """At one end, which has a hard time but works."""
    one, other = ends
    before = settled(other)
    with wrong(other, STORM):
        until(lambda: other.counter("q1_interrupts") > before["q1_interrupts"] + 200, "a storm")
        pair_works_while(ends)
    pair_works(*ends)
    assert total(settled(one), "q_interrupts") <= total(one.counters(), "q_polls")


def pair_works_while(ends):
    """Something passes each way."""
    for way, (one, other) in enumerate((ends, ends[::-1])):
        out, into = datagrams(one, other, 7000 + way)
        with out, into:
            send_numbered(out, 50, 200)
            receive_numbered(into, 50, 200)


def test_starvation(ends):
    """The sender does not notice; the receiver misses what it has no descriptors for."""
    one, other = ends
    other.run("ethtool", "-G", other.name, "rx", 8)
    out, into = datagrams(one, other)
    with out, into:
        with wrong(other, STARVE):
            send_numbered(out, 20, 100)
            receive_numbered(into, 8, 100)
            settled(one)
            assert settled(other)["rx_missed"] == 12
        out.send(b"next")
        assert into.recv(10) == b"next"
    other.run("ethtool", "-G", other.name, "rx", 256)
    pair_works(*ends)


def test_no_memory_to_receive(ends):
    """What arrives is dropped, and counted where it was to be received."""
    one, other = ends
    out, into = datagrams(one, other)
    with out, into:
        with kernel.Drops() as drops, wrong(other, NO_MEMORY):
            send_numbered(out, 20, 100)
            until(lambda: other.counter("rx_no_memory") == 20, "all are counted")
            until(lambda: drops.count("NOMEM") == 20, "all are dropped")
            assert other.stats()["rx_dropped"] == 20
        out.send(b"next")
        assert into.recv(10) == b"next"
    pair_works(*ends)


@pytest.mark.parametrize("who", ["one", "both"])
def test_flapping_carrier(cable0, ends, who):
    """Both ends see the carrier go and come, whoever cuts the cable; even if both do."""
    before = [end.carrier_changes for end in ends]
    if who == "both":
        cable0[FLAP] = 1
        assert [flags(end) for end in ends] == [{FLAP}, {FLAP}]
    else:
        set_faults(ends[1], True, FLAP)
    for end, changes in zip(ends, before):
        until(lambda end=end, changes=changes: end.carrier_changes >= changes + 6,
              "it flaps")
    if who == "both":
        # One of them goes on.
        set_faults(ends[0], False, FLAP)
        now = ends[0].carrier_changes
        until(lambda: ends[0].carrier_changes >= now + 4, "it still flaps")
        assert cable0[FLAP] == "1"
    cable0[FLAP] = 0
    assert [flags(end) for end in ends] == [set(), set()]
    pair_works(*ends)
    now = [end.carrier_changes for end in ends]
    time.sleep(1.5)
    assert [end.carrier_changes for end in ends] == now


def test_all_under_traffic(cable0, ends):
    """Each, then all at once, at either end and at both, while both send."""
    socks = [datagrams(*way, 7000 + number) for number, way in enumerate((ends, ends[::-1]))]
    with Flood(*(out for out, _ in socks)):
        for names in [*((name,) for name in FAULTS), FAULTS]:
            for who in (ends[:1], ends[1:], ends):
                for end in who:
                    set_faults(end, True, *names)
                time.sleep(0.05)
                for name in names:
                    cable0[name] = 0
    for _, into in socks:
        into.close()
    no_faults(cable0)
    pair_works(*ends)


@pytest.mark.parametrize("name", FAULTS)
def test_each_end_has_its_own(cable0, ends, name):
    """configfs shows what any end has, and gives one end's to the other only if asked to."""
    one, other = ends
    set_faults(other, True, name)
    assert cable0[name] == "1"
    cable0["loss_ppm"] = 1000
    cable0["loss_ppm"] = 0
    another = FAULTS[FAULTS.index(name) - 1]
    cable0[another] = 1
    assert flags(one) == {another}
    assert flags(other) == {name, another}
    cable0[another] = 0
    assert flags(one) == set()
    assert flags(other) == {name}
    # It reads 1 already, and becomes so for both.
    cable0[name] = 1
    assert flags(one) == flags(other) == {name}
    cable0[name] = 0
    assert flags(one) == flags(other) == set()
    pair_works(*ends)


def test_power(cable0, rooms):
    """What was written is there at both ends at power on; what ethtool sets goes with its port."""
    cable0[NO_MEMORY] = 1
    first, second = rooms(2), rooms(2)
    for where in (first, second):
        ends = lay(cable0, *where)
        assert [flags(end) for end in ends] == [{NO_MEMORY}, {NO_MEMORY}]
        set_faults(ends[0], True, STARVE, FLAP)
        assert cable0[STARVE] == "1"
        cable0.off()
        assert (cable0[NO_MEMORY], cable0[STARVE], cable0[FLAP]) == ("1", "0", "0")


@pytest.mark.parametrize("name", FAULTS)
def test_one_end_goes(cable0, ends, name):
    """Down and up again, and for good, at the end with the fault and at the other one."""
    one, other = ends
    for end in ends:
        set_faults(one, True, name)
        end.down()
        time.sleep(0.1)
        end.up()
        set_faults(one, False, name)
        has_link(*ends)
    for end, far in (ends, ends[::-1]):
        end.neighbour(far.mac, far.v4)
    pair_works(*ends)
    set_faults(one, True, name)
    one.ip.link("del", index=one.index)
    until(lambda: cable0["power"] == "0", "it is not whole any more")
    assert flags(other) == set()
