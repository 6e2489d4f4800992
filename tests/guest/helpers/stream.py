"""TCP and UDP over a bench, with the bytes that arrive compared to those that were sent."""

import contextlib
import hashlib
import random
import socket

from helpers.bench import FAR4, FAR6, NEAR4, NEAR6
from helpers.cpu import Beside
from helpers.traffic import roomy
from helpers.wait import DEADLINE

UDP_SEGMENT, UDP_GRO = 103, 104


def noise(size, seed=1):
    """Bytes in which each is in its place, or it shows."""
    return random.Random(seed).randbytes(size)


def family_of(v6):
    """The address family."""
    return socket.AF_INET6 if v6 else socket.AF_INET


def ends_of(v6):
    """The addresses of both ports."""
    return (NEAR6, FAR6) if v6 else (NEAR4, FAR4)


@contextlib.contextmanager
def connection(bench, v6=False, back=False, ends=None):
    """A TCP connection from the near port to the far one, or back."""
    near, far = ends or ends_of(v6)
    here, there, address = (bench.far, bench.near, near) if back else (bench.near, bench.far, far)
    with there.socket(family_of(v6), socket.SOCK_STREAM) as listener:
        listener.bind((address, 0))
        listener.listen()
        with here.socket(family_of(v6), socket.SOCK_STREAM) as sender:
            sender.settimeout(60)
            sender.connect(listener.getsockname())
            receiver = listener.accept()[0]
            with receiver:
                receiver.settimeout(60)
                yield sender, receiver


def push(sender, receiver, data):
    """Sends `data` and asserts that it arrives as it is."""
    def send():
        sender.sendall(data)

    thread = Beside(target=send, daemon=True)
    thread.start()
    got = bytearray()
    while len(got) < len(data):
        part = receiver.recv(1 << 20)
        assert part, f"the stream ends after {len(got)} bytes"
        got += part
    thread.join(60)
    assert hashlib.sha256(got).digest() == hashlib.sha256(data).digest(), "the data has changed"


def transfer(bench, size, v6=False, back=False, ends=None):
    """Sends so many bytes through a connection of its own."""
    with connection(bench, v6, back, ends) as (sender, receiver):
        push(sender, receiver, noise(size))


@contextlib.contextmanager
def datagrams(bench, v6=False, ends=None):
    """A UDP socket at each end, the near one connected to the far one."""
    near, far = ends or ends_of(v6)
    with bench.far.socket(family_of(v6), socket.SOCK_DGRAM) as receiver, \
            bench.near.socket(family_of(v6), socket.SOCK_DGRAM) as sender:
        # Not any ports: with some, the sum of the pseudo header is that of the whole datagram.
        receiver.bind((far, 5001))
        sender.bind((near, 5000))
        sender.connect(receiver.getsockname())
        for sock in (sender, receiver):
            roomy(sock).settimeout(DEADLINE)
        yield sender, receiver
