"""Cables: two interfaces joined, each in a network namespace of its own.

A cable is a pair of vNICs where the module makes them (parameter `pairs`), or a
veth pair, which shows that it is not the test that is wrong: CABLE=veth or vnet.
"""

import contextlib
import functools
import os
import socket

import pytest
from pyroute2 import IPRoute

from helpers import kernel
from helpers.run import run
from helpers.vnet import IFA_F_NODAD, Namespace, Port
from helpers.wait import DEADLINE, until

KIND = os.environ.get("CABLE") or ("vnet" if kernel.has_parameter("pairs") else "veth")
# As many as any test needs, so that the module can stay from one to the next.
PAIRS = {"pairs": 3}
NETWORKS = (("192.0.2.", "2001:db8::"), ("203.0.113.", "2001:db8:1::"),
            ("198.51.100.", "2001:db8:2::"))
# The ends that lie in rooms just now.
LENT = set()

vnet_only = pytest.mark.skipif(KIND != "vnet", reason="veth has no wire")


class Room(Namespace):
    """A network namespace that a thread is in only while it is `inside`."""

    def __init__(self):
        super().__init__(ipv6=True)

    def __enter__(self):
        super().__enter__()
        os.setns(self.home, os.CLONE_NEWNET)
        return self

    @contextlib.contextmanager
    def inside(self):
        """This thread is in the room while the block runs."""
        back = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        os.setns(self.fd, os.CLONE_NEWNET)
        try:
            yield self
        finally:
            os.setns(back, os.CLONE_NEWNET)
            os.close(back)

    def run(self, *command, **how):
        """Runs a command in the room."""
        with self.inside():
            return run(*command, **how)

    def socket(self, *what):
        """A socket of the room; it stays one wherever it is used."""
        with self.inside():
            sock = socket.socket(*what)
        sock.settimeout(DEADLINE)
        return sock

    def sysctl(self, name, value):
        """Changes a setting of the room, such as net/ipv4/ip_forward."""
        with self.inside(), open(f"/proc/sys/{name}", "w", encoding="ascii") as setting:
            setting.write(str(value))

    def forward(self):
        """Makes a router of the room."""
        self.sysctl("net/ipv4/ip_forward", 1)
        self.sysctl("net/ipv6/conf/all/forwarding", 1)

    def clear(self):
        """Removes devices that a test has put on top of the ends of cables."""
        for link in self.ip.get_links():
            name, kind = link.get_attr("IFLA_IFNAME"), link.get_nested(
                "IFLA_LINKINFO", "IFLA_INFO_KIND")
            if kind not in (None, "veth", "vnet") and self.ip.link_lookup(ifname=name):
                self.ip.link("del", index=link["index"])


class End(Port):
    """One end of a cable."""

    def __init__(self, room, name, number, host):
        super().__init__(room, name)
        self.room = room
        self.networks = NETWORKS[number]
        self.v4, self.v6 = self.neighbour4(host), self.neighbour6(host)

    @functools.cached_property
    def index(self):
        """The interface index, wherever this thread is; it stays while the end is here."""
        return self.ip.link_lookup(ifname=self.name)[0]

    def neighbour4(self, host):
        """An IPv4 address of the cable's network."""
        return f"{self.networks[0]}{host}"

    def neighbour6(self, host):
        """An IPv6 address of the cable's network."""
        return f"{self.networks[1]}{host}"

    def address(self):
        """Gives the end its addresses."""
        self.ip.addr("add", index=self.index, address=self.v4, prefixlen=24)
        self.ip.addr("add", index=self.index, address=self.v6, prefixlen=64, flags=IFA_F_NODAD)

    def of(self, family):
        """The address in a family."""
        return self.v6 if family == socket.AF_INET6 else self.v4

    def counters(self):
        """As those of any port, wherever we are."""
        with self.room.inside():
            return super().counters()

    def run(self, *command, **how):
        """Runs a command in the end's room."""
        return self.room.run(*command, **how)

    def socket(self, *what):
        """A socket in the end's room."""
        return self.room.socket(*what)


class Cable:
    """The cable from one room to another; both ends are up and have addresses.

    A pair of vNICs lies in the first namespace before and after: it is cheaper to
    move than to make.
    """

    def __init__(self, room_a, room_b, number=0, kind=KIND):
        self.kind, self.cpus = kind, None
        names = [f"{kind}{2 * number + end}" for end in (0, 1)]
        self.a, self.b = self.ends = (
            End(room_a, names[0], number, 1), End(room_b, names[1], number, 2))

    def mtu(self, mtu):
        """Sets the MTU of both ends."""
        for end in self.ends:
            end.set(mtu=mtu)

    def __enter__(self):
        self.cpus = os.sched_getaffinity(0)
        if self.kind == "veth":
            # Frames on veth keep their order only as long as their sender stays on its CPU.
            os.sched_setaffinity(0, {min(self.cpus)})
            run("ip", "link", "add", self.a.name, "type", "veth", "peer", "name", self.b.name)
        with IPRoute() as ip:
            for end in self.ends:
                ip.link("set", index=socket.if_nametoindex(end.name), net_ns_fd=end.room.fd)
        LENT.update(end.name for end in self.ends)
        for end in self.ends:
            end.set(mtu=1500, state="up")
            end.address()
        until(lambda: all(end.has_carrier for end in self.ends), "there is a carrier")
        return self

    def __exit__(self, *_):
        os.sched_setaffinity(0, self.cpus)
        LENT.difference_update(end.name for end in self.ends)
        for end in self.ends:
            end.room.clear()
        if self.kind == "veth":
            self.a.ip.link("del", index=self.a.index)
            return
        for end in self.ends:
            end.down()
            end.ip.link("set", index=end.index, net_ns_fd=end.room.home)


def have_pairs(**parameters):
    """Sees to it that the module is there and its pairs lie in this namespace."""
    if KIND == "veth":
        return
    parameters = PAIRS | parameters
    kernel.have_loaded(**parameters)
    names = [f"vnet{number}" for number in range(2 * parameters["pairs"])]
    if not all(name in LENT or os.path.exists(f"/sys/class/net/{name}") for name in names):
        # A namespace took them along when it went.
        kernel.have_unloaded()
        kernel.have_loaded(**parameters)
