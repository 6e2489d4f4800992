"""docs/bench.md, from what was measured.

    tests/bench/table.py RESULTS FILE
"""

import json
import pathlib
import sys

from goals import goals, missed
from measure import spread, typical
from spent import line, section

HEADINGS = {
    "packets": ("Packets", "Instructions per packet: pktgen, `clone_skb 0`, each packet sent once "
                "unless the row says otherwise. A sink is next to `dummy`; a pair next to `veth`, "
                "addressed to the peer, which has no IP address, so its stack drops it after a "
                "look at the routes. “more” is vnet less the other."),
    "talk": ("Conversations", "Instructions per exchange, both ends in one thread of Python, whose "
             "own part is in all figures; `lo` shows what that is, with a stack but no card."),
    "stream": ("TCP stream", "Bytes per instruction, both ends in one thread; more is better. "
               "veth hands on in one piece what TSO left uncut even if GRO is off at the receiver; "
               "vnet delivers then what a wire would carry."),
    "rings": ("Ring size", "Instructions per packet, 60 bytes, burst 1 unless it says otherwise."),
    "queues": ("Queues", "Instructions per packet, 60 bytes, on so many CPUs with a queue each, "
               "each started within 0.1 s; the time in which one of them ran, through the packets "
               "of all."),
    "load": ("Loading", "Microseconds of the module's init (the trace events that "
             "`initcall_debug` uses), a thousand instructions each."),
    "memory": ("Memory", "Bytes for one interface: the change of Slab, Percpu and VmallocUsed over "
               "a hundred of them, with one queue; the second and the third hundred, as the first "
               "fills what others have left in the kernel's caches."),
    "ports": ("Ports", "Milliseconds (a million instructions each) to make and delete one more "
              "interface where there are so many with it, from Python, without what was waited "
              "for. By netlink `ip link` names it; by configfs an item is made, and switched on, "
              "and the kernel looks for a free number for its name."),
    "many": ("Ports, all of them up", "Bytes for each port: the change of Slab, Percpu and "
             "VmallocUsed, with rings of 64 and `pfifo`. The first ones find room in what "
             "the kernel's caches have grown by before."),
    "crowd": ("Packets among many ports", "Instructions per packet, 60 bytes, burst 1, where so "
              "many other ports are up."),
    "items": ("configfs items", "Milliseconds (a million instructions each) to make, switch on and "
              "remove one more item where there are so many, without what was waited for."),
}


def number(value):
    """With as many digits as mean something."""
    return f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"


def figure(values):
    """The one in the middle, and how far the others are off."""
    off = f" ±{100 * spread(values):.1f} %" if len(values) > 1 else ""
    return number(typical(values)) + off


def compared(figures):
    """How much more ours is than the other's."""
    if len(figures) < 2 or "vnet" not in figures:
        return "", ""
    other = next(name for name in figures if name != "vnet")
    ours, theirs = typical(figures["vnet"]), typical(figures[other])
    return number(ours - theirs), f"{ours / theirs:.2f}×"


def table(rows):
    """A table of rows that have the same columns, or each its own."""
    names = list(dict.fromkeys(name for row in rows for name in row["figures"]))
    compare = "vnet" in names and len(names) > 1
    moderated = any(row["moderation"] != "default" for row in rows)
    head = ["", *["moderation"] * moderated, *names, *["more", "ratio"] * compare]
    lines = [line(*head), line("---", *["---:"] * (len(head) - 1))]
    for row in rows:
        cells = [row["name"], *[row["moderation"]] * moderated]
        cells += [figure(row["figures"][name]) if name in row["figures"] else "" for name in names]
        lines.append(line(*cells, *(compared(row["figures"]) if compare else ())))
    return lines


def document(results):
    """All of it."""
    rows = [row for part in ("packets", "talk", "growth", "ports", "queues")
            if (results / f"{part}.json").exists()
            for row in json.loads((results / f"{part}.json").read_text(encoding="ascii"))]
    versions = (results / "versions").read_text(encoding="utf-8").splitlines()
    lines = ["# Measured", "",
             "Made by `tests/bench/bench.sh`; do not edit. Everything is at rate 0, emulated under "
             "`-icount`: the guest's time counts instructions, one in a nanosecond, so the figures "
             "are the same on every machine, and say nothing about caches. One CPU, unless the "
             "table is about queues; moderation is the default one, which "
             "adapts to the load, unless a row says so. Each figure is the middle one of several "
             "runs, ± how far the others are off at most.", "",
             *[f"- {version}" for version in versions], "",
             "![the main rows](bench.svg)", ""]
    profile = results / "profile.json"
    found = json.loads(profile.read_text(encoding="ascii")) if profile.exists() else {}
    lines += goals(rows, found)
    for key, (heading, about) in HEADINGS.items():
        of_table = [row for row in rows if row["table"] == key]
        if of_table:
            lines += ["", f"## {heading}", "", about, "", *table(of_table)]
    if found:
        lines += section(found, missed(rows))
    return "\n".join(lines) + "\n"


def main():
    """Writes it."""
    results, place = map(pathlib.Path, sys.argv[1:])
    place.write_text(document(results), encoding="utf-8")


if __name__ == "__main__":
    main()
