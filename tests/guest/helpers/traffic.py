"""Sending and receiving: UDP echo, raw frames, load."""

import contextlib
import socket
import struct
import threading
import time

from pyroute2 import IPRoute

from helpers.cpu import Beside
from helpers.vnet import FAR4, FAR6, neighbour_of
from helpers.wait import DEADLINE, until

SO_SNDBUFFORCE, SO_RCVBUFFORCE = 32, 33
SO_INCOMING_NAPI_ID = 56
SOL_PACKET = 263
PACKET_AUXDATA = 8
PACKET_QDISC_BYPASS = 20
TP_STATUS_VLAN_VALID = 0x10
ETH_P_ALL = 3
PACKET_OUTGOING = 4
ECHO_PORT, DISCARD_PORT = 7, 9


def roomy(sock):
    """Room for all that a test sends and receives."""
    sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 64 << 20)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
    return sock


def udp(far=FAR4, port=ECHO_PORT):
    """A UDP socket to the far end."""
    family = socket.AF_INET6 if ":" in far else socket.AF_INET
    sock = roomy(socket.socket(family, socket.SOCK_DGRAM))
    sock.connect((far, port))
    sock.settimeout(DEADLINE)
    return sock


def numbered(number, size):
    """A payload of `size` bytes that says which it is."""
    return struct.pack(">I", number).ljust(size, bytes([number & 0xff]))


def send_numbered(sock, count, size):
    """Sends `count` numbered datagrams."""
    for number in range(count):
        sock.send(numbered(number, size))


def receive_numbered(sock, count, size):
    """Receives `count` datagrams and asserts that they are those that were sent, in order."""
    for number in range(count):
        try:
            data = sock.recv(65535)
        except TimeoutError:
            raise AssertionError(f"datagram {number} of {count} was lost") from None
        got = struct.unpack_from(">I", data)[0]
        assert got == number, f"datagram {got} came instead of {number}"
        assert data == numbered(number, size), f"datagram {number} has changed"


def meet(far=FAR4):
    """Has the stack ask for the far end's address, if it has to.

    A packet that waits for the answer may be overtaken by later ones.
    """
    with IPRoute() as ip, udp(far, DISCARD_PORT) as sock:
        if not neighbour_of(ip, far):
            sock.send(b"")
            until(lambda: neighbour_of(ip, far), f"the neighbour {far}")


def echo_numbered(count, size, far=FAR4):
    """Sends a burst to the far end, which has to come back whole and in order."""
    meet(far)
    with udp(far) as sock:
        send_numbered(sock, count, size)
        receive_numbered(sock, count, size)


def can_echo(size=32, far=FAR4, seconds=30):
    """Whether a datagram comes back."""
    with udp(far) as sock:
        sock.settimeout(seconds)
        data = numbered(1, size)
        sock.send(data)
        try:
            return sock.recv(65535) == data
        except TimeoutError:
            return False


def with_tag(frame, extra):
    """The frame as it came: the stack has put the outer VLAN tag aside."""
    for _, kind, data in extra:
        status, tag, protocol = struct.unpack("=I12xHH", data)
        if kind == PACKET_AUXDATA and status & TP_STATUS_VLAN_VALID:
            return frame[:12] + struct.pack(">HH", protocol, tag) + frame[12:]
    return frame


class Wire:
    """A packet socket: sends frames as they are, and sees those that come and go."""

    def __init__(self, port, bypass=False):
        self.sock = roomy(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
        if bypass:
            self.sock.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
        self.sock.bind((port.name, 0))
        self.tap = roomy(socket.socket(
            socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)))
        self.tap.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.tap.bind((port.name, ETH_P_ALL))
        self.tap.setblocking(False)

    def send(self, frame):
        """Sends one frame."""
        return self.sock.send(bytes(frame))

    def seen(self, outgoing):
        """The frames seen since the last call, in one direction."""
        frames = []
        with contextlib.suppress(BlockingIOError):
            while True:
                data, extra, _, address = self.tap.recvmsg(65535, 64)
                if (address[2] == PACKET_OUTGOING) == outgoing:
                    frames.append(with_tag(data, extra))
        return frames

    def received(self):
        """The frames received since the last call."""
        return self.seen(outgoing=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()
        self.tap.close()


class Flood:
    """Sends as fast as it can while the block runs, without a look at errors."""

    def __init__(self, *sockets, size=200, pause=0.0):
        self.sockets = sockets
        self.payload = bytes(size)
        self.pause = pause
        self.over = threading.Event()
        self.sent = 0
        self.threads = [Beside(target=self._send, args=(sock,), daemon=True)
                        for sock in sockets]

    def _send(self, sock):
        sock.setblocking(False)
        while not self.over.is_set():
            try:
                sock.send(self.payload)
                self.sent += 1
            except OSError:
                # Down, gone, or no more room: the tests are about these.
                time.sleep(0.002)
            if self.pause:
                time.sleep(self.pause)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()
        for sock in self.sockets:
            sock.close()


def flood(port=DISCARD_PORT, size=200, v6=False):
    """A flood from a UDP socket, with room for a few frames more than any ring."""
    sockets = [udp(FAR4, port)] + ([udp(FAR6, port)] if v6 else [])
    for sock in sockets:
        sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 1 << 20)
    return Flood(*sockets, size=size)
