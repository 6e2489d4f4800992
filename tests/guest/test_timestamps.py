"""Time stamps: the driver says when it hands a frame to the NIC."""

import socket
import struct
import time

import pytest

from helpers.traffic import DISCARD_PORT, udp
from helpers.vnet import NOBODY
from helpers.wait import until

SO_TIMESTAMPING = 37
TX_SOFTWARE, SOFTWARE, TIME_ONLY = 1 << 1, 1 << 4, 1 << 11


def stamp_of(sock):
    """The time stamp that waits in the socket's error queue, in s; None if there is none."""
    try:
        _, extra, _, _ = sock.recvmsg(0, 1000, socket.MSG_ERRQUEUE)
    except BlockingIOError:
        return None
    data = next(data for level, kind, data in extra
                if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPING))
    seconds, nanoseconds = struct.unpack_from("=qq", data)
    return seconds + nanoseconds / 1e9


@pytest.mark.parameters(rate_kbps=1)
def test_frame_is_stamped_before_it_is_sent(port):
    """Who asks for a transmit time stamp has it before the frame has left a slow wire."""
    port.neighbour(NOBODY)
    before = port.settle()
    with udp(port=DISCARD_PORT) as sock:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, TX_SOFTWARE | SOFTWARE | TIME_ONLY)
        assert stamp_of(sock) is None
        start = time.time()
        sock.send(bytes(1400))
        stamp = until(lambda: stamp_of(sock), "the frame is stamped")
        assert start <= stamp <= time.time()
        assert port.counter("tx0_completed") == before["tx0_completed"]


def test_frame_is_not_stamped_unasked(port):
    """Who does not ask gets none."""
    port.neighbour(NOBODY)
    with udp(port=DISCARD_PORT) as sock:
        sock.setblocking(False)
        sock.send(b"x")
        port.settle()
        assert stamp_of(sock) is None
