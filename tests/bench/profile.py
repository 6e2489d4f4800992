"""Where the instructions of a packet go, by function: samples at equal distances of guest time,
which counts instructions. What runs with interrupts off is seen where they are on again.
"""

import collections
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time

from helpers.kernel import MODULE
from helpers.peers import Peers
from helpers.run import run
from packets import DUMMY, PAIR, SINK, VETH

COUNT = 7_000
# Several, and prime, so that samples do not keep step with packets.
PERIODS = (9_001, 10_007, 11_003)
CASES = {
    "sink, burst 1": (SINK, {}),
    "sink, burst 32": (SINK, {"burst": 32, "shared": True, "count": 8 * COUNT}),
    "dummy, burst 1": (DUMMY, {}),
    "pair, burst 1": (PAIR, {}),
    "veth, burst 1": (VETH, {}),
}
# What a function of ours is a part of, by the first of these words in its name.
PARTS = (("poll", r"poll|napi|completed_wake|avail|eth_type|csum_complete|rx::"),
         ("engine", r"nic::|Softirq|inbox|far_end|rss|card_queue|card_rings|scrub|orphan|unclone"
                    r"|share_check|may_pull|set_hash"),
         ("xmit", r""))


def recorded(peers, name, how, period):
    """The function of each sample of pktgen's thread, and whose it is."""
    with tempfile.NamedTemporaryFile() as data:
        with subprocess.Popen(["perf", "record", "-a", "-e", "cpu-clock", "-c", str(period),
                               "-o", data.name, "--", "sleep", "10000"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as perf:
            time.sleep(5)
            peers.cost(name, **{"count": COUNT} | how)
            perf.send_signal(signal.SIGINT)
        text = run("perf", "script", "-i", data.name, "-F", "comm,ip,sym,dso").stdout
    return re.findall(r"^ *kpktgend_0 +[0-9a-f]+ (\S+) \((.*)\)$", text, re.M)


def readable(names):
    """Rust's names without their mangling, by what they were."""
    shown = run("llvm-cxxfilt", *names).stdout.splitlines()
    return {name: short(text) for name, text in zip(names, shown)}


def short(name):
    """A name without crate and generic arguments."""
    impl = re.fullmatch(r"<(.+) as (.+)>::(\w+)", name)
    if impl:
        name = f"{impl[1]}::{impl[3]}"
    name = re.sub(r"\[[0-9a-f]+\]|vnet_rs::(vnet_rs::)?", "", name)
    while "<" in name and ">" in name:
        shorter = re.sub(r"(::)?<[^<>]*>", "", name, count=1) if not name.startswith("<") \
            else re.sub(r"^<([^<>]*)>", r"\1", name, count=1)
        if shorter == name:
            break
        name = shorter
    return name


def part_of(function):
    """Which part of ours a function is."""
    return next(part for part, words in PARTS if re.search(words, function))


def profile(peers, case):
    """Instructions per packet of each function: our own by part, and the kernel's."""
    name, how = CASES[case]
    samples = collections.Counter(sample for period in PERIODS
                                  for sample in recorded(peers, name, how, period))
    # Taking samples costs, too: so this is shared out that a packet costs without.
    each = peers.cost(name, **how) / samples.total()
    names = readable(sorted({function for function, _ in samples}))
    rows = [{"function": names[function], "instructions": count * each,
             "part": part_of(names[function]) if "vnet_rs" in place else "kernel"}
            for (function, place), count in samples.most_common()]
    print(case, [(row["function"], round(row["instructions"])) for row in rows[:5]], flush=True)
    return rows


def size():
    """The bytes of the module: code, data that is only read, data, zeroed data, file."""
    sections = collections.Counter()
    for line in run("llvm-readelf", "-SW", MODULE).stdout.splitlines():
        found = re.match(r" *\[ *\d+\] +(\S+) +(PROGBITS|NOBITS) +\S+ +\S+ +([0-9a-f]+) "
                         r"\S+ +(\w*A\w*)", line)
        if found:
            kind = "zeroed" if found[2] == "NOBITS" else "code" if "X" in found[4] \
                else "data" if "W" in found[4] else "read-only"
            sections[kind] += int(found[3], 16)
    return dict(sections) | {"file": os.stat(MODULE).st_size}


def main():
    """All cases."""
    found = {"cases": {}, "size": size()}
    place = pathlib.Path(os.environ["OUT"]) / "profile.json"
    with Peers() as peers:
        for case in CASES:
            found["cases"][case] = profile(peers, case)
            place.write_text(json.dumps(found, indent=1), encoding="ascii")


if __name__ == "__main__":
    main()
