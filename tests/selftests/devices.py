"""The devices that the suites run against, and who has the other end.

    NETIF (vnet0) in the first namespace  ==  vnet1 in the namespace "remote"

A kind of device is a class: what makes and unmakes its devices, which always
have the same names, and what a suite has to know about them.
"""

import contextlib
import json
import pathlib

from helpers import kernel
from helpers.run import run
from helpers.wait import until

NEAR, FAR, REMOTE = "vnet0", "vnet1", "remote"
NEAR4, FAR4, NEAR6, FAR6 = "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"
# A suite waits 5 s for its connections to end, which on an emulated CPU and over the smallest of
# rings, where frames are lost, may take longer with waits that double up to two minutes.
PATIENCE_MS = 1000
ENVIRONMENT = {
    "NETIF": NEAR, "LOCAL_V4": NEAR4, "LOCAL_V6": NEAR6, "REMOTE_V4": FAR4, "REMOTE_V6": FAR6,
    "REMOTE_TYPE": "netns", "REMOTE_ARGS": REMOTE,
}


class Vnet:
    """Our ports. The module is loaded anew each time."""

    environment = ENVIRONMENT
    kinds = ("sink", "echo", "pair")

    @staticmethod
    def make(kind):
        """A pair, a sink or an echo port, with two queue pairs."""
        counts = {"pairs": 0, "sink": 0, "echo": 0}
        counts["pairs" if kind == "pair" else kind] = 1
        kernel.have_unloaded()
        kernel.load(queues=2, **counts)

    @staticmethod
    def unmake():
        """Takes them away."""
        kernel.have_unloaded()


class Veth:
    """The kernel's own, to see what the suites say of others."""

    environment = ENVIRONMENT
    kinds = ("sink", "pair")

    @staticmethod
    def make(kind):
        """A pair, or a dummy for a sink."""
        if kind == "sink":
            run("ip", "link", "add", NEAR, "type", "dummy")
        else:
            queues = ("numtxqueues", 2, "numrxqueues", 2)
            run("ip", "link", "add", NEAR, *queues, "type", "veth", "peer", "name", FAR, *queues)

    @staticmethod
    def unmake():
        """Takes them away."""
        run("ip", "link", "del", NEAR)


class Netdevsim:
    """What the suites make for themselves if nobody tells them of a device."""

    environment = {}
    kinds = ()


DEVICES = {"vnet": Vnet, "veth": Veth, "netdevsim": Netdevsim}


def link(name, namespace=None):
    """What `ip` shows of a device."""
    where = ["-n", namespace] if namespace else []
    return json.loads(run("ip", "-j", "-s", "-s", *where, "link", "show", name).stdout)[0]


def raise_up(name, address4, address6, namespace=None):
    """Brings a device up, with addresses."""
    ip = ["ip", *(["-n", namespace] if namespace else [])]
    run(*ip, "addr", "add", f"{address4}/24", "dev", name)
    run(*ip, "addr", "add", f"{address6}/64", "dev", name, "nodad")
    run(*ip, "link", "set", name, "up")


@contextlib.contextmanager
def alone(device, kind):
    """A port that needs no other."""
    device.make(kind)
    try:
        raise_up(NEAR, NEAR4, NEAR6)
        yield
    finally:
        device.unmake()


@contextlib.contextmanager
def pair(device):
    """Two ports and the cable between them."""
    if not device.environment:
        yield
        return
    run("ip", "netns", "add", REMOTE)
    try:
        device.make("pair")
        run("ip", "link", "set", FAR, "netns", REMOTE)
        run("ip", "-n", REMOTE, "link", "set", "lo", "up")
        raise_up(FAR, FAR4, FAR6, REMOTE)
        raise_up(NEAR, NEAR4, NEAR6)
        for inside in ([], ["ip", "netns", "exec", REMOTE]):
            run(*inside, "sysctl", "-qw", f"net.ipv4.tcp_rto_max_ms={PATIENCE_MS}")
        carrier = pathlib.Path("/sys/class/net", NEAR, "carrier")
        until(lambda: carrier.read_text() == "1\n", "the cable has a carrier")
        yield
    finally:
        device.unmake()
        run("ip", "netns", "del", REMOTE)
