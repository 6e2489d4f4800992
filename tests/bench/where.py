"""Whose the instructions are that were counted in a guest: by function, per packet.

    tests/bench/where.py GUEST... FILE     the directories of guests that ran profile.py

Functions of ours are named as in the source, whatever the compiler has put into one another: what
an instruction belongs to is in the module's debug information. The kernel's functions are those
that it has at run time.
"""

import bisect
import collections
import json
import os
import pathlib
import re
import subprocess
import sys

# What is part of what, by name; of functions that are in one another, the innermost that has a rule
# counts. What is for all (a ring, a counter, a slot) has none: it is part of what it is used for.
PARTS = {
    "poll": r"^(rx|napi)::|[Rr]eap|::poll$|vnet_rs_poll|completed_wake|tx_queue::avail"
            r"|^net_rs_(napi_|eth_type_trans)",
    "engine": r"^(transmitter|send|receiver|[rt]x_rings|queues|trouble|wire|arrivals|fifo|host|sink"
              r"|end|path|moderation|rss|filter|echo|link|fate|delay_line|medium|softirq|rx_frame"
              r"|gso|interrupts)::"
              r"|^net_rs_(pskb_|skb_(scrub|cloned|zcopy|orphan|unclone|share|nr_frags|set_"
              r"|checksum_|csum_|ip_summed))",
    "xmit": r"^(port|ndo|plug|tx|frame|ops|tx_queue|skb)::|^vnet_rs_start_xmit|^net_rs_",
}
# The part of what no rule is for.
OTHER = "xmit"


def short(name):
    """A name without crate, generic arguments, closures and what compilers add."""
    impl = re.fullmatch(r"<(.+) as (.+)>::(\w+)", name)
    name = f"{impl[1]}::{impl[3]}" if impl else name
    name = re.sub(r"\[[0-9a-f]+\]|(vnet_rs|net)::(?=\w+::)|::\{closure#\d+\}", "", name)
    name = re.sub(r"\b(ring|cable|card|driver)::(?=\w+::)", "", name)
    name = re.sub(r"\.(isra|llvm|part|cold)[.\d]*", "", name)
    name = re.sub(r"^<([\w:]+)(<.*>)?>", r"\1", name)
    while re.search(r"(::)?<[^<>]*>", name):
        name = re.sub(r"(::)?<[^<>]*>", "", name)
    return re.sub(r"^(vnet_rs|net)::", "", name)


def read_counts(place):
    """How often each instruction was executed, between one mark and the next."""
    counts = []
    with open(place, encoding="ascii") as file:
        for line in file:
            if line == "mark\n":
                counts.append(collections.Counter())
                continue
            times, *addresses = line.split()
            for address in addresses:
                counts[-1][int(address, 16)] += int(times)
    return counts


class Symbols:
    """Which function is where, in the kernel and in our module."""

    def __init__(self, place, module, text):
        rows = [line.split() for line in place.read_text(encoding="ascii").splitlines()]
        self.rows = sorted((int(row[0], 16), row[2], row[-1] == "[vnet_rs]")
                           for row in rows if row[1] in "tTwW")
        self.starts = [row[0] for row in self.rows]
        self.module, self.text = module, text

    def owners(self, addresses):
        """The function and the part of each of these instructions."""
        found, ours = {}, []
        for address in addresses:
            _, name, is_ours = self.rows[bisect.bisect_right(self.starts, address) - 1]
            found[address] = short(name), "kernel"
            if is_ours:
                ours.append(address)
        return found | (self.our_owners(ours) if ours else {})

    def our_owners(self, addresses):
        """The same for those of our module."""
        asked = "".join(f"{address - self.text:#x}\n" for address in addresses)
        lines = subprocess.run(
            ["llvm-symbolizer", f"--obj={self.module}", "--inlines", "--output-style=JSON"],
            input=asked, capture_output=True, text=True, check=True).stdout.splitlines()
        assert len(lines) == len(addresses), "the debug information is not that of the module"
        return {address: owner(json.loads(line)["Symbol"])
                for address, line in zip(addresses, lines)}


def owner(frames):
    """The function and the part, of functions that are in one another, the innermost first."""
    names = [short(frame["FunctionName"]) for frame in frames]
    return next(((name, part) for name in names for part, rule in PARTS.items()
                 if re.search(rule, name)), (names[-1], OTHER))


def size(module):
    """The bytes of the module, by section, of what the kernel keeps, and of the file."""
    shown = subprocess.run(["llvm-readelf", "-SW", module], capture_output=True, text=True,
                           check=True).stdout
    sections = re.findall(r"\] (\S+) +(?:PROGBITS|NOBITS|NOTE|RELA|INIT_ARRAY) +\S+ +\S+ +"
                          r"([0-9a-f]+) \S+ +(\w*A\w*)", shown)
    return {name: int(bytes_, 16) for name, bytes_, _ in sections if int(bytes_, 16)} | \
        {"file": os.stat(module).st_size}


def profiled(guest):
    """The cases of a guest, by name."""
    found = json.loads((guest / "cases.json").read_text(encoding="ascii"))
    # The first marks are from when the guest was named.
    counts = read_counts(guest / "counts")[-3 * len(found["cases"]):]
    loads = [Symbols(guest / load["symbols"], found["module"], load["text"])
             for load in found["loads"]]
    cases = {}
    for number, case in enumerate(found["cases"]):
        once, thrice = counts[3 * number + 1:3 * number + 3]
        each = {address: (thrice[address] - once[address]) / case["count"]
                for address in once | thrice}
        functions = collections.Counter()
        for address, which in loads[case["load"]].owners(each).items():
            functions[which] += each[address]
        cases[case["name"]] = {"cost": case["cost"], "functions": [
            [function, part, instructions]
            for (function, part), instructions in functions.most_common()]}
        print(f"{case['name']}: {case['cost']:.4g} measured, {functions.total():.4g} counted")
        # A program's own part is measured and not counted.
        assert 0.7 < functions.total() / case["cost"] < 1.1, "the profile does not add up"
    return cases, found["module"]


def main():
    """All guests."""
    *guests, place = map(pathlib.Path, sys.argv[1:])
    cases = {}
    for guest in guests:
        more, module = profiled(guest)
        cases |= more
    place.write_text(json.dumps({"cases": cases, "size": size(module)}, indent=1),
                     encoding="ascii")


if __name__ == "__main__":
    main()
