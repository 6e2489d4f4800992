"""docs/bench.md, from what was measured.

    tests/bench/table.py RESULTS FILE
"""

import json
import pathlib
import sys

from goals import goals
from measure import spread, typical

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
               "a hundred of them, with one queue."),
    "ports": ("Ports", "Milliseconds (a million instructions each) to make and delete one more "
              "interface where there are so many, by netlink from Python, without what was waited "
              "for."),
    "items": ("configfs items", "Milliseconds (a million instructions each) to make, switch on and "
              "remove one more item where there are so many, without what was waited for."),
}
GROUPS = ("xmit", "engine", "poll", "kernel")


def number(value):
    """With as many digits as mean something."""
    return f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"


def figure(values):
    """The one in the middle, and how far the others are off."""
    return f"{number(typical(values))} ±{100 * spread(values):.1f} %"


def compared(figures):
    """How much more ours is than the other's."""
    if len(figures) < 2 or "vnet" not in figures:
        return "", ""
    other = next(name for name in figures if name != "vnet")
    ours, theirs = typical(figures["vnet"]), typical(figures[other])
    return number(ours - theirs), f"{ours / theirs:.2f}×"


def line(*cells):
    """A line of a table."""
    return "| " + " | ".join(cells) + " |"


def table(rows):
    """A table of rows that have the same columns, or each its own."""
    names = list(dict.fromkeys(name for row in rows for name in row["figures"]))
    compare = "vnet" in names and len(names) > 1
    moderated = any(row["moderation"] != "none" for row in rows)
    head = ["", *["moderation"] * moderated, *names, *["more", "ratio"] * compare]
    lines = [line(*head), line("---", *["---:"] * (len(head) - 1))]
    for row in rows:
        cells = [row["name"], *[row["moderation"]] * moderated]
        cells += [figure(row["figures"][name]) if name in row["figures"] else "" for name in names]
        lines.append(line(*cells, *(compared(row["figures"]) if compare else ())))
    return lines


def profile_table(name, rows):
    """The functions of ours that take most, and what the kernel's take."""
    sums = {part: sum(row["instructions"] for row in rows if row["part"] == part)
            for part in GROUPS}
    lines = ["", f"**{name}**: " + ", ".join(f"{part} {number(sums[part])}" for part in GROUPS
                                             if sums[part]), "",
             line("function", "part", "instructions"), line("---", "---", "---:")]
    return lines + [line(f"`{row['function']}`", row["part"], number(row["instructions"]))
                    for row in rows[:16]]


def profile(found):
    """Where the instructions go, and how large the module is."""
    lines = ["", "## Where the instructions go", "",
             "By function, of pktgen's thread, which does all the work: its share of the samples, "
             "of what a packet costs while none are taken. What runs with interrupts off is "
             "counted where they come on again."]
    for name, rows in found["cases"].items():
        lines += profile_table(name, rows)
    size = ", ".join(f"{name} {value:,}" for name, value in found["size"].items())
    return lines + ["", "## The module's size", "", f"In bytes: {size} (with debug information)."]


def document(results):
    """All of it."""
    rows = [row for part in ("packets", "talk", "growth", "queues")
            if (results / f"{part}.json").exists()
            for row in json.loads((results / f"{part}.json").read_text(encoding="ascii"))]
    versions = (results / "versions").read_text(encoding="utf-8").splitlines()
    lines = ["# Measured", "",
             "Made by `tests/bench/bench.sh`; do not edit. Everything is at rate 0, emulated under "
             "`-icount`: the guest's time counts instructions, one in a nanosecond, so the figures "
             "are the same on every machine, and say nothing about caches. One CPU, unless the "
             "table is about queues. Each figure is the middle one of several runs, ± how far the "
             "others are off at most.", "", *[f"- {version}" for version in versions], "",
             "![the main rows](bench.svg)", ""]
    lines += goals(rows)
    for key, (heading, about) in HEADINGS.items():
        of_table = [row for row in rows if row["table"] == key]
        if of_table:
            lines += ["", f"## {heading}", "", about, "", *table(of_table)]
    if (results / "profile.json").exists():
        lines += profile(json.loads((results / "profile.json").read_text(encoding="ascii")))
    return "\n".join(lines) + "\n"


def main():
    """Writes it."""
    results, place = map(pathlib.Path, sys.argv[1:])
    place.write_text(document(results), encoding="utf-8")


if __name__ == "__main__":
    main()
