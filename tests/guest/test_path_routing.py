"""Two cables and a router between them: forwarding, traceroute, masquerading."""

import re

import pytest

from helpers.cable import Cable, Room, have_pairs
from helpers.nft import rules
from helpers.packet import Tap
from helpers.talk import (V4, V6, connection, exchange, expected, noise, ping_works, tcp_works,
                          udp_works)

FAMILIES = pytest.mark.parametrize("family", [V4, V6])


@pytest.fixture(name="ends", scope="module")
def ends_fixture():
    """Two cables in a line, whose middle forwards; for all tests."""
    have_pairs(ports=0)
    with Room() as first, Room() as middle, Room() as last, \
            Cable(first, middle) as one, Cable(middle, last, number=1) as two:
        middle.forward()
        # Or the far end says nothing of a second probe until a second has passed.
        last.sysctl("net/ipv4/icmp_ratelimit", 0)
        for end, router in ((one.a, one.b), (two.b, two.a)):
            end.run("ip", "route", "add", "default", "via", router.v4)
            end.run("ip", "route", "add", "default", "via", router.v6)
        yield one, two


@pytest.fixture(name="routed")
def routed_fixture(ends):
    """The line as it was made, for each test."""
    for cable in ends:
        cable.mtu(1500)
    yield ends
    ends[0].b.room.sysctl("net/ipv4/ip_forward", 1)
    for end in (ends[0].a, ends[1].b):
        # What has been learned of narrow places.
        end.run("ip", "route", "flush", "cache")
        end.run("ip", "-6", "route", "flush", "cache")


@FAMILIES
@pytest.mark.parametrize("mtu", [1500, 9000])
def test_traffic_through_a_router(routed, family, mtu):
    """Pings, datagrams and connections get through both cables unchanged."""
    near, far = routed[0].a, routed[1].b
    for cable in routed:
        cable.mtu(mtu)
    ping_works(near, far.of(family), size=mtu - 48)
    udp_works(near, far, family, (0, 1, 500, mtu - 48))
    tcp_works(near, far, family)


@FAMILIES
def test_router_counts_a_hop(routed, family):
    """The frames of the second cable are from the router, with one hop less to go."""
    near, far = routed[0].a, routed[1].b
    place, kind = ((22, b"\x08\x00"), (21, b"\x86\xdd"))[family == V6]
    with Tap(routed[0].b) as before, Tap(far) as after:
        udp_works(near, far, family, (1000,))
        for tap, source, hops in ((before, near.mac, 64), (after, routed[1].a.mac, 63)):
            frame, = tap.frames(lambda frame: frame[12:14] == kind and len(frame) > 1000
                                and frame[6:12].hex(":") == source)
            assert frame[place] == hops


def test_nothing_passes_without_forwarding(routed):
    """A router that does not forward is a dead end."""
    routed[0].b.room.sysctl("net/ipv4/ip_forward", 0)
    result = routed[0].a.run("ping", "-n", "-c", 1, "-W", 1, routed[1].b.v4, check=False)
    assert "0 received" in result.stdout


@FAMILIES
@pytest.mark.parametrize("how", [(), ("-I",), ("-T", "-p", 7)], ids=["udp", "icmp", "tcp"])
def test_traceroute(routed, family, how):
    """traceroute names the router and then the far end."""
    near, far = routed[0].a, routed[1].b
    shown = near.run("traceroute", "-n", "-q", 1, "-w", 30, *how, far.of(family)).stdout
    hops = re.findall(r"^ *\d+ +(\S+) ", shown, re.MULTILINE)
    assert hops == [routed[0].b.of(family), far.of(family)], shown


@FAMILIES
def test_path_mtu_is_found(routed, family):
    """A narrower second cable makes itself known, and TCP heeds it."""
    near, far = routed[0].a, routed[1].b
    routed[0].mtu(9000)
    routed[1].mtu(1400)
    data = noise(200_000)
    far.run("ip", "route", "change", "default", "via", routed[1].a.of(family), "advmss", 8000)
    with connection(near, far, family) as (here, there):
        assert exchange(here, there, data, data) == (expected(data), expected(data))
    assert "mtu 1400" in near.run("ip", "route", "get", far.of(family)).stdout


def test_masquerade(routed):
    """The far end sees the router and no one else, and its answers get back."""
    near, router, far = routed[0].a, routed[1].a, routed[1].b
    far.run("ip", "route", "del", "default")
    rules(router.room, "add table ip t",
          "add chain ip t post { type nat hook postrouting priority srcnat; }",
          f"add rule ip t post oifname {router.name} masquerade")
    with connection(near, far) as (here, there):
        assert there.getpeername()[0] == router.v4
        assert exchange(here, there, noise(100_000), noise(1000)) == (
            expected(noise(100_000)), expected(noise(1000)))
    ping_works(near, far.v4)
    rules(router.room, "delete table ip t")
    far.run("ip", "route", "add", "default", "via", router.v4)
