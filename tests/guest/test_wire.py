"""The wire takes its time: as much as the bits need."""

import time

import pytest

from helpers import kernel
from helpers.events import Steps
from helpers.pktgen import Pktgen
from helpers.traffic import DISCARD_PORT, echo_numbered, send_numbered, udp
from helpers.vnet import NOBODY, books
from helpers.wait import until


def time_of_burst(port, count, size):
    """How long a burst takes until all of it has left, and its bits at 1 kbit/s, in s."""
    before = port.settle()["tx0_completed"]
    start = time.monotonic()
    with udp(port=DISCARD_PORT) as sock:
        send_numbered(sock, count, size)
        until(lambda: port.counter("tx0_completed") - before >= count,
              "all has left", pause=0.0001)
    # 42 bytes of headers, 24 of preamble, FCS and gap.
    return time.monotonic() - start, count * (size + 42 + 24) * 8 / 1000


@pytest.mark.parametrize("rate", [
    pytest.param(500, marks=pytest.mark.parameters(rate_kbps=500)),
    pytest.param(10000, marks=pytest.mark.parameters(rate_kbps=10000))])
def test_frames_leave_no_sooner_than_their_bits(port, rate):
    """A burst takes at least what it takes at the wire's rate; more is the machine's fault."""
    port.neighbour(NOBODY)
    port.plain_qdisc()
    took, bits = time_of_burst(port, 10 if rate == 500 else 100, 1000)
    assert took >= bits / rate
    books(port)


@pytest.mark.exact
@pytest.mark.parametrize("rate", [
    pytest.param(100, marks=pytest.mark.parameters(rate_kbps=100)),
    pytest.param(10000, marks=pytest.mark.parameters(rate_kbps=10000)),
    pytest.param(100000, marks=pytest.mark.parameters(rate_kbps=100000))])
def test_frames_leave_when_their_bits_have(port, rate):
    """A burst takes as long as it takes at the wire's rate, and no gaps in between."""
    port.neighbour(NOBODY)
    port.plain_qdisc()
    port.no_byte_limit()
    took, bits = time_of_burst(port, 20 if rate == 100 else 1000, 1000)
    assert 1 <= took * rate / bits < 1.01
    books(port)


@pytest.mark.parameters(rate_kbps=4)
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


def timers_of_ours(trace):
    """The timers that the module has started, from timer:hrtimer_start."""
    return [line for line in trace.text().splitlines() if "[vnet_rs]" in line]


@pytest.mark.parametrize("timed", [
    pytest.param(False, marks=pytest.mark.parameters(rate_kbps=0)),
    pytest.param(True, marks=pytest.mark.parameters(rate_kbps=1000000))])
def test_timer_runs_only_where_frames_take_time(port, timed):
    """On a wire that takes no time the engine has no timer started; else it has."""
    port.far_mac()
    port.no_byte_limit()
    with kernel.Trace("timer/hrtimer_start") as trace:
        echo_numbered(50, 100)
        # As many with one doorbell as are sent at once.
        with Pktgen(port, NOBODY, count=1984, burst=64) as pktgen:
            pktgen.run()
        books(port)
        assert bool(timers_of_ours(trace)) == timed


@pytest.mark.parameters(rate_kbps=0)
def test_no_more_than_64_are_sent_at_once(port):
    """At rate 0 the doorbell sends 64 of 200 frames, and the timer the others, as many each time;
    none of them takes any time.
    """
    port.far_mac()
    port.no_byte_limit()
    with Steps("doorbell", "complete") as steps:
        before = port.counter("timer_fires")
        with Pktgen(port, NOBODY, count=200, burst=200) as pktgen:
            pktgen.run()
        counters = books(port)
        # Those of the neighbours that pktgen does not know of take no doorbell like this.
        bell = max(steps.all("doorbell"), key=lambda event: event["posted"] - event["completed"])
        left = [event["at"] for event in steps.all("complete")
                if bell["completed"] <= event["completed"] < bell["posted"]]
    count = bell["posted"] - bell["completed"]
    assert len(left) == count > 64
    assert counters["timer_fires"] - before >= (count - 1) // 64
    # And the next is on the wire already, where it takes no time.
    assert max(left.count(at) for at in left) <= 64 + 1


@pytest.mark.parameters(rate_kbps=400_000_000)
def test_who_looks_late_finds_several_frames_gone(port):
    """Frames follow each other without a gap, whether or not anybody looks in between."""
    with kernel.Trace("timer/hrtimer_start") as trace:
        # 32 frames of 60 bytes take 54 ns on this wire, far less than a timer.
        with Pktgen(port, NOBODY, count=1600, burst=32) as pktgen:
            sent = pktgen.run()
        books(port)
        assert len(timers_of_ours(trace)) < sent / 4
