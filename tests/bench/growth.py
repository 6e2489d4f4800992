"""How cost grows with the size of the rings and with the number of configfs items; what loading the
module takes, and an idle port. ports.py has how it grows with the number of ports.
"""

import pathlib
import re
import sys
import time
import traceback

from helpers import configfs, kernel
from helpers.peers import Peers
from helpers.run import run_batch
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


def all_up(names):
    """Brings them up."""
    run_batch("ip", *[f"link set {name} up" for name in names])


def hundred(kind, start):
    """Makes a hundred interfaces, at the price of one `ip`; returns their names."""
    numbers = range(start, start + HUNDRED)
    if kind != "veth":
        run_batch("ip", *[f"link add m{number} type {kind}" for number in numbers])
        return [f"m{number}" for number in numbers]
    halves = numbers[::2]
    run_batch("ip", *[f"link add m{number} type veth peer name p{number}" for number in halves])
    return [f"{end}{number}" for end in "mp" for number in halves]


def hundreds(kind):
    """What an interface takes that does nothing, down and up: the change over a hundred, for the
    second and the third hundred. The first takes what others have left in the kernel's caches.
    """
    figures, names = [], []
    for start in (0, HUNDRED, 2 * HUNDRED):
        before = memory()
        new = hundred(kind, start)
        down = memory()
        all_up(new)
        figures.append(((down - before) / HUNDRED, (memory() - before) / HUNDRED))
        names += new
    run_batch("ip", *[f"link del {name}" for name in names if name.startswith("m")])
    return {"down": [one[0] for one in figures[1:]], "up": [one[1] for one in figures[1:]]}


def idle_memory(report):
    """Of a port with smaller and larger rings, with the least of queueing disciplines and with the
    usual one; and of others, which have none.
    """
    for size, qdisc in ((64, "pfifo"), (1024, "pfifo"), (64, "fq_codel")):
        QDISC.write_text(qdisc, encoding="ascii")
        kernel.load(ports=0, tx_ring=size, rx_ring=size)
        report.row("memory", f"vnet, rings of {size}, {qdisc}", hundreds("vnet"), unit="bytes")
        kernel.unload()
    report.row("memory", "veth end", hundreds("veth"), unit="bytes")
    report.row("memory", "dummy", hundreds("dummy"), unit="bytes")


def milliseconds(step):
    """How long we were running meanwhile."""
    start = time.process_time_ns()
    step()
    return (time.process_time_ns() - start) / 1e6


def load_time(report):
    """What the module's init takes, where initcall_debug would look."""
    for words in ({"ports": 0}, {"ports": 1}, {"ports": 4}, {"ports": 16}, {"ports": 64},
                  {"pairs": 1}, {"pairs": 32}):
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
    for part in (load_time, idle_memory, items, rings):
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
