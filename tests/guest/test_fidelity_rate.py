"""The rate is what was asked for, within a thousandth, on the frames' completion times."""

import pytest

from helpers import configfs
from helpers.configfs import Item
from helpers.cable import End
from helpers.events import Steps
from helpers.fidelity import CoreTrace, kbps_of, netem, report, steps_with_times
from helpers.packet import header, packet_socket
from helpers.pair import stalled
from helpers.run import run
from helpers.vnet import NOBODY
from helpers.wait import until

pytestmark = pytest.mark.exact

SHORT, FULL = 60, 1500
# As many as there is room for; of so many completions one makes an interrupt.
RING, STRIDE = 4095, 64


@pytest.fixture(name="sink")
def sink_fixture(module, silent):
    """An item with a sink, and its port: nothing but the wire takes time there."""
    configfs.have_mounted()
    room = silent[0]
    with Item("wire", far_end="sink", name="near", tx_ring=4096) as item:
        with room.inside():
            item.on()
            end = End(room, "near", 0, 1)
            end.up()
            end.no_byte_limit()
            run("ethtool", "-C", "near", "tx-usecs", 1_000_000, "tx-frames", STRIDE)
        yield item, end


def post(end, count, size):
    """Sends so many frames, as fast as we can."""
    frame = header(NOBODY, end.mac).ljust(size, b"\0")
    with packet_socket(end) as sock:
        for _ in range(count):
            sock.send(frame)


def send(item, end, count, size):
    """Sends frames that leave one right behind the other, and waits until all have left.

    They are all in the ring before the first one leaves, and the driver looks only after that:
    one clock counts all instructions here, and on a fast wire a frame takes less time than it
    takes to post one, or to clear away what it has left behind.
    """
    with packet_socket(end) as sock, stalled(end, sock):
        before = end.counter("tx0_posted")
        item["hang_engine"] = 1
        post(end, count, size)
        until(lambda: end.counter("tx0_posted") == before + count, "all are posted")
        item["hang_engine"] = 0
        until(lambda: end.counter("tx0_completed") == before + count, "all have left")


def measured(steps, step, size):
    """The rate from the first of the events to the last one, in kbit/s, and between how many
    completed frames that was.
    """
    # The very first frame is the one that stalled() sends.
    _, first, *_, last = steps_with_times(steps.text(), step)
    frames = (last["completed"] - first["completed"]) % (1 << 32)
    return frames, kbps_of(frames, size, last["time"] - first["time"])


@pytest.mark.parametrize("kbps, size, count", [
    (1, SHORT, 20), (64, SHORT, 100), (1000, SHORT, 1000), (10_000, SHORT, RING),
    (100_000, SHORT, RING), (1_000_000, SHORT, RING),
    (1_000_000, FULL, RING), (10_000_000, FULL, RING)])
def test_rate(sink, kbps, size, count):
    """Frames 2 to n leave in the time that their bits take at this rate."""
    item, end = sink
    item["rate_kbps"] = kbps
    # To look at each one would take longer than some of them take.
    step = "interrupt" if count == RING else "complete"
    with end.room.inside(), Steps(step) as steps:
        send(item, end, count, size)
        frames, got = measured(steps, step, size)
    report(f"rate: {kbps} kbit/s, {size} bytes, {frames} frames: off by {got / kbps - 1:+.4%}")
    assert frames >= count - (3 * STRIDE if count == RING else 1)
    assert abs(got / kbps - 1) <= 0.001


@pytest.mark.parametrize("kbps, count", [(1000, 1000), (10_000, 4000)])
def test_netem_beside_it(silent, kbps, count):
    """What netem makes of the same, for comparison."""
    room, other = silent
    limit = ("rate", f"{kbps}kbit", "24")
    with netem(room, other, *limit), room.inside(), CoreTrace("net_dev_start_xmit") as trace:
        end = End(room, "near", 0, 1)
        post(end, count, SHORT)
        left = until(lambda: len(found := trace.times("net_dev_start_xmit", "near")) == count
                     and found, "all have left")
    got = kbps_of(count - 1, SHORT, left[-1] - left[0])
    report(f"rate: netem: {kbps} kbit/s, {SHORT} bytes: off by {got / kbps - 1:+.4%}")
    assert abs(got / kbps - 1) < 0.1
