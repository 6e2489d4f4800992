"""A pair of ports in two namespaces, `near` and `far`, and next to `near` an echo port.

A test runs where `near` and `echo` are; `with bench.far.inside():` is the other place.
"""

import contextlib
import os
import socket
import time

from pyroute2 import IPRoute

from helpers import files, kernel
from helpers.features import differences, features, switch
from helpers.snmp import icmp6_sent
from helpers.vnet import IFA_F_NODAD, Namespace, Port
from helpers.wait import until

NEAR4, FAR4 = "198.51.100.1", "198.51.100.2"
NEAR6, FAR6 = "2001:db8:1::1", "2001:db8:1::2"

# The short names of `ethtool -K`, with the kernel's names.
NAMES = {
    "rx": "rx-checksum", "tx": "tx-checksum-ip-generic", "sg": "tx-scatter-gather",
    "tso": "tx-tcp-segmentation", "tso6": "tx-tcp6-segmentation", "uso": "tx-udp-segmentation",
    "gso": "tx-generic-segmentation", "gro": "rx-gro",
    "rxvlan": "rx-vlan-hw-parse", "txvlan": "tx-vlan-hw-insert",
    "txstag": "tx-vlan-stag-hw-insert",
}


# IPv6 announces itself on a new link at once instead of within two seconds, when a test may be
# looking at other packets.
SOON = {"accept_dad": 0, "mldv2_unsolicited_report_interval": 1}


def speak_soon():
    """Has IPv6 announce itself as soon as a link of this namespace is up."""
    for name, value in SOON.items():
        files.write(f"/proc/sys/net/ipv6/conf/default/{name}", str(value))


class End(Port):
    """A port, with its namespace to go to."""

    @contextlib.contextmanager
    def inside(self):
        """In the port's namespace, while the block runs."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        os.setns(self.ns.fd, os.CLONE_NEWNET)
        try:
            yield
        finally:
            os.setns(before, os.CLONE_NEWNET)
            os.close(before)

    @property
    def index(self):
        """The interface index, wherever we are."""
        with self.inside():
            return socket.if_nametoindex(self.name)

    def counters(self):
        """As those of any port, wherever we are."""
        with self.inside():
            return super().counters()

    def features(self):
        """The offloads that are on, by `ethtool -k`."""
        with self.inside():
            return features(self.name)

    def switch(self, *names, on=False):
        """Turns offloads off, or on."""
        self.set_features(dict.fromkeys((NAMES.get(name, name) for name in names), on))

    def set_features(self, wanted):
        """Turns offloads on and off."""
        with self.inside():
            switch(self.name, wanted)

    def socket(self, *words):
        """A socket in the port's namespace."""
        with self.inside():
            return socket.socket(*words)

    def said(self):
        """How many messages of ICMPv6 the port has sent."""
        with self.inside():
            return icmp6_sent(self.name)

    def addresses(self, *addresses):
        """Gives the port addresses."""
        for address in addresses:
            v6 = ":" in address
            self.ip.addr("add", index=self.index, address=address,
                         prefixlen=64 if v6 else 24, **({"flags": IFA_F_NODAD} if v6 else {}))


class Laid:
    """The module, newly loaded with `parameters`, and ports where they belong, while the block
    runs. A class derived from it says how they are laid.
    """

    def __init__(self, **parameters):
        self.parameters = parameters
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            kernel.have_unloaded()
            stack.callback(kernel.have_unloaded)
            kernel.load(**self.parameters)
            self.lay(stack)
            self.stack = stack.pop_all()
        return self

    def lay(self, stack):
        """Brings the ports to their places, and up."""
        raise NotImplementedError

    def __exit__(self, *_):
        self.stack.close()


class Bench(Laid):
    """The module with a pair and an echo port, while the block runs.

    `parameters` may ask for a sink besides, which is `sink` then. IPv6 is off unless asked
    for: see Namespace.
    """

    def __init__(self, ipv6=False, **parameters):
        super().__init__(**{"pairs": 1, "ports": 1} | parameters)
        self.ipv6 = ipv6
        self.near = self.far = self.echo = self.sink = None

    def lay(self, stack):
        """Brings the ports to their places, and up."""
        home = stack.enter_context(IPRoute())
        here, there = self._namespace(stack), self._namespace(stack)
        os.setns(here.fd, os.CLONE_NEWNET)
        self.near, self.far = End(here, "vnet0"), End(there, "vnet1")
        self.echo = End(here, "vnet2")
        if "sink" in self.parameters:
            self.sink = End(here, "vnet3")
        for port in self.ports:
            index = home.link_lookup(ifname=port.name)[0]
            home.link("set", index=index, net_ns_fd=port.ns.fd)
            port.up()
        self.near.addresses(NEAR4, *[NEAR6] * self.ipv6)
        self.far.addresses(FAR4, *[FAR6] * self.ipv6)
        self.echo.address()
        self._meet()

    def _namespace(self, stack):
        """A namespace for an end."""
        namespace = stack.enter_context(Namespace(ipv6=self.ipv6))
        if self.ipv6:
            speak_soon()
        return namespace

    def _meet(self):
        """Lets the ports of the pair know each other's address without asking."""
        for port, other, addresses in ((self.near, self.far, (FAR4, FAR6)),
                                       (self.far, self.near, (NEAR4, NEAR6))):
            for address in addresses[:1 + self.ipv6]:
                port.neighbour(other.mac, address)
            until(lambda port=port: port.has_carrier, f"{port.name} has a link")
        if self.ipv6:
            until(self._has_spoken, "IPv6 has said what it has to say")

    def _has_spoken(self):
        """Whether IPv6 has introduced itself at both ends, and says no more."""
        before = [port.said() for port in (self.near, self.far)]
        time.sleep(0.1)
        return all(before) and before == [port.said() for port in (self.near, self.far)]

    @property
    def ports(self):
        """All of them."""
        return [one for one in (self.near, self.far, self.echo, self.sink) if one]

    @contextlib.contextmanager
    def kept(self):
        """Has the offloads afterwards as they were before the block."""
        before = [port.features() for port in self.ports]
        yield self
        for port, old in zip(self.ports, before):
            changed = differences(old, port.features())
            if changed:
                port.set_features(changed)

    def settle(self):
        """Waits until nothing is under way; returns the counters of both ends."""
        def quiet():
            counts = self.near.settle(), self.far.settle()
            return counts if counts == (self.near.counters(), self.far.counters()) else None
        return until(quiet, "the bench is quiet")
