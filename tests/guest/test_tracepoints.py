"""The trace events of vnet_rs/trace.h: each step of a frame's way can be seen."""

import os
import re

import pytest

from helpers import kernel
from helpers.cpu import on_cpu
from helpers.events import STEPS, Steps, net_cookie, ring
from helpers.faults import STARVE, wrong
from helpers.pktgen import Pktgen
from helpers.traffic import DISCARD_PORT, Wire, echo_numbered, send_numbered, udp
from helpers.tunnel import tunnel_to
from helpers.vnet import NOBODY, books
from helpers.wait import until

LENGTH = 14 + 20 + 8 + 100


def last(order, step):
    """Where a step is seen for the last time."""
    return len(order) - 1 - order[::-1].index(step)


def test_every_step_of_an_echo(port):
    """A datagram and its echo go through every step, in order, with the port's name and queue."""
    port.far_mac()
    before = port.settle()
    with Steps() as steps:
        echo_numbered(1, 100)
        books(port)
        events = steps.all()
    assert all(one["dev"] == port.name and one["queue"] == 0 for one in events)
    assert {one["net_cookie"] for one in events} == {net_cookie()}
    first = {step: next(one for one in events if one["step"] == step)
             for step in STEPS if step != "drop"}
    order = [one["step"] for one in events]
    steps = [step for step in order if step in ("post", "doorbell", "complete", "deliver")]
    assert steps == ["post", "doorbell", "complete", "deliver"]
    # The card interrupts for what it has sent, and for what has arrived.
    assert order.index("complete") < order.index("interrupt") < order.index("reap")
    assert order.index("deliver") < last(order, "interrupt")
    assert "drop" not in order
    # The cursors began to count with the port, and so did the counters.
    here, there = before["tx0_posted"], before["rx0_delivered"]
    assert ring(first["post"]) == (here, here, here)
    assert ring(first["doorbell"]) == (here + 1, here, here)
    assert ring(first["complete"]) == (here + 1, here, here)
    assert ring(first["reap"]) == (here + 1, here + 1, here)
    assert first["deliver"]["completed"] == there
    assert first["deliver"]["posted"] - first["deliver"]["reaped"] == 256


def test_times_and_lengths(port):
    """The time on the wire is that of the clock "mono", and the echo takes none to come back."""
    port.far_mac()
    port.settle()
    with Steps("complete", "deliver", "post", "reap") as steps:
        echo_numbered(1, 100)
        books(port)
        text, events = steps.text(), steps.all()
    assert {one["len"] for one in events} == {LENGTH}
    seen = [float(time) for time in re.findall(r" (\d+\.\d+): vnet_rs_", text)]
    post, complete, deliver = (
        next(one for one in events if one["step"] == step)
        for step in ("post", "complete", "deliver"))
    assert deliver["at"] == complete["at"]
    assert seen[events.index(post)] - 0.01 < complete["at"] / 1e9
    # Traced when the engine looked, which is after the frame had left.
    assert complete["at"] / 1e9 <= seen[events.index(complete)] + 0.000001


def test_one_address_from_post_to_reap(port):
    """Each frame is posted, completed and reaped once, in this order, at one descriptor."""
    port.far_mac()
    before = port.settle()
    with Steps() as steps:
        echo_numbered(50, 100)
        after = books(port)
        events = steps.all()

    def count(step):
        return sum(one["step"] == step for one in events)

    for step, counter in [("post", "tx0_posted"), ("doorbell", "tx0_doorbells"),
                          ("complete", "tx0_completed"), ("reap", "tx0_reaped"),
                          ("deliver", "rx0_delivered")]:
        assert count(step) == after[counter] - before[counter] >= 1, step
    assert count("post") >= 50
    asserted = [one for one in events if one["step"] == "interrupt"]
    assert {one["ring"] for one in asserted} == {"tx", "rx"}
    assert any(one["raised"] for one in asserted)
    ways = {}
    for place, one in enumerate(events):
        mine = {"post": "posted", "complete": "completed", "reap": "reaped"}.get(one["step"])
        if mine:
            ways.setdefault(one[mine], []).append((one["step"], one["skbaddr"], place))
    for way in ways.values():
        assert [step for step, _, _ in way] == ["post", "complete", "reap"]
        assert len({address for _, address, _ in way}) == 1, way
        assert way[0][1] != 0
    assert sorted(ways) == list(range(min(ways), max(ways) + 1))


