"""Runs what is to be profiled in a guest whose emulator counts how often each instruction of the
kernel is executed (counter.c): a number of packets, and then three times as many. Half of the
difference is what it takes without what it takes to start and to stop.

    tests/bench/profile.py packets|queues
"""

import json
import os
import pathlib
import socket
import sys

import queues
import talk
from helpers.kernel import MODULE
from helpers.peers import Peers
from measure import busy
from packets import DUMMY, PAIR, SINK, VETH, gro

PACKETS = 4_000
STREAM = 4 << 20
SHARED = {"shared": True}
BURST = {"burst": 32, "shared": True}


class Profile:
    """What was run, in the order of the marks."""

    def __init__(self):
        self.out = pathlib.Path(os.environ["OUT"])
        self.found = {"module": MODULE, "loads": [], "cases": []}

    def loaded(self):
        """Keeps where the kernel has put the module this time."""
        number = len(self.found["loads"])
        symbols = pathlib.Path("/proc/kallsyms").read_text(encoding="ascii")
        (self.out / f"symbols{number}").write_text(symbols, encoding="ascii")
        text = pathlib.Path("/sys/module/vnet_rs/sections/.text").read_text(encoding="ascii")
        self.found["loads"].append({"symbols": f"symbols{number}", "text": int(text, 16)})

    def case(self, name, work, count):
        """Profiles `work`, that takes how often to do it and returns what one costs."""
        work(count)
        mark()
        work(count)
        mark()
        cost = work(3 * count)
        mark()
        print(name, round(cost, 3), flush=True)
        self.found["cases"].append({"name": name, "cost": cost, "count": 2 * count,
                                    "load": len(self.found["loads"]) - 1})

    def packets(self, peers, name, port, **how):
        """Profiles what pktgen does with a port."""
        self.case(name, lambda count: peers.cost(port, count=count, **how),
                  PACKETS * (8 if how.get("burst") else 1))

    def write(self):
        """Leaves it for where.py."""
        (self.out / "cases.json").write_text(json.dumps(self.found, indent=1), encoding="ascii")


def mark():
    """The emulator watches for this call, which nobody else makes."""
    socket.sethostname("guest")


def packets(profile):
    """All rows of the table of packets that are compared, and a TCP stream."""
    with Peers() as peers:
        profile.loaded()
        for size in (60, 1500):
            for burst, how in ((1, {}), (32, BURST)):
                for port, kind in ((SINK, "vnet"), (DUMMY, "dummy")):
                    profile.packets(peers, f"{kind}: sink, {size} bytes, burst {burst}", port,
                                    size=size, **how)
            for port, kind in ((PAIR, "vnet"), (VETH, "veth")):
                start = f"{kind}: pair, {size} bytes, burst 1"
                for on in (False, True):
                    gro(peers, on)
                    profile.packets(peers, f"{start}, GRO {'on' if on else 'off'}", port, size=size)
                profile.packets(peers, f"{start}, shared skb (a clone)", port, size=size, **SHARED)
        streams(profile, peers)


def streams(profile, peers):
    """With all offloads; in instructions for a byte."""
    talk.address(peers)
    for near, network in talk.NETWORKS.items():
        kind = "veth" if near == VETH else "vnet"
        with talk.stream(peers[near], peers[near[:-1] + "1"], network + "2") as (sender, receiver):
            profile.case(f"{kind}: TCP stream, TSO on, GRO on", lambda size: busy(
                lambda: talk.push(sender, receiver, size), size), STREAM)


def many_queues(profile):
    """A sink and a pair with one queue and with eight."""
    for number in (1, 8):
        with Peers(queues=number) as peers:
            profile.loaded()
            for port, kind in ((SINK, "sink"), (PAIR, "pair")):
                profile.case(
                    f"{number}: {kind}",
                    lambda count: queues.cost(peers, port, number, count=count // number),
                    8 * PACKETS)


def main():
    """One of them."""
    # khugepaged is not to work meanwhile.
    pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled").write_text("never",
                                                                           encoding="ascii")
    profile = Profile()
    {"packets": packets, "queues": many_queues}[sys.argv[1]](profile)
    profile.write()


if __name__ == "__main__":
    main()
