"""ping over a cable, and what tcpdump sees of it at both ends."""

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import ARP, Ether

from helpers.capture import tcpdump
from helpers.pair import settled
from helpers.snmp import pings
from helpers.talk import V4, V6, flood_ping, ping_works

FAMILIES = pytest.mark.parametrize("family", [V4, V6])
HEADERS = {V4: 28, V6: 48}


@FAMILIES
@pytest.mark.parametrize("mtu", [1500, 9000])
def test_ping_both_ways(shared, family, mtu):
    """Pings of all kinds of sizes, also in fragments, get their replies."""
    shared.mtu(mtu)
    for size in (0, mtu - HEADERS[family], mtu - HEADERS[family] + 1, 20000):
        ping_works(shared.a, shared.b.of(family), size, count=2)
    ping_works(shared.b, shared.a.of(family))


@FAMILIES
def test_flood_ping(shared, family):
    """Of many pings, as fast as they go, none is lost."""
    def counted():
        settled(*shared.ends)
        with shared.a.room.inside():
            return pings(family == V6)
    before = counted()
    flood_ping(shared.b.of(family), 500, shared.a.run)
    sent, answered = (new - old for old, new in zip(before, counted()))
    assert sent == answered >= 500


@pytest.mark.parametrize("which", ["a", "b"])
@pytest.mark.parametrize("direction, count", [("inout", 6), ("in", 3), ("out", 3)])
def test_tcpdump_sees_both_directions(shared, which, direction, count):
    """At either end: what goes, what comes, or both, with the right addresses."""
    near, far = shared.ends
    ping_works(near, far.v4)
    with tcpdump(getattr(shared, which), count, "-Q", direction, "icmp") as packets:
        ping_works(near, far.v4, count=3)
    requests = [one for one in packets if one[ICMP].type == 8]
    replies = [one for one in packets if one[ICMP].type == 0]
    shown = {"inout": (3, 3), "out": (3, 0), "in": (0, 3)}[direction]
    assert (len(requests), len(replies)) == (shown if which == "a" else shown[::-1])
    for one in requests:
        assert (one[IP].src, one[IP].dst) == (near.v4, far.v4)
        assert (one[Ether].src, one[Ether].dst) == (near.mac, far.mac)
    for one in replies:
        assert (one[IP].src, one[IP].dst) == (far.v4, near.v4)
        assert (one[Ether].src, one[Ether].dst) == (far.mac, near.mac)


def test_tcpdump_sees_the_far_end_being_asked_for(shared):
    """ARP crosses the cable as what it is: a broadcast and an answer to it."""
    near, far = shared.ends
    # Or it may ask, too, for an address that it has not been sure of for a while.
    far.neighbour(near.mac, near.v4)
    near.run("ip", "neigh", "flush", "dev", near.name)
    with tcpdump(far, 2, "arp") as packets:
        ping_works(near, far.v4, count=1)
    # It asks again if the answer takes a second.
    ask, tell = (next(one for one in packets if one[ARP].op == what) for what in (1, 2))
    assert (ask[Ether].dst, ask[ARP].op, ask[ARP].pdst) == ("ff:ff:ff:ff:ff:ff", 1, far.v4)
    assert (tell[Ether].dst, tell[ARP].op, tell[ARP].hwsrc) == (near.mac, 2, far.mac)


@FAMILIES
def test_nobody_is_there(shared, family):
    """An address that the far end does not have does not answer."""
    near = shared.a
    nobody = near.neighbour6(99) if family == V6 else near.neighbour4(99)
    result = near.run("ping", "-n", "-c", 1, "-W", 1, nobody, check=False)
    assert "0 received" in result.stdout
