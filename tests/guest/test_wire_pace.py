"""A new rate or overhead holds from now on: at most the frame that is leaving keeps the old one."""

import socket

import pytest

from helpers import configfs
from helpers.cable import End
from helpers.configfs import Item
from helpers.events import Steps
from helpers.fidelity import OVERHEAD
from helpers.run import run
from helpers.vnet import NOBODY
from helpers.wait import until

UDP_SEGMENT = 103
PAYLOAD, FRAMES = 1400, 40
# With Ethernet, IP and UDP headers.
FRAME = PAYLOAD + 42
SLOW, FAST = 4, 1_000_000


@pytest.fixture(name="sink")
def sink_fixture(module, silent):
    """An item with a sink, and its port with a neighbour that nobody is."""
    configfs.have_mounted()
    room = silent[0]
    with Item("wire", far_end="sink", name="near", rate_kbps=SLOW) as item:
        with room.inside():
            item.on()
            end = End(room, "near", 0, 1)
            end.up()
            end.no_byte_limit()
            end.ip.addr("add", index=end.index, address=end.v4, prefixlen=24)
            end.neighbour(NOBODY, end.neighbour4(2))
            yield item, end


def frame_time(kbps, overhead=OVERHEAD):
    """How long such a frame takes, in ns."""
    return (FRAME + overhead) * 8 * 1_000_000 // kbps if kbps else 0


def between(item, end, changes, left):
    """Posts a frame and a burst right behind it, and makes the changes when so many descriptors of
    these are complete. Returns when each of both has left, in ns.
    """
    with Steps("complete") as steps, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((end.neighbour4(2), 9))
        before = end.counter("tx0_completed")
        sock.send(bytes(PAYLOAD))
        sock.setsockopt(socket.SOL_UDP, UDP_SEGMENT, PAYLOAD)
        sock.send(bytes(FRAMES * PAYLOAD))
        until(lambda: end.counter("tx0_completed") == before + left, "it has left", seconds=30)
        changes(item)
        until(lambda: end.counter("tx0_completed") == before + 2, "the burst has left", seconds=60)
        one, other = [event["at"] for event in steps.all("complete")][-2:]
    return one, other


def is_timed(took, old, new):
    """Whether a burst took so long, some first frames of it at the old pace. The machine may be
    slow to change it.
    """
    return any(took == kept * old + (FRAMES - kept) * new for kept in range(1, FRAMES // 2))


def by_ethtool(_item):
    """1 Gbit/s."""
    run("ethtool", "-s", "near", "speed", 1000, "autoneg", "off")


def by_configfs(item):
    """The same."""
    item["rate_kbps"] = FAST


@pytest.mark.parametrize("change", [by_ethtool, by_configfs])
def test_a_burst_goes_on_at_the_new_rate(sink, change):
    """Of 40 frames the first one is leaving: the others leave at 1 Gbit/s, to the bit."""
    item, end = sink
    one, other = between(item, end, change, 1)
    assert is_timed(other - one, frame_time(SLOW), frame_time(FAST))


def test_a_burst_goes_on_without_a_rate(sink):
    """To rate 0: what is behind the frame that is leaving takes no time."""
    item, end = sink

    def lift(item):
        item["rate_kbps"] = 0
    one, other = between(item, end, lift, 1)
    assert is_timed(other - one, frame_time(SLOW), 0)


def test_a_burst_goes_on_with_another_overhead(sink):
    """The overhead is the new one as well, and of two changes while a frame leaves the later."""
    item, end = sink

    def lighten(item):
        item["overhead_bytes"] = 0
        item["rate_kbps"] = 1
        item["rate_kbps"] = FAST
    one, other = between(item, end, lighten, 1)
    assert is_timed(other - one, frame_time(SLOW), frame_time(FAST, 0))


@pytest.mark.exact
def test_a_burst_slows_down(sink):
    """From 1 Mbit/s to 100 kbit/s in the middle of it."""
    item, end = sink
    item["rate_kbps"] = 1000

    def slow_down(item):
        item["rate_kbps"] = 100
    one, other = between(item, end, slow_down, 1)
    assert is_timed(other - one, frame_time(1000), frame_time(100))


def test_the_frame_that_is_leaving_keeps_its_rate(sink):
    """A single frame, and not the one behind it: that leaves when its bits have at the new rate."""
    item, end = sink
    one, other = between(item, end, by_configfs, 0)
    assert other - one == FRAMES * frame_time(FAST)
