"""A frame arrives when it has left the wire, whatever the sender does or does not do then."""

import socket
import struct

import pytest

from helpers.pair import (
    be_silent, datagrams, is_clear, nothing_in_the_way, stalled, unsent)
from helpers.traffic import numbered, receive_numbered, roomy, send_numbered
from helpers.wait import until

FAST = pytest.mark.parameters(pairs=1, rate_kbps=0, rx_ring=1024)
GIGABIT = pytest.mark.parameters(pairs=1, rate_kbps=1_000_000, rx_ring=1024)
BOTH = pytest.mark.parametrize("rate", [
    pytest.param("no limit", marks=FAST), pytest.param("1 Gbit/s", marks=GIGABIT)])

SO_ZEROCOPY, MSG_ZEROCOPY = 60, 0x4000000
IP_RECVERR = 11
FROM_ZEROCOPY = 5


def unreaped(end):
    """How many frames have left that the driver has not looked at yet."""
    counters = end.counters()
    return counters["tx0_completed"] - counters["tx0_reaped"]


def moderate(end, usecs, frames):
    """Sets when frames that were sent are worth an interrupt."""
    end.run("ethtool", "-C", end.name, "tx-usecs", usecs, "tx-frames", frames)


def arrives_before_it_is_reaped(cable, out, into, number):
    """Sends a datagram. Says whether it was there before the sender's driver knew it was sent."""
    cable.a.settle()
    out.send(numbered(number, 1000))
    assert into.recv(2000) == numbered(number, 1000)
    free = is_clear(out)
    # In this order: if nothing is reaped now, nothing was when the buffer was free.
    return unreaped(cable.a) > 0 and free


@BOTH
def test_moderation_at_the_sender_does_not_delay(cable, rate):
    """The receiver has it, and the send buffer is free, before the sender has its interrupt."""
    be_silent(cable)
    out, into = datagrams(cable.a, cable.b)
    moderate(cable.a, 1_000_000, 0)
    try:
        # A busy machine may be late once, but not always.
        assert any(arrives_before_it_is_reaped(cable, out, into, number) for number in range(5))
    finally:
        moderate(cable.a, 0, 1)
    assert cable.a.settle()


@BOTH
def test_stalled_poll_at_the_sender_does_not_delay(cable, rate):
    """A sender that does not poll at all: everything arrives, and the send buffer is free."""
    be_silent(cable)
    nothing_in_the_way(cable)
    out, into = datagrams(cable.a, cable.b)
    with stalled(cable.a, out):
        into.recv(100)
        reaped = cable.a.counter("tx0_reaped")
        send_numbered(out, 50, 1000)
        receive_numbered(into, 50, 1000)
        until(lambda: is_clear(out), "the send buffer is free")
        counters = cable.a.counters()
        assert counters["tx0_reaped"] == reaped
        assert counters["tx0_completed"] == reaped + 50
    assert cable.a.settle()["tx0_reaped"] == reaped + 50


@FAST
def test_stalled_poll_at_the_receiver_does_not_hold_the_send_buffer(cable):
    """What has left the wire is not the sender's any more, even where nobody looks at it."""
    be_silent(cable)
    nothing_in_the_way(cable)
    out, into = datagrams(cable.a, cable.b)
    with stalled(cable.b, out):
        into.recv(100)
        send_numbered(out, 20, 1000)
        until(lambda: is_clear(out), "the send buffer is free")
        counters = cable.b.counters()
        assert counters["rx0_delivered"] - counters["rx0_received"] == 20


@FAST
def test_answer_comes_while_nobody_reaps(cable):
    """With both ends as slow to reap as can be, a ping does not take any longer."""
    be_silent(cable)
    for end in cable.ends:
        moderate(end, 1_000_000, 0)
    try:
        ping = cable.a.run("ping", "-n", "-c", 5, "-i", "0.2", cable.b.v4).stdout
        fastest = float(ping.rpartition("= ")[2].split("/")[0])
        assert fastest < 500
    finally:
        for end in cable.ends:
            moderate(end, 0, 1)


@pytest.mark.parameters(pairs=1, rate_kbps=4)
def test_send_buffer_is_used_while_the_frame_is_on_the_wire(cable):
    """Not before: a frame that waits in the ring is the sender's, and counts as such."""
    be_silent(cable)
    out, into = datagrams(cable.a, cable.b)
    # Each takes 3 s.
    out.send(numbered(0, 1458))
    out.send(numbered(1, 1458))
    assert unsent(out) > 0
    cable.a.run("ethtool", "-s", cable.a.name, "speed", 1000, "autoneg", "off")
    receive_numbered(into, 2, 1458)
    until(lambda: is_clear(out), "the send buffer is free")


def zerocopy_completions(sock):
    """How many sends the kernel is done with, as the socket's error queue says."""
    try:
        _, extra, _, _ = sock.recvmsg(0, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return 0
    for level, kind, data in extra:
        if (level, kind) == (socket.IPPROTO_IP, IP_RECVERR):
            _, origin, _, _, _, first, last = struct.unpack_from("=IBBBBII", data)
            if origin == FROM_ZEROCOPY:
                return last - first + 1
    return 0


@FAST
def test_zerocopy_completes_and_carries_what_was_sent(cable):
    """The sender may use its memory again once it is told so; what was sent stays what it was.

    At that time the receiver has not looked yet, and the sender has not polled.
    """
    be_silent(cable)
    nothing_in_the_way(cable)
    out, into = datagrams(cable.a, cable.b)
    out.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    memory = bytearray(1400)
    with stalled(cable.a, out):
        into.recv(100)
        for number in range(20):
            memory[:] = numbered(number, len(memory))
            out.send(memory, MSG_ZEROCOPY)
            until(lambda: zerocopy_completions(out) == 1, "the memory is free")
            memory[:] = bytes(len(memory))
        receive_numbered(into, 20, 1400)


@FAST
def test_sendfile_carries_the_file(cable, tmp_path):
    """What comes from the page cache arrives as it is, and the page cache stays as it was."""
    be_silent(cable)
    data = b"".join(numbered(number, 4096) for number in range(256))
    path = tmp_path / "data"
    path.write_bytes(data)
    into = roomy(cable.b.socket(socket.AF_INET, socket.SOCK_STREAM))
    into.bind((cable.b.v4, 5001))
    into.listen()
    out = roomy(cable.a.socket(socket.AF_INET, socket.SOCK_STREAM))
    out.connect((cable.b.v4, 5001))
    with path.open("rb") as file:
        peer, _ = into.accept()
        peer.settimeout(30)
        got = bytearray()
        out.setblocking(True)
        sent = out.sendfile(file)
        out.shutdown(socket.SHUT_WR)
        while piece := peer.recv(1 << 16):
            got += piece
    assert sent == len(data)
    assert got == data
    assert path.read_bytes() == data
