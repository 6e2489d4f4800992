"""The modules of samples/, and a device of theirs."""

import contextlib
import pathlib
import socket

from helpers import kernel
from helpers.run import run, run_json
from helpers.wait import DEADLINE

# An EtherType of our own, and no protocol that the stack answers.
OURS = 0x0810


def load(name, **parameters):
    """Loads a module of samples/."""
    run("insmod", pathlib.Path(kernel.MODULE).with_name(f"{name}.ko"), *kernel.words(parameters))


@contextlib.contextmanager
def loaded(name, **parameters):
    """The same, until the block ends."""
    load(name, **parameters)
    try:
        yield
    finally:
        run("rmmod", name)


class Device:
    """A device, by its name, in the namespace that the test is in."""

    def __init__(self, name):
        self.name = name

    @classmethod
    def add(cls, kind, name, *more):
        """Makes one as `ip link add` does, and takes it up."""
        run("ip", "link", "add", name, *more, "type", kind)
        run("ip", "link", "set", name, "up")
        return cls(name)

    def link(self):
        """The output of `ip link` for it."""
        return run_json("ip", "-d", "-s", "-j", "link", "show", self.name)[0]

    def counters(self):
        """(frames, bytes) sent, and received."""
        stats = self.link()["stats64"]
        return tuple((stats[way]["packets"], stats[way]["bytes"]) for way in ("tx", "rx"))

    def socket(self, protocol=OURS):
        """A packet socket on it."""
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        sock.bind((self.name, protocol))
        sock.settimeout(DEADLINE)
        return sock


def frame(number, size=60):
    """A frame to all that says which it is."""
    header = b"\xff" * 6 + b"\x02\0\0\0\0\x01" + OURS.to_bytes(2, "big")
    return (header + number.to_bytes(4, "big")).ljust(size, b"\0")
