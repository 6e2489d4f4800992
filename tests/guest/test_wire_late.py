"""However late the engine is, a frame leaves when its bits have, and not before, nor after."""

import contextlib

import pytest

from helpers import configfs
from helpers.cable import End
from helpers.configfs import Item
from helpers.events import Steps
from helpers.fidelity import OVERHEAD, steps_with_times
from helpers.packet import header, packet_socket
from helpers.run import run
from helpers.wait import until

pytestmark = pytest.mark.exact

SIZE, COUNT = 60, 64
# Events are shown in whole microseconds.
BLUR = 1000


def redirected(room, count):
    """Has so many frames sent by the port `near`, each with a doorbell, while no timer can fire:
    another port receives them in one poll, and redirects each.
    """
    with Item("source", far_end="peer", name="left", peer_name="right", rate_kbps=0) as source:
        source.on()
        left, right = (End(room, name, 1, host) for host, name in ((1, "left"), (2, "right")))
        for end in (left, right):
            end.up()
        left.plain_qdisc()
        left.no_byte_limit()
        run("tc", "qdisc", "add", "dev", "right", "clsact")
        run("tc", "filter", "add", "dev", "right", "ingress", "matchall",
            "action", "mirred", "egress", "redirect", "dev", "near")
        source["hang_engine"] = 1
        with packet_socket(left) as sock:
            for _ in range(count):
                sock.send(header(right.mac, left.mac).ljust(SIZE, b"\0"))
        until(lambda: left.counter("tx0_posted") >= count, "all are posted")
        near = End(room, "near", 0, 1)
        before = near.counter("tx0_completed")
        source["hang_engine"] = 0
        until(lambda: near.counter("tx0_completed") >= before + count, "all have left")


@contextlib.contextmanager
def wire(room, **attributes):
    """A port `near` at a wire that ends nowhere."""
    with Item("wire", far_end="sink", name="near", **attributes) as item, room.inside():
        item.on()
        near = End(room, "near", 0, 1)
        near.up()
        near.plain_qdisc()
        near.no_byte_limit()
        yield item


@pytest.mark.parametrize("kbps", [10_000_000, 1_000_000, 50_000])
def test_a_frame_starts_when_it_was_posted_or_the_one_before_it_has_left(module, silent, kbps):
    """64 doorbells ring before the engine looks. Each frame leaves as if it had looked at once."""
    configfs.have_mounted()
    room = silent[0]
    takes = (SIZE + OVERHEAD) * 8 * 1_000_000 // kbps
    with wire(room, rate_kbps=kbps), Steps("doorbell", "complete") as steps:
        redirected(room, COUNT)
        text = steps.text()
    rung, left = ([event for event in steps_with_times(text, step) if event["dev"] == "near"]
                  for step in ("doorbell", "complete"))
    assert len(rung) == len(left) == COUNT
    assert rung[-1]["time"] > left[0]["at"] + takes, "the engine is not late"
    free = 0
    for bell, frame in zip(rung, left):
        start, bell = frame["at"] - takes, bell["time"]
        # It is shown just after it has rung.
        assert bell - 10 * BLUR < start and start >= free
        assert start == free or start < bell + BLUR
        free = frame["at"]
