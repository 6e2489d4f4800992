"""Data that goes through a cable arrives as it was sent: checksummed, both ways, any MTU."""

import pytest

from helpers.talk import (V4, V6, connection, datagrams, exchange, expected, noise, ping_works,
                          udp_works)

FAMILIES = pytest.mark.parametrize("family", [V4, V6])
MTUS = pytest.mark.parametrize("mtu", [1500, 9000])
HEADERS = {V4: 28, V6: 48}


@FAMILIES
@MTUS
def test_tcp_both_ways_at_once(shared, family, mtu):
    """A few megabytes each way at the same time over one connection."""
    shared.mtu(mtu)
    one, other = noise(2_000_000, 1), noise(2_000_003, 2)
    with connection(*shared.ends, family) as (here, there):
        assert exchange(here, there, one, other) == (expected(one), expected(other))


@FAMILIES
@MTUS
def test_udp_both_ways(shared, family, mtu):
    """Datagrams of all kinds of sizes, up to the MTU and in fragments beyond it."""
    shared.mtu(mtu)
    ping_works(shared.a, shared.b.of(family))
    full = mtu - HEADERS[family]
    udp_works(*shared.ends, family, (0, 1, 17, 18, 19, 600, full - 1, full, full + 1, 30000))


@FAMILIES
def test_datagrams_keep_their_order(shared, family):
    """A burst of numbered datagrams arrives whole and in order."""
    ping_works(shared.a, shared.b.of(family))
    with datagrams(*shared.ends, family) as (here, there):
        sent = [number.to_bytes(4, "big") + noise(1000, number) for number in range(300)]
        for data in sent:
            here.send(data)
        assert [there.recv(2000) for _ in sent] == sent


@pytest.mark.parametrize("mtu, length", [(68, 2000), (576, 50_000), (1280, 50_000),
                                         (8999, 100_000)])
def test_other_mtus(cable, mtu, length):
    """TCP finds its way through any MTU; a small one takes far more memory than it brings."""
    cable.mtu(mtu)
    data = noise(length)
    with connection(*cable.ends) as (here, there):
        assert exchange(here, there, data, data) == (expected(data), expected(data))
