"""GRO: the receiver's stack puts segments together that came one by one."""

import socket
import struct

import pytest

from helpers.frames import Tap
from helpers.run import run
from helpers.stream import connection, noise, push, transfer
from helpers.wait import until

pytestmark = pytest.mark.ipv6

V6 = pytest.mark.parametrize("v6", [False, True], ids=["v4", "v6"])
TCP_RTO_MAX_MS = 44
LONGEST = 1514
SIZE = 300_000


@pytest.fixture(name="cut")
def cut_fixture(bench):
    """The sender's stack cuts; what crosses are frames."""
    bench.near.switch("tso", "tso6", "gso")
    with bench.far.inside():
        # A batch, so that there is something to put together.
        run("ethtool", "-C", bench.far.name, "rx-usecs", 50000, "rx-frames", 64)
    yield bench
    with bench.far.inside():
        run("ethtool", "-C", bench.far.name, "rx-usecs", 0, "rx-frames", 1)


@V6
@pytest.mark.parametrize("rx", [True, False], ids=["rx on", "rx off"])
def test_segments_are_put_together(cut, v6, rx):
    """A tap sees more than a wire carries, with the card's sums and with the stack's."""
    cut.far.set_features({"rx-checksum": rx})
    with Tap(cut.far) as tap:
        transfer(cut, SIZE, v6)
        lengths = [len(frame) for frame in tap.frames()]
    assert max(lengths) > LONGEST
    assert len(lengths) < SIZE // 1460


@V6
def test_without_gro_frames_stay_as_they_are(cut, v6):
    """With GRO off it sees frames."""
    cut.far.switch("gro")
    with Tap(cut.far) as tap:
        transfer(cut, SIZE, v6)
        assert max(len(frame) for frame in tap.frames()) == LONGEST


@pytest.mark.parametrize("tso", [True, False], ids=["tso on", "tso off"])
@pytest.mark.parametrize("rx", [True, False], ids=["rx on", "rx off"])
def test_loss_changes_nothing(bench, tso, rx):
    """What the sender keeps, to send it again, is not touched by what became of its copy."""
    bench.near.set_features({"tx-tcp-segmentation": tso})
    bench.far.set_features({"rx-checksum": rx})
    before = bench.far.settle()["rx_missed"]
    with bench.far.inside():
        run("ethtool", "-G", bench.far.name, "rx", 8)
    try:
        with connection(bench) as (sender, receiver):
            # Its patience is for all it sends, and each loss takes a while.
            sender.settimeout(None)
            # Else it takes a minute when seven retransmissions in a row are lost.
            sender.setsockopt(socket.IPPROTO_TCP, TCP_RTO_MAX_MS, 5000)
            # A GSO skb is one packet for the qdisc, and there are few of them.
            loss = "20%" if tso else "2%"
            run("tc", "qdisc", "replace", "dev", bench.near.name, "root", "netem", "loss", loss)

            def has_dropped():
                push(sender, receiver, noise(1 << 20))
                return bench.near.qdisc()["drops"] + bench.far.counter("rx_missed") > before
            try:
                until(has_dropped, "something is lost")
            finally:
                run("tc", "qdisc", "del", "dev", bench.near.name, "root")
    finally:
        with bench.far.inside():
            run("ethtool", "-G", bench.far.name, "rx", 256)


def test_receiver_writes_to_a_copy(cut):
    """GRO makes one long packet of many, in the head of the first: the sender keeps its own."""
    with Tap(cut.near, incoming=False) as kept, Tap(cut.far) as merged:
        transfer(cut, SIZE)
        assert max(len(frame) for frame in merged.frames()) > LONGEST
        frames = [frame for frame in kept.frames() if frame[12:14] == b"\x08\x00"]
    assert len(frames) > SIZE // 1460
    for frame in frames:
        assert struct.unpack_from(">H", frame, 16)[0] == len(frame) - 14
