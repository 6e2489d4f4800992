"""What a wire costs: nothing when it is idle; timer, interrupts and doorbells when it is not."""

import time

import pytest

from helpers import kernel
from helpers.events import Steps
from helpers.fidelity import report, spread, steps_with_times
from helpers.pktgen import Pktgen
from helpers.way import Way

pytestmark = pytest.mark.exact

COUNT = 20_000
# tx- and rx-usecs and -frames.
OFF, SOME, MUCH = (0, 1), (10_000, 16), (10_000, 128)


def moderate(end, usecs, frames):
    """Sets both sides of an end."""
    end.run("ethtool", "-C", end.name, "rx-usecs", usecs, "rx-frames", frames,
            "tx-usecs", usecs, "tx-frames", frames)


def adapt(end):
    """Sets both sides as they come."""
    end.run("ethtool", "-C", end.name, "adaptive-rx", "on", "adaptive-tx", "on")


def our_timers(trace):
    """How often a timer of the module's has fired."""
    return sum("[vnet_rs]" in line for line in trace.text().splitlines())


@pytest.mark.parametrize("kind", ["pair", "echo"])
def test_idle_wire_costs_nothing(module, silent, kind):
    """No timer of the module's fires in ten seconds when nothing is in flight, after traffic."""
    with Way(kind, silent, latency_ns=1_000_000, loss_ppm=1000) as way:
        assert way.carries(100)
        way.near.drain()
        fires = way.near.counter("timer_fires")
        with kernel.Trace("timer/hrtimer_expire_entry", name="vnet_idle") as trace:
            time.sleep(10)
            assert our_timers(trace) == 0
            assert way.near.counter("timer_fires") == fires
            # And this is how one would be seen.
            assert way.carries(10)
            assert our_timers(trace) > 0


def generate(way, burst):
    """Saturates the way; returns what that took, for each frame: timer, interrupts, doorbells."""
    before, there = way.near.counters(), way.far.counters()
    with way.near.room.inside(), Pktgen(way.near, way.far.mac, count=COUNT, burst=burst) as pktgen:
        assert pktgen.run() == COUNT
    way.near.drain()
    after, then = way.near.counters(), way.far.counters()
    assert after["tx0_completed"] - before["tx0_completed"] == COUNT
    counted = {name: (after[name] - before[name]) / COUNT
               for name in ("timer_fires", "q0_interrupts", "tx0_doorbells")}
    return counted | {"rx_interrupts": (then["q0_interrupts"] - there["q0_interrupts"]) / COUNT}


@pytest.fixture(name="fast", scope="module")
def fast_fixture(request):
    """A pair at 1 Gbit/s, which short frames saturate."""
    request.getfixturevalue("silent")
    kernel.have_loaded(ports=0)
    with Way("pair", request.getfixturevalue("silent"), rate_kbps=1_000_000) as way:
        yield way


def test_saturated_wire_batches(fast):
    """One timer, interrupt or doorbell stands for several frames, and moderation makes it more."""
    seen = {}
    for setting in (OFF, SOME, MUCH):
        for end in (fast.near, fast.far):
            moderate(end, *setting)
        for burst in (1, 32):
            seen[setting, burst] = counted = generate(fast, burst)
            report(f"cost: 1 Gbit/s, 60 bytes, {setting[0]} us/{setting[1]} frames, burst {burst}: "
                   + ", ".join(f"{value:.3f} {name}" for name, value in counted.items())
                   + " for each frame")
    for name in ("q0_interrupts", "rx_interrupts"):
        off, some, much = (seen[one, 1][name] for one in (OFF, SOME, MUCH))
        assert 1 / 16 < off < 1
        assert some == pytest.approx(1 / 16, rel=0.1)
        assert much == pytest.approx(1 / 128, rel=0.1)
        # The NIC says once what it has sent of a doorbell's frames.
        assert seen[MUCH, 32][name] < seen[OFF, 32][name] == pytest.approx(1 / 32, rel=0.1)
    assert all(counted["timer_fires"] < 1 for counted in seen.values())
    for setting in (OFF, SOME, MUCH):
        assert seen[setting, 32]["tx0_doorbells"] == pytest.approx(1 / 32, rel=0.1)


def test_moderation_adapts_to_a_saturated_wire(fast):
    """By default an interrupt is then for the frames of 64 us, or for 32 of them."""
    for end in (fast.near, fast.far):
        adapt(end)
    counted = generate(fast, 1)
    report("cost: 1 Gbit/s, 60 bytes, adaptive, burst 1: "
           + ", ".join(f"{value:.3f} {name}" for name, value in counted.items())
           + " for each frame")
    for name in ("q0_interrupts", "rx_interrupts"):
        assert 1 / 33 < counted[name] < 1 / 4


def test_moderation_trades_them_for_latency(fast):
    """A ping is held back at both ends for as long as was asked for; and not by default."""
    took = {}
    for usecs in (None, 0, 100, 400):
        for end in (fast.near, fast.far):
            if usecs is None:
                adapt(end)
            else:
                moderate(end, usecs, 0 if usecs else 1)
        with Steps("deliver", "interrupt") as steps:
            run_pings(fast)
            text = steps.text()
        arrived = steps_with_times(text, "deliver")
        raised = [one for one in steps_with_times(text, "interrupt") if one["ring"] == "rx"]
        waits = [there["time"] - here["time"] for here, there in zip(arrived, raised, strict=True)]
        took[usecs], _ = spread(waits)
        name = "adaptive" if usecs is None else f"rx-usecs {usecs}"
        report(f"cost: {name}: an interrupt comes {took[usecs]:.1f} us after the frame")
    assert took[0] <= 3
    assert took[None] <= took[0] + 1
    assert took[100] == pytest.approx(100, abs=5)
    assert took[400] == pytest.approx(400, abs=5)


def run_pings(way):
    """Pings that have the wire for themselves."""
    way.near.run("ping", "-n", "-c", 20, "-i", "0.01", way.far.v4)
