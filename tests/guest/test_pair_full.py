"""A receiver that is too slow loses frames, and says so; it never holds up the wire."""

import socket

import pytest

from helpers import kernel
from helpers.pair import (
    agree, be_silent, datagrams, has_link, is_clear, nothing_in_the_way, settled, stalled)
from helpers.traffic import receive_numbered, send_numbered
from helpers.wait import until

SMALL = pytest.mark.parameters(pairs=1, rate_kbps=0, rx_ring=8)
SMALL_AND_TIMED = pytest.mark.parameters(pairs=1, rate_kbps=1_000_000, rx_ring=8)
UDP_SEGMENT = 103


@pytest.fixture(name="fresh")
def fresh_fixture(no_module, cable):
    """A cable that has not been used before: its counters start at 0."""
    be_silent(cable)
    nothing_in_the_way(cable)
    return cable


@pytest.mark.parametrize("rate", [
    pytest.param("no limit", marks=SMALL), pytest.param("1 Gbit/s", marks=SMALL_AND_TIMED)])
def test_full_ring_drops_and_does_not_block(fresh, rate):
    """The receiver does not poll: the sender finishes, and what found no descriptor is counted."""
    out, into = datagrams(fresh.a, fresh.b)
    with kernel.Drops() as drops:
        with stalled(fresh.b, out):
            into.recv(100)
            before = fresh.b.counters()
            send_numbered(out, 500, 200)
            until(lambda: is_clear(out), "the sender is done")
            fresh.a.settle()
            counters = fresh.b.counters()
            assert counters["rx0_received"] == before["rx0_received"]
            assert counters["rx0_delivered"] - before["rx0_delivered"] == 8
            assert counters["rx_missed"] - before["rx_missed"] == 492
            stats = fresh.b.stats()
            assert stats["rx_missed_errors"] == counters["rx_missed"]
            assert drops.count("FULL_RING") == 492
        # What had found a descriptor was dropped when the end went down.
        assert fresh.b.counter("rx0_purged") == drops.count("QUEUE_PURGE") == 8
        assert fresh.b.stats()["rx_dropped"] - stats["rx_dropped"] == 8
    assert fresh.a.stats()["tx_errors"] == 0
    assert fresh.a.counter("tx_packets") >= 501
    has_link(fresh.a, fresh.b)
    fresh.b.neighbour(fresh.a.mac, fresh.a.v4)
    send_numbered(out, 5, 200)
    receive_numbered(into, 5, 200)


@pytest.mark.parameters(pairs=1, rate_kbps=0, rx_ring=2)
def test_burst_into_the_smallest_ring(fresh):
    """More at once than a ring of two takes: each frame was received or missed."""
    out, into = datagrams(fresh.a, fresh.b)
    out.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 100)
    # Without GRO the receiver has its own card cut what comes as one piece.
    fresh.b.run("ethtool", "-K", fresh.b.name, "gro", "off")
    for _ in range(20):
        out.send(bytes(5000))
    (sent, _), (got, stats) = settled(fresh.a, fresh.b)
    assert got["rx_missed"] > 0
    assert stats["rx_missed_errors"] == got["rx_missed"]
    assert sent["tx_packets"] == got["rx_packets"] + got["rx_missed"] + got["rx_filtered"]
    into.setblocking(False)
    arrived = 0
    try:
        while into.recv(5000):
            arrived += 1
    except BlockingIOError:
        pass
    assert 0 < arrived <= got["rx_packets"]
    fresh.b.run("ethtool", "-K", fresh.b.name, "gro", "on")


@SMALL
def test_missed_trains_count_as_the_frames_they_are(fresh):
    """A GSO skb that finds no receive descriptor is as many frames as the wire carried."""
    out, into = datagrams(fresh.a, fresh.b)
    with stalled(fresh.b, out):
        into.recv(100)
        send_numbered(out, 8, 100)
        before = fresh.a.settle()
        missed = fresh.b.counter("rx_missed")
        out.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 100)
        for _ in range(5):
            out.send(bytes(1000))
        after = fresh.a.settle()
        assert after["tx0_posted"] - before["tx0_posted"] == 5
        assert after["tx_packets"] - before["tx_packets"] == 50
        assert fresh.b.counter("rx_missed") - missed == 50
        assert fresh.b.stats()["rx_missed_errors"] == missed + 50


@SMALL
def test_other_direction_flows_while_the_ring_is_full(fresh):
    """What the receiver sends itself is not held up either."""
    out, into = datagrams(fresh.a, fresh.b)
    back_out, back_into = datagrams(fresh.b, fresh.a, 5001)
    with stalled(fresh.b, out):
        into.recv(100)
        send_numbered(out, 100, 200)
        assert fresh.b.counter("rx_missed") > 0
        send_numbered(back_out, 100, 200)
        receive_numbered(back_into, 100, 200)
    agree(fresh.b, fresh.a)
