"""Allocations that fail by chance, but only those below the kernel function that answers our
requests: neither our own nor those of a port's traffic.
"""

import bisect
import contextlib
import functools
import pathlib

import pytest

FAILSLAB = pathlib.Path("/sys/kernel/debug/failslab")
MAKE_IT_FAIL = pathlib.Path("/proc/thread-self/make-it-fail")
ULONG_MAX = (1 << 64) - 1

needs_failslab = pytest.mark.skipif(not FAILSLAB.exists(), reason="needs the debug kernel")


@functools.cache
def places():
    """Where the kernel's functions begin, by name, and all beginnings in order."""
    with open("/proc/kallsyms", encoding="ascii") as symbols:
        begins = {line.split()[2]: int(line[:16], 16) for line in symbols if "[" not in line}
    return begins, sorted(begins.values())


def place(function):
    """Where a kernel function begins and ends."""
    begins, in_order = places()
    begin = begins[function]
    return begin, in_order[bisect.bisect_right(in_order, begin)]


@contextlib.contextmanager
def failing(percent, below="rtnetlink_rcv_msg"):
    """So many allocations of our requests fail while the block runs: but one at most, as the kernel
    says loudly that it has no memory for its fallback. Ours are those that this kernel
    function asks for.
    """
    required, rejected = place(below), place("ref_tracker_alloc")
    settings = {
        "verbose": 0, "ignore-gfp-wait": "N", "cache-filter": "N", "task-filter": "Y",
        "times": 1, "interval": 1, "space": 0, "stacktrace-depth": 32,
        "require-start": required[0], "require-end": required[1],
        # A debugging aid that says that it can help no more, which is no news.
        "reject-start": rejected[0], "reject-end": rejected[1],
    }
    for name, value in settings.items():
        (FAILSLAB / name).write_text(str(value))
    MAKE_IT_FAIL.write_text("1")
    (FAILSLAB / "probability").write_text(str(percent))
    try:
        yield
    finally:
        (FAILSLAB / "probability").write_text("0")
        MAKE_IT_FAIL.write_text("0")
        for name, value in {
                "times": -1, "task-filter": "N", "require-start": 0, "require-end": ULONG_MAX,
                "reject-start": 0, "reject-end": 0, "ignore-gfp-wait": "Y"}.items():
            (FAILSLAB / name).write_text(str(value))
