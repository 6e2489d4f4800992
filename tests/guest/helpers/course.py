"""A way from a sender through a qdisc and a slow ring to a receiver, and what passes it."""

import contextlib
import socket
import time

from helpers.run import run
from helpers.traffic import numbered, udp

SIZE = 1000


class Course:
    """A port whose far end echoes, or one end of a pair: datagrams go in and are counted out.

    The thread is in the namespace of the port.
    """

    def __init__(self, port, end=None):
        self.port, self.end = port, end

    @contextlib.contextmanager
    def flow(self):
        """A sender and who receives from it."""
        if not self.end:
            with udp() as sock:
                yield sock, sock
            return
        with self.end.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
            there.bind((self.end.v4, 0))
            with udp(*there.getsockname()) as here:
                yield here, there

    def qdisc(self, spec, length=1000):
        """Sets a root qdisc, whose simple queues hold `length` packets."""
        run("ip", "link", "set", self.port.name, "txqueuelen", length)
        run("tc", "qdisc", "replace", "dev", self.port.name, "root", "pfifo", "limit", 1)
        run("tc", "qdisc", "replace", "dev", self.port.name, "root", *spec.split())


def numbers_from(sock, count, seconds=20):
    """The numbers of datagrams received: as many as asked for, or all until it is quiet."""
    numbers, end = [], time.monotonic() + seconds
    sock.settimeout(2)
    with contextlib.suppress(TimeoutError):
        while len(numbers) < count and time.monotonic() < end:
            data = sock.recv(2000)
            number = int.from_bytes(data[:4], "big")
            assert data == numbered(number, len(data))
            numbers.append(number)
    return numbers
