"""How cost grows with the size of the rings, and with the number of ports and of configfs items."""

import pathlib
import re
import socket
import sys
import time
import traceback

from pyroute2 import IPRoute

from helpers import configfs, kernel
from helpers.peers import Peers
from helpers.run import run_ip
from measure import Report, in_turn

RINGS = (64, 256, 1024, 4096)
PORTS = (1, 10, 100, 1000)
HUNDRED = 100
QDISC = pathlib.Path("/proc/sys/net/core/default_qdisc")


def rings(report):
    """What a packet costs with rings of each size."""
    for size in RINGS:
        with Peers(tx_ring=size, rx_ring=size) as peers:
            report.row("rings", f"{size} descriptors", in_turn({
                "sink": lambda: peers.cost("vnet2"),
                "sink, burst 32": lambda: peers.cost("vnet2", burst=32, shared=True),
                "pair": lambda: peers.cost("vnet0"),
            }))


def memory():
    """Bytes in slabs, per-CPU areas and vmalloc areas."""
    pathlib.Path("/proc/sys/vm/drop_caches").write_text("2", encoding="ascii")
    time.sleep(0.5)
    text = pathlib.Path("/proc/meminfo").read_text(encoding="ascii")
    return sum(int(re.search(rf"^{name}: +(\d+) kB", text, re.M)[1]) * 1024
               for name in ("Slab", "Percpu", "VmallocUsed"))


def links(kind, count):
    """So many interfaces of a kind, at the price of one `ip`."""
    run_ip(*[f"link add m{number} type {kind.format(number)}" for number in range(count)])


def all_up(names):
    """Brings them up."""
    run_ip(*[f"link set {name} up" for name in names])


def gone(names):
    """Deletes them."""
    run_ip(*[f"link del {name}" for name in names])


def hundred(make, names, delete):
    """What an interface takes that does nothing, down and up: the change over a hundred."""
    figures = []
    for _ in range(3):
        before = memory()
        make()
        down = memory()
        all_up(names)
        figures.append(((down - before) / HUNDRED, (memory() - before) / HUNDRED))
        gone(delete)
    # The first time the kernel's own caches grow, too.
    return {"down": [one[0] for one in figures[1:]], "up": [one[1] for one in figures[1:]]}


def idle_memory(report):
    """Of a port with smaller and larger rings, with the least of queueing disciplines and with the
    usual one; and of others, which have none.
    """
    ends = [f"m{number}" for number in range(HUNDRED)]
    for size, qdisc in ((64, "pfifo"), (1024, "pfifo"), (64, "fq_codel")):
        QDISC.write_text(qdisc, encoding="ascii")
        kernel.load(ports=0, tx_ring=size, rx_ring=size)
        report.row("memory", f"vnet, rings of {size}, {qdisc}",
                   hundred(lambda: links("vnet", HUNDRED), ends, ends), unit="bytes")
        kernel.unload()
    halves = ends[:HUNDRED // 2]
    peers = [f"p{number}" for number in range(HUNDRED // 2)]
    report.row("memory", "veth end", hundred(lambda: links("veth peer name p{}", HUNDRED // 2),
                                             halves + peers, halves), unit="bytes")
    report.row("memory", "dummy", hundred(lambda: links("dummy", HUNDRED), ends, ends),
               unit="bytes")


def many_ports(report):
    """What it takes to make and delete the last of so many ports, next to a dummy."""
    kernel.load(ports=0, tx_ring=64, rx_ring=64, rate_kbps=0)
    for kind in ("vnet", "dummy"):
        there = 0
        for count in PORTS:
            run_ip(*[f"link add m{number} type {kind}" for number in range(there, count - 1)])
            there = count - 1
            took = [one_more(kind) for _ in range(5)]
            report.row("ports", f"{kind}, with {count}", {"make": [one[0] for one in took],
                                                          "delete": [one[1] for one in took]})
        if kind == "vnet":
            kernel.unload()


def one_more(kind):
    """Makes and deletes an interface; returns the milliseconds that it took us, without what we
    waited for.
    """
    with IPRoute() as ip:
        made = milliseconds(lambda: ip.link("add", ifname="last", kind=kind))
        index = socket.if_nametoindex("last")
        return made, milliseconds(lambda: ip.link("del", index=index))


def milliseconds(step):
    """How long we were running meanwhile."""
    start = time.process_time_ns()
    step()
    return (time.process_time_ns() - start) / 1e6


def load_time(report):
    """What the module's init takes, where initcall_debug would look."""
    for words in ({"ports": 0}, {"ports": 1}, {"pairs": 1}, {"ports": 64}, {"pairs": 32}):
        took = []
        for _ in range(3):
            with kernel.Trace("initcall/initcall_start", "initcall/initcall_finish") as trace:
                kernel.load(**words)
                times = [float(when) for when in
                         re.findall(r" (\d+\.\d+): initcall_", trace.text())]
            kernel.unload()
            assert len(times) == 2, times
            took.append((times[-1] - times[0]) * 1e6)
        report.row("load", " ".join(f"{name}={value}" for name, value in words.items()),
                   {"init": took}, unit="us")


def items(report):
    """What it takes to make, switch on and remove one more configfs item."""
    kernel.load(ports=0, tx_ring=64, rx_ring=64)
    configfs.have_mounted()
    root = pathlib.Path("/sys/kernel/config/vnet_rs")
    there = 0
    for count in PORTS:
        for number in range(there, count - 1):
            (root / f"i{number}").mkdir()
        there = count - 1
        took = [one_item(root / "last") for _ in range(5)]
        report.row("items", f"with {count}", {
            step: [one[index] for one in took]
            for index, step in enumerate(("mkdir", "power", "rmdir"))}, unit="ms")
    for item in root.glob("i*"):
        item.rmdir()
    kernel.unload()


def one_item(item):
    """Makes an item and its port and removes it; returns the milliseconds that each took us."""
    return [milliseconds(step) for step in
            (item.mkdir, lambda: (item / "power").write_text("1"), item.rmdir)]


def main():
    """All of it; where a part fails, the others are still measured."""
    pathlib.Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1", encoding="ascii")
    report, failed = Report("growth"), False
    # The dummies stay: so they come last.
    for part in (load_time, idle_memory, items, rings, many_ports):
        try:
            part(report)
        except Exception:  # pylint: disable=broad-exception-caught
            traceback.print_exc()
            failed = True
            kernel.have_unloaded()
        report.write()
    sys.exit(failed)


if __name__ == "__main__":
    main()
