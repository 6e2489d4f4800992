"""Our ports at rate 0, each next to the driver of the kernel's that does the nearest thing: a sink
next to a dummy, a pair next to a veth. Packets are from here; the far ends are elsewhere, and
have no address: all that the stack there does with a packet is to find that out.
"""

import os

from pyroute2 import IPRoute

from helpers.bench import End, Laid
from helpers.pktgen import Pktgen
from helpers.vnet import NOBODY, Namespace
from helpers.wait import until

# The far end of each near one.
FAR = {"vnet0": "vnet1", "veth0": "veth1"}


class Peers(Laid):
    """All of them, while the block runs. `parameters` are the module's."""

    def __init__(self, **parameters):
        super().__init__(**{"pairs": 1, "sink": 1, "rate_kbps": 0} | parameters)
        self.devices = {}
        self.here = self.there = None

    def lay(self, stack):
        """Makes the others, brings each to its place, and up."""
        home = stack.enter_context(IPRoute())
        here = stack.enter_context(Namespace())
        there = stack.enter_context(Namespace())
        os.setns(here.fd, os.CLONE_NEWNET)
        self.here, self.there = here, there
        number = self.parameters.get("queues", 1)
        queues = {"num_tx_queues": number, "num_rx_queues": number}
        here.ip.link("add", ifname="dummy0", kind="dummy", **queues)
        here.ip.link("add", ifname="veth0", kind="veth", **queues,
                     peer={"ifname": "veth1", "net_ns_fd": there.fd} | queues)
        for name, place in (("vnet0", here), ("vnet1", there), ("vnet2", here)):
            home.link("set", index=home.link_lookup(ifname=name)[0], net_ns_fd=place.fd)
        places = {"dummy0": here, "vnet2": here, "veth0": here, "vnet0": here,
                  "veth1": there, "vnet1": there}
        for name, place in places.items():
            self.devices[name] = End(place, name)
            self.devices[name].up()
        for name in places:
            until(lambda name=name: self[name].has_carrier, f"{name} has a link")

    def __getitem__(self, name):
        return self.devices[name]

    def to(self, name):
        """The destination of the packets of this one."""
        return self[FAR[name]].mac if name in FAR else NOBODY

    def cost(self, name, count=10_000, **how):
        """The cost of a packet of this one: instructions, where those are counted."""
        how = {"burst": 1, "clone": 0, "shared": False} | how
        with Pktgen(self[name], self.to(name), count=count, **how) as generator:
            assert generator.run() >= count and generator.errors() == 0, generator.result()
            return generator.nanoseconds()
