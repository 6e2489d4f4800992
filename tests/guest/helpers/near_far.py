"""A cable with a port at both ends, each in a namespace of its own."""

import contextlib
import socket
import threading

from pyroute2 import IPRoute

from helpers import kernel
from helpers.cpu import Beside
from helpers.traffic import roomy
from helpers.vnet import FAR4, HOST4, Namespace, Port
from helpers.wait import until


class Pair:
    """Two ports, up and with addresses: `near`, where the test is, and `far`."""

    def __init__(self, near, far):
        self.near, self.far = near, far

    def there(self):
        """In the far end's namespace, while the block runs."""
        return self.near.ns.outside()

    def receiver(self, kind=socket.SOCK_DGRAM, port=7000):
        """A socket at the far end."""
        with self.there():
            sock = roomy(socket.socket(socket.AF_INET, kind))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((FAR4, port))
        sock.settimeout(60)
        return sock


@contextlib.contextmanager
def pair(**parameters):
    """A new pair while the block runs, which is in the near end's namespace.

    The ports go with their namespaces, so each pair needs the module loaded anew.
    """
    kernel.have_unloaded()
    kernel.load(**parameters)
    with IPRoute() as first, Namespace() as away, Namespace() as here:
        for name, namespace in (("vnet0", here), ("vnet1", away)):
            first.link("set", index=first.link_lookup(ifname=name)[0], net_ns_fd=namespace.fd)
        near, far = Port(here, "vnet0"), Port(away, "vnet1")
        for port, address in ((near, HOST4), (far, FAR4)):
            with here.outside() if port is far else contextlib.nullcontext():
                port.up()
                port.ip.addr("add", index=port.index, address=address, prefixlen=24)
        # A packet that waits for an answer may be overtaken by later ones.
        near_mac = near.mac
        with here.outside():
            far_mac = far.mac
            far.neighbour(near_mac, HOST4)
        near.neighbour(far_mac, FAR4)
        until(lambda: near.has_carrier and far.has_carrier, "there is a link")
        yield Pair(near, far)
    kernel.have_unloaded()


class Stream:
    """A TCP connection over a pair that carries a pattern while the block runs.

    Every byte is checked at the far end; `received` says how many there were.
    """

    CHUNK = bytes(number * 7 & 0xff for number in range(256)) * 256

    def __init__(self, cable, seconds=60):
        self.cable, self.seconds = cable, seconds
        self.over = threading.Event()
        self.sent = self.received = 0
        self.wrong = None
        self.threads = [Beside(target=work, daemon=True)
                        for work in (self._send, self._receive)]

    def __enter__(self):
        self.listener = self.cable.receiver(socket.SOCK_STREAM)
        self.listener.listen(1)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.sock.settimeout(self.seconds)
        self.sock.connect((FAR4, 7000))
        for thread in self.threads:
            thread.start()
        return self

    def _send(self):
        while not self.over.is_set():
            self.sock.sendall(self.CHUNK)
            self.sent += len(self.CHUNK)
        self.sock.shutdown(socket.SHUT_WR)

    def _receive(self):
        with self.listener.accept()[0] as sock:
            sock.settimeout(self.seconds)
            while data := sock.recv(1 << 16):
                start = self.received % 256
                if data != (self.CHUNK + self.CHUNK)[start:start + len(data)]:
                    self.wrong = self.received
                self.received += len(data)

    def __exit__(self, kind, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(self.seconds)
        alive = any(thread.is_alive() for thread in self.threads)
        self.sock.close()
        self.listener.close()
        if kind is None:
            assert not alive, f"the connection hangs: {self.sent} sent, {self.received} received"
            assert self.wrong is None, f"wrong bytes after {self.wrong}"
            assert self.received == self.sent > 0
