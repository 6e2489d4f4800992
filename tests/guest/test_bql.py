"""Byte queue limits: how much the stack lets wait in the ring."""

import pytest

from helpers.traffic import DISCARD_PORT, can_echo, flood, send_numbered, udp
from helpers.vnet import NOBODY, FAR4, books
from helpers.wait import until


# A frame takes 9 ms: any sender is faster than that.
@pytest.mark.parameters(tx_ring=256, rate_kbps=1000)
def test_limit_moves_under_load(port):
    """The limit starts at 0 and grows to what the wire needs."""
    port.neighbour(NOBODY)
    port.plain_qdisc()
    assert port.bql("limit") == 0
    with flood(size=1000):
        until(lambda: port.bql("limit") > 0, "the limit has moved")
        until(lambda: port.bql("inflight") > 0, "bytes are in flight")
    port.settle()
    assert port.bql("inflight") == 0
    assert port.bql("limit") > 0
    books(port)


@pytest.mark.parameters(tx_ring=4096, rate_kbps=2)
def test_limit_keeps_the_ring_short(port):
    """With little allowed in flight a large ring stays nearly empty; the rest waits above."""
    port.neighbour(NOBODY)
    port.plain_qdisc()
    port.set_bql("limit_max", 3000)
    with udp(port=DISCARD_PORT) as sock:
        # Each takes 4 s at this rate.
        send_numbered(sock, 40, 1000)
        counters = port.counters()
        in_ring = counters["tx0_posted"] - counters["tx0_reaped"]
        # The limit may be exceeded by one frame.
        assert in_ring * 1042 <= 3000 + 2 * 1042
        assert port.qdisc()["qlen"] > 20
        assert counters["tx_stops"] == 0
    port.down()
    books(port)


@pytest.mark.parameters(rate_kbps=0)
def test_limit_on_an_unlimited_wire(port):
    """Nothing stays in flight where frames take no time."""
    assert can_echo()
    books(port)
    assert port.bql("inflight") == 0


@pytest.mark.parameters(tx_ring=64, rate_kbps=2)
def test_nothing_is_in_flight_after_down_and_up(port):
    """What was in the ring when the port went down is not in flight afterwards."""
    port.neighbour(NOBODY)
    port.no_byte_limit()
    with udp(port=DISCARD_PORT) as sock:
        send_numbered(sock, 20, 1000)
        assert port.bql("inflight") > 0
        port.down()
    assert port.bql("inflight") == 0
    assert port.counter("tx0_purged") > 0
    port.up()
    assert port.bql("inflight") == 0
    port.neighbour(NOBODY, FAR4)
    with udp(port=DISCARD_PORT) as sock:
        sock.send(b"x")
    books(port)
