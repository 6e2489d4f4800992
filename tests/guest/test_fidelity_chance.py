"""Chance is as often as was asked for, over a hundred thousand frames."""

import socket
import struct

import pytest

from helpers.cable import End
from helpers.fidelity import binomial, early, late, netem, report
from helpers.pktgen import Pktgen
from helpers.traffic import SO_RCVBUFFORCE
from helpers.wait import until

pytestmark = pytest.mark.exact

COUNT = 100_000
ETH_P_IP = 0x0800
MAGIC = bytes.fromhex("be9be955")
# One in a hundred.
PPM = 10_000


def listener(room, name="far"):
    """A packet socket with room for all of it."""
    with room.inside():
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_IP))
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 28)
        sock.bind((name, ETH_P_IP))
        sock.setblocking(False)
        return sock


def numbers(sock):
    """The numbers that pktgen has given to the frames that came, as they came."""
    found = []
    data = bytearray(128)
    while True:
        try:
            sock.recv_into(data)
        except BlockingIOError:
            return found
        if data[42:46] == MAGIC:
            found.append(struct.unpack_from(">I", data, 46)[0])


def generate(room, port, mac, **how):
    """Sends all of them, numbered."""
    with room.inside(), Pktgen(port, mac, count=COUNT, burst=1, clone=0, **how) as pktgen:
        assert pktgen.run() == COUNT


@pytest.fixture(name="carried")
def carried_fixture(pair):
    """Sends all over a link that is like this; returns the numbers of those that came."""
    def carried(**link):
        # So slow that whoever receives keeps up.
        pair.set(rate_kbps=50_000, seed=1, latency_ns=1_000_000, **link)
        with listener(pair.far.room) as sock:
            generate(pair.near.room, pair.near, pair.far.mac)
            until(pair.is_through, "all is through")
            assert pair.count("rx_missed", pair.far) == pair.count("line_full") == 0
            return numbers(sock)
    return carried


def within(name, count, ppm=PPM):
    """Asserts that something has happened as often as that chance makes it."""
    low, high = binomial(COUNT, ppm)
    report(f"chance: {name}: {count} of {COUNT} frames, expected {low:.0f} to {high:.0f}")
    assert low <= count <= high


def test_loss(carried, pair):
    """Frames are lost, and those that are not keep their order."""
    came = carried(loss_ppm=PPM)
    within("loss", COUNT - len(came))
    assert COUNT - len(came) == pair.count("line_lost")
    assert late(came) == 0
    assert len(set(came)) == len(came)


def test_loss_in_bursts(carried):
    """A link that is bad for a tenth of the time loses as many frames."""
    came = carried(burst_enter_ppm=10_000, burst_leave_ppm=90_000)
    lost = COUNT - len(came)
    # Not binomial: the frames of a burst share their fate. The variance of such a chain's
    # mean is (1 + r) / (1 - r) times as large, with r = 1 - enter - leave.
    low, high = binomial(COUNT, 100_000)
    wider = (1.9 / 0.1) ** 0.5
    report(f"chance: loss in bursts: {lost} of {COUNT} frames")
    assert abs(lost - COUNT / 10) <= wider * (high - low) / 2
    gaps = sum(there - here > 1 for here, there in zip(came, came[1:]))
    # A burst is 11 frames long.
    assert 9 < lost / gaps < 13


def test_duplication(carried):
    """Frames come twice, one right after the other."""
    came = carried(duplicate_ppm=PPM)
    within("duplication", len(came) - COUNT)
    assert sorted(set(came)) == list(range(1, COUNT + 1))
    assert late(came) == 0


def test_reordering(carried, pair):
    """Frames are overtaken by the next one; all come, once."""
    came = carried(reorder_ppm=PPM)
    within("reordering", late(came))
    # The last one has none that could overtake it.
    assert 0 <= pair.count("line_reordered") - late(came) <= 1
    assert sorted(came) == list(range(1, COUNT + 1))


def test_order_is_kept(carried):
    """Without jitter and reordering, never a reordered frame."""
    came = carried(loss_ppm=PPM, duplicate_ppm=PPM)
    assert len(came) > COUNT * 0.98
    assert late(came) == 0


@pytest.mark.parametrize("name, how", [
    ("loss", ("loss", "1%")), ("duplication", ("duplicate", "1%")),
    ("reordering", ("delay", "1ms", "reorder", "1%"))])
def test_netem_beside_it(silent, name, how):
    """What netem makes of the same, for comparison; it lets one go ahead where we hold one."""
    room, other = silent
    with netem(room, other, *how, "seed", 1), listener(other) as sock:
        far = other.ip.link("get", ifname="far")[0].get_attr("IFLA_ADDRESS")
        generate(room, End(room, "near", 0, 1), far,
                 xmit_mode="queue_xmit")
        came = []
        until(lambda: came.extend(numbers(sock)) or all_came(name, came), "all is through")
    count = early(came) if name == "reordering" else abs(COUNT - len(came))
    within(f"netem: {name}", count)


def all_came(name, came):
    """Whether no more will come, as far as can be seen."""
    return came and (name != "reordering" or len(came) == COUNT)
