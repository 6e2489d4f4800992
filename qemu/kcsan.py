#!/usr/bin/env python3
"""In the root: copies a kernel's log, without the data races that are none of our business.

The kernel at large has many that its people know of. One is ours if the module is among the
first frames of either side: those below only called what the race is in.

    qemu/kcsan.py < dmesg > dmesg.ours
"""

import re
import sys

BEGINS = re.compile(r"BUG: KCSAN: ")
ENDS = re.compile(r"={60,}\s*$")
# "write to 0xffff888005c0 of 8 bytes by task 1 on cpu 0:", "race at unknown origin, with read …".
ACCESS = re.compile(r" to 0x[0-9a-f]+ of \d+ bytes by ")
FRAME = re.compile(r"^(?:\[[^]]*\])? +(\S+)\+0x[0-9a-f]+/0x[0-9a-f]+")
# What is inlined has no frame; of what is not, the atomics of the kernel crate are one deep.
DEPTH = 3
# Wrappers around inline functions of the kernel, which do to a struct netdev_queue what they do
# in every driver (docs/kcsan.md). All else that these call of ours has a frame of its own.
WRAPPERS = {"net_rs_tx_sent_queue", "net_rs_txq_try_stop", "net_rs_txq_completed_wake"}


def is_ours(report):
    """Whether the module is among the first frames of one of the sides."""
    depth = DEPTH
    for line in report:
        if ACCESS.search(line):
            depth = 0
        elif (frame := FRAME.match(line)) and depth < DEPTH:
            if depth == 0 and frame[1] in WRAPPERS:
                depth = DEPTH
            elif "[vnet_rs]" in line:
                return True
            else:
                depth += 1
    return False


def ours(lines):
    """The lines that are not in a report of somebody else's race."""
    report = []
    for line in lines:
        if report or BEGINS.search(line):
            report.append(line)
            if ENDS.search(line):
                yield from report if is_ours(report) else ()
                report = []
        else:
            yield line
    # One that was cut off is for people to look at.
    yield from report


if __name__ == "__main__":
    for stream in (sys.stdin, sys.stdout):
        stream.reconfigure(errors="surrogateescape")
    sys.stdout.writelines(ours(sys.stdin))
