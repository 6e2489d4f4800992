"""The wire takes its time: never less than the bits need."""

import time

import pytest

from helpers.traffic import DISCARD_PORT, send_numbered, udp
from helpers.vnet import NOBODY, books
from helpers.wait import until


@pytest.mark.parametrize("rate", [
    pytest.param(500, marks=pytest.mark.parameters(rate_kbps=500)),
    pytest.param(10000, marks=pytest.mark.parameters(rate_kbps=10000))])
def test_frames_leave_no_sooner_than_their_bits(port, rate):
    """A burst takes at least what it takes at the wire's rate; more is the machine's fault."""
    port.neighbour(NOBODY)
    port.plain_qdisc()
    before = port.settle()
    count, size = (10, 1000) if rate == 500 else (100, 1000)
    start = time.monotonic()
    with udp(port=DISCARD_PORT) as sock:
        send_numbered(sock, count, size)
        until(lambda: port.counter("tx0_completed") - before["tx0_completed"] >= count,
              "all has left", pause=0.001)
    took = time.monotonic() - start
    # 42 bytes of headers, 24 of preamble, FCS and gap.
    assert took >= count * (size + 42 + 24) * 8 / (rate * 1000)
    books(port)


@pytest.mark.parameters(rate_kbps=10)
def test_frame_is_in_flight_until_it_has_left(port):
    """On a slow wire a frame that was posted is not complete yet; then it is."""
    port.neighbour(NOBODY)
    before = port.settle()
    with udp(port=DISCARD_PORT) as sock:
        sock.send(bytes(1400))
        counters = port.counters()
    assert counters["tx0_posted"] - before["tx0_posted"] == 1
    assert counters["tx0_completed"] == before["tx0_completed"]
    assert port.stats()["tx_packets"] == before["tx0_completed"]
    assert books(port)["tx0_completed"] - before["tx0_completed"] == 1