@pytest.mark.skipif(os.cpu_count() < 2, reason="takes two CPUs")
@pytest.mark.parameters(queues=2)
def test_the_queue_is_told(port):
    """Each step tells the queue that the frame is on."""
    frame = bytes.fromhex(NOBODY.replace(":", "")) + bytes(54)
    with Steps("post", "doorbell", "complete", "reap") as steps:
        for queue in (0, 1):
            with Wire(port) as wire, on_cpu(queue):
                wire.send(frame)
            until(lambda queue=queue: steps.all("reap", queue=queue), "it is reaped")
        for queue in (0, 1):
            of_queue = [one["step"] for one in steps.all(queue=queue)]
            assert of_queue == ["post", "doorbell", "complete", "reap"]


@pytest.mark.parametrize("length, why, reason", [
    (13, "tx_too_short", "PKT_TOO_SMALL"), (9023, "tx_too_long", "PKT_TOO_BIG")])
def test_drop_of_a_bad_length(port, length, why, reason):
    """What is no frame is dropped before it is posted; the event says why."""
    port.settle()
    with Steps("drop", "post") as steps, tunnel_to(port) as send:
        send(bytes(length))
        until(lambda: steps.all("drop"), "it is dropped")
        [drop] = steps.all()
    assert (drop["why"], drop["reason"], drop["queue"]) == (why, reason, 0)
    assert drop["skbaddr"] != 0


@pytest.mark.parameters(tx_ring=256, rx_ring=2, rate_kbps=0)
def test_drop_without_a_descriptor(port):
    """A reply that finds no descriptor is dropped for that; the ring that it shows has none."""
    mac = port.far_mac()
    with Steps("drop", "deliver") as steps, wrong(port, STARVE):
        with Pktgen(port, mac, count=320, udp_port=7) as pktgen:
            pktgen.run()
        counters = books(port)
        drops = steps.all("drop")
        assert len(drops) == counters["rx_missed"] > 0
        assert {(one["why"], one["reason"]) for one in drops} == {("rx_missed", "FULL_RING")}
        assert all(one["posted"] == one["completed"] for one in drops)
        assert all(one["posted"] != one["completed"] for one in steps.all("deliver"))


@pytest.mark.parameters(rate_kbps=1, tx_ring=16)
def test_drop_from_the_ring(port):
    """What is in the ring when the port goes down is dropped, not completed and not reaped."""
    port.neighbour(NOBODY)
    port.no_byte_limit()
    with Steps() as steps, udp(port=DISCARD_PORT) as sock:
        send_numbered(sock, 8, 1458)
        until(lambda: len(steps.all("post")) == 8, "the ring has frames")
        posted = [one["skbaddr"] for one in steps.all("post")]
        port.down()
        purged = port.counter("tx0_purged")
        drops = steps.all("drop")
        assert len(drops) == purged >= 7
        assert {(one["why"], one["reason"]) for one in drops} == {("tx_purged", "QUEUE_PURGE")}
        assert [one["skbaddr"] for one in drops] == posted[-purged:]


def test_unloaded_while_traced(port):
    """The module goes away under enabled events, and comes back with them disabled."""
    port.far_mac()
    with Steps() as steps:
        echo_numbered(5, 100)
        assert steps.all("post")
        parameters = dict(kernel.LOADED_WITH)
        kernel.unload()
        assert not (kernel.TRACEFS / "events/vnet_rs").exists()
        kernel.load(**parameters)
        for step in STEPS:
            event = steps.instance / f"events/vnet_rs/vnet_rs_{step}"
            assert (event / "enable").read_text() == "0\n"


def test_nothing_is_traced_that_nobody_asked_for(port):
    """With one event on, the others stay silent."""
    port.far_mac()
    with Steps("reap") as steps:
        echo_numbered(5, 100)
        books(port)
        assert {one["step"] for one in steps.all()} == {"reap"}
