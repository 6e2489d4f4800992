"""A way from a sender through a qdisc and a slow ring to a receiver, and the datagrams on it."""

import contextlib
import socket
import struct

from helpers import files
from helpers.run import run_batch
from helpers.traffic import numbered, roomy, udp
from helpers.wait import DEADLINE

SIZE = 1000
SO_TIMESTAMPNS = 35


class Course:
    """A port whose far end echoes, or one end of a pair: datagrams go in and are counted out.

    The thread is in the namespace of the port.
    """

    def __init__(self, port, end=None):
        self.port, self.end = port, end

    @contextlib.contextmanager
    def flow(self):
        """A sender and its receiver."""
        if not self.end:
            with udp() as sock:
                yield sock, sock
            return
        with roomy(self.end.socket(socket.AF_INET, socket.SOCK_DGRAM)) as there:
            there.bind((self.end.v4, 0))
            with udp(*there.getsockname()) as here:
                yield here, there

    @contextlib.contextmanager
    def held(self):
        """Nothing leaves while the block runs: packets fill the ring, then wait above it."""
        self.port.flag("hang-engine", True)
        try:
            yield
        finally:
            self.port.flag("hang-engine", False)

    def qdisc(self, spec, length=1000):
        """Sets a root qdisc, whose simple queues hold `length` packets."""
        files.write(self.port.sysfs("tx_queue_len"), str(length))
        replace = f"qdisc replace dev {self.port.name} root"
        run_batch("tc", f"{replace} pfifo limit 1", f"{replace} {spec}")


def stamped(sock):
    """Has the kernel note when a socket's datagrams arrive."""
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    return sock


def arrivals(sock, count):
    """When so many datagrams have arrived, in seconds and nanoseconds."""
    times = []
    for _ in range(count):
        _, extra, _, _ = sock.recvmsg(2000, 64)
        times += [struct.unpack("=qq", data) for _, kind, data in extra if kind == SO_TIMESTAMPNS]
    return times


def numbers_from(sock, count):
    """The numbers of so many datagrams, or of those that came before there were no more."""
    numbers = []
    sock.settimeout(DEADLINE)
    with contextlib.suppress(TimeoutError):
        while len(numbers) < count:
            data = sock.recv(2000)
            number = int.from_bytes(data[:4], "big")
            assert data == numbered(number, len(data))
            numbers.append(number)
    return numbers
