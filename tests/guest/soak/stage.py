"""The ports that stay from the beginning to the end: a pair, an echo host and a sink."""

import contextlib
import os

from pyroute2 import IPRoute

from helpers import configfs
from helpers.bench import Bench, End

SINK4, NOWHERE4 = "203.0.113.1", "203.0.113.2"
# Of the sink: there is nobody to say it.
NOWHERE_MAC = "02:00:00:00:00:99"


@contextlib.contextmanager
def bench():
    """These ports, with two queues each, in the namespaces `here` and `there`."""
    with Bench(ipv6=True, sink=1, queues=2) as made:
        made.sink.addresses(SINK4)
        for port in (made.near, made.far):
            with port.inside():
                # Who changes his address says so, or nobody sends to it for a minute.
                with open("/proc/sys/net/ipv4/conf/all/arp_notify", "w", encoding="ascii") as file:
                    file.write("1")
        try:
            yield made
        finally:
            # Whatever went wrong, it is not that the module cannot be unloaded.
            for path in configfs.ROOT.glob("*"):
                path.rmdir()


class Place:
    """A namespace as a process sees it that has not made it."""

    def __init__(self, namespace):
        self.fd, self.sys, self.ipv6 = namespace.fd, namespace.sys, namespace.ipv6
        with visited(self.fd):
            # A socket belongs to the namespace that it was made in.
            self.ip = IPRoute()


@contextlib.contextmanager
def visited(namespace):
    """In a namespace, by its file, while the block runs."""
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    os.setns(namespace, os.CLONE_NEWNET)
    try:
        yield
    finally:
        os.setns(before, os.CLONE_NEWNET)
        os.close(before)


class Stage:
    """The ports of a bench, for a process of its own: netlink sockets are not shared."""

    def __init__(self, made):
        self.here, self.there = Place(made.near.ns), Place(made.far.ns)
        self.near, self.echo, self.sink = (
            End(self.here, port.name) for port in (made.near, made.echo, made.sink))
        self.far = End(self.there, made.far.name)
        self.ports = [self.near, self.far, self.echo, self.sink]

    @property
    def places(self):
        """Both namespaces."""
        return self.here, self.there

    def living(self):
        """All ports that there are, also those that are not ours."""
        return [End(place, link.get_attr("IFLA_IFNAME"))
                for place in self.places for link in place.ip.get_links()
                if link.get_nested("IFLA_LINKINFO", "IFLA_INFO_KIND") == "vnet"]
