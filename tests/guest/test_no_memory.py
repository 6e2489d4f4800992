"""What happens when memory runs out while a port is made or comes up.

failslab makes allocations fail by chance, but only those below the kernel
function that answers our requests: neither our own nor those of a port's traffic.
"""

import bisect
import collections
import contextlib
import errno
import functools
import pathlib

import pytest
from pyroute2.netlink.exceptions import NetlinkError

from helpers.traffic import can_echo
from helpers.vnet import Port, books

FAILSLAB = pathlib.Path("/sys/kernel/debug/failslab")
MAKE_IT_FAIL = pathlib.Path("/proc/thread-self/make-it-fail")
ULONG_MAX = (1 << 64) - 1
NO_MEMORY = {errno.ENOMEM, errno.ENOBUFS}

pytestmark = pytest.mark.skipif(not FAILSLAB.exists(), reason="needs the debug kernel")


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
def failing(percent):
    """So many allocations of our netlink requests fail while the block runs: but one at most, as
    the kernel says loudly that it has no memory for what it does instead.
    """
    required, rejected = place("rtnetlink_rcv_msg"), place("ref_tracker_alloc")
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


def attempt(action):
    """Does it; returns the kernel's answer: 0 or an errno."""
    try:
        action()
    except NetlinkError as error:
        return error.code
    return 0


def test_port_is_made_or_not(module, namespace):
    """Adding a port works, or fails and leaves nothing.

    With which error is up to the core, which asks for most of the memory, and
    sometimes forgets why it failed.
    """
    answers = collections.Counter()
    for number in range(60):
        with failing(percent=1 + number % 5):
            answer = attempt(lambda: namespace.ip.link("add", ifname="vnet0", kind="vnet"))
        answers[answer] += 1
        assert namespace.ports() == (["vnet0"] if answer == 0 else [])
        if answer == 0:
            namespace.ip.link("del", index=Port(namespace).index)
    assert answers[errno.ENOMEM] > 5
    assert answers[0] > 0
    port = Port.add(namespace)
    port.up()
    port.address()
    assert can_echo()


def test_port_comes_up_or_not(link):
    """Bringing a port up works, or fails for lack of memory and leaves it down."""
    answers = collections.Counter()
    for number in range(60):
        with failing(percent=2 + number % 10):
            answer = attempt(link.up)
        answers[answer] += 1
        assert bool(link.link["flags"] & 1) is (answer == 0)
        link.down()
    assert answers.keys() - {0} <= NO_MEMORY
    assert answers[errno.ENOMEM] > 5
    link.up()
    link.address()
    assert can_echo()
    books(link)
