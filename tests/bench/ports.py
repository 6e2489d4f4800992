"""How cost grows with the number of ports, from the first to the thousandth: what it takes to make
and delete one more, next to a dummy; what each of them occupies; and what a packet costs while they
are there.
"""

import contextlib
import pathlib
import socket

from pyroute2 import IPRoute

from growth import PORTS, QDISC, all_up, memory, milliseconds
from helpers import configfs, kernel
from helpers.peers import Peers
from helpers.run import run_batch
from measure import Report, in_turn

RUNS = 3


def one_more(kind):
    """Makes and deletes an interface; returns the milliseconds that it took us, without what we
    waited for.
    """
    with IPRoute() as ip:
        made = milliseconds(lambda: ip.link("add", ifname="last", kind=kind))
        index = socket.if_nametoindex("last")
        return made, milliseconds(lambda: ip.link("del", index=index))


def by_netlink(report):
    """What it takes to make and delete the last of so many, next to a dummy."""
    for kind in ("vnet", "dummy"):
        # Python is slower at what it does for the first time.
        one_more(kind)
        there = 0
        for count in PORTS:
            more(there, count - 1, f"type {kind}")
            there = count - 1
            took = [one_more(kind) for _ in range(RUNS)]
            report.row("ports", f"{kind}, by netlink, number {count}",
                       {"make": [one[0] for one in took], "delete": [one[1] for one in took]})
        run_batch("ip", *[f"link del m{number}" for number in range(there)])


def more(start, stop, words):
    """Adds interfaces."""
    run_batch("ip", *[f"link add m{number} {words}" for number in range(start, stop)])


def make(item):
    """A sink of an item in configfs."""
    item.mkdir()
    (item / "far_end").write_text("sink")
    (item / "power").write_text("1")


def by_configfs(report):
    """What it takes to make and delete the last of so many; what they occupy, each; and what a
    packet costs while they are there and up.
    """
    root = configfs.ROOT
    with Peers(tx_ring=64, rx_ring=64) as peers:
        occupied, there = memory(), 0
        for count in PORTS:
            for number in range(there, count - 1):
                make(root / f"m{number}")
            took = []
            for _ in range(RUNS):
                took.append((milliseconds(lambda: make(root / "last")),
                             milliseconds((root / "last").rmdir)))
            report.row("ports", f"vnet, by configfs, number {count}",
                       {"make": [one[0] for one in took], "delete": [one[1] for one in took]})
            make(root / f"m{count - 1}")
            all_up(names(root, there, count))
            now = memory()
            if there:
                report.row("many", f"number {there + 1} to {count}",
                           {"bytes each": [(now - occupied) / (count - there)]})
            occupied, there = now, count
            report.row("crowd", f"{count}", in_turn({
                "sink": lambda: peers.cost("vnet2"),
                "dummy": lambda: peers.cost("dummy0"),
                "pair": lambda: peers.cost("vnet0"),
                "veth": lambda: peers.cost("veth0"),
            }, RUNS))
        for item in root.glob("m*"):
            item.rmdir()


def names(root, start, stop):
    """What the ports of these items are called."""
    return [(root / f"m{number}/name").read_text().strip() for number in range(start, stop)]


def main():
    """Both."""
    pathlib.Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1", encoding="ascii")
    QDISC.write_text("pfifo", encoding="ascii")
    report = Report("ports")
    with contextlib.ExitStack() as stack:
        kernel.load(ports=0, tx_ring=64, rx_ring=64, rate_kbps=0)
        stack.callback(kernel.have_unloaded)
        configfs.have_mounted()
        by_netlink(report)
    by_configfs(report)
    report.write()


if __name__ == "__main__":
    main()
