"""Allocations that fail in turn: something is done with its first allocation failing, then with
its second, until it is done and none has failed.

Which count is a matter of the call stack: those below the module's own code count.
/proc/thread-self/fail-nth counts them for this thread, so no other one is in danger.
"""

import bisect
import collections
import contextlib
import errno
import functools
import itertools
import os
import pathlib

from pyroute2.netlink.exceptions import NetlinkError

from helpers.failslab import ULONG_MAX, place
from helpers.wait import until

DEBUG = pathlib.Path("/sys/kernel/debug")
SLAB = pathlib.Path("/sys/kernel/slab")
# A ring is too large for a slab, and comes from the page allocator.
CAPABILITIES = ("failslab", "fail_page_alloc")
# The debug kernel's notes about allocations, which are none of the module's.
NOTES = ("kmemleak_object", "kmemleak_scan_area", "debug_objects_cache")
MOST = 5000
NOWHERE = 0, 0
MANY = 1_000_000
NO_MEMORY = {errno.ENOMEM, errno.ENOBUFS}
SKB_CACHES = ("skbuff_head_cache", "skbuff_fclone_cache", "skbuff_small_head")
# skbs that a CPU has in stock for its next poll (NAPI_SKB_CACHE_SIZE), which count as in use.
STOCK = 2 * 128


def module_text():
    """Where the module's code is."""
    sections = pathlib.Path("/sys/module/vnet_rs/sections")
    return tuple(int((sections / name).read_text(), 16) for name in (".text", ".exit.text"))


@functools.lru_cache(maxsize=1)
def kernel_places():
    """Where the kernel's own functions begin, in order, with their names."""
    with open("/proc/kallsyms", encoding="ascii") as symbols:
        rows = [line.split() for line in symbols if not line.endswith("]\n")]
    return sorted((int(begin, 16), name) for begin, kind, name in rows if kind in "tT")


def kernel_place(function):
    """Where a function of the kernel begins and ends: one that nobody else calls meanwhile."""
    places = kernel_places()
    begin = next(begin for begin, name in places if name == function)
    return begin, next(place for place, _ in places if place > begin)


def module_place(function):
    """Where a function of the module begins and ends."""
    with open("/proc/kallsyms", encoding="ascii") as symbols:
        ours = [line.split() for line in symbols if "[vnet_rs]" in line]
    begins = sorted(int(words[0], 16) for words in ours)
    begin = next(int(words[0], 16) for words in ours if words[2] == function)
    return begin, begins[bisect.bisect_right(begins, begin)]


@functools.lru_cache(maxsize=1)
def choose_caches(only=None):
    """Chooses the caches whose allocations count: one, or all but those of notes. Only the last
    choice is remembered, since there are some hundred files to write.
    """
    # Or each may want memory for a sheaf, and does without if there is none (see qemu/guest.sh).
    assert (SLAB / "skbuff_head_cache/sheaf_capacity").read_text() == "0\n"
    for cache in SLAB.iterdir():
        if not cache.is_symlink():
            counts = cache.name == only if only else cache.name not in NOTES
            (cache / "failslab").write_text("1" if counts else "0")


def debugging_aid():
    """Where one is that says, when it gets no memory, that it can help no more: no news."""
    return place("ref_tracker_alloc")


def configure(capability, **settings):
    """Settings of a way to fail."""
    for name, value in settings.items():
        path = DEBUG / capability / name.replace("_", "-")
        if path.exists():
            path.write_text(str(value))


@contextlib.contextmanager
def below(begin, end, rejected=NOWHERE):
    """Only allocations below this code count while the block runs, and not those that are below the
    rejected code, too.
    """
    choose_caches()
    for capability in CAPABILITIES:
        configure(capability, verbose=0, ignore_gfp_wait="N", cache_filter="Y", task_filter="N",
                  probability=0, interval=1, space=0, times=-1, stacktrace_depth=32,
                  require_start=begin, require_end=end,
                  reject_start=rejected[0], reject_end=rejected[1])
    try:
        yield
    finally:
        for capability in CAPABILITIES:
            configure(capability, probability=0, require_start=0, require_end=ULONG_MAX,
                      reject_start=0, reject_end=0, ignore_gfp_wait="Y", cache_filter="N")


def attempt(action):
    """Does it; returns 0, or the error that it raised."""
    try:
        action()
    except NetlinkError as error:
        return error.code
    except OSError as error:
        return error.errno
    return 0


def with_failure(action, nth):
    """Does it with the nth allocation failing; returns its error, and whether one has failed."""
    counter = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
    try:
        os.pwrite(counter, str(nth).encode(), 0)
        error = attempt(action)
        left = int(os.pread(counter, 16, 0))
        os.pwrite(counter, b"0", 0)
    finally:
        os.close(counter)
    return error, left == 0


def sweep(action, after, where=None, step=1):
    """Does something again and again with one allocation after the other failing; `after` gets the
    error each time, has to find all as it should be, and undoes the change. Returns the number
    of times that each error came. With a `step`, some are left out.
    """
    answers = collections.Counter()
    with below(*where or module_text(), debugging_aid()):
        for nth in itertools.count(1, step):
            assert nth < MOST, answers
            error, failed = with_failure(action, nth)
            after(error)
            if not failed:
                assert error == 0, os.strerror(error)
                break
            answers[error] += 1
    print(f"{answers.total()} allocations failed in turn: {dict(answers)}")
    return answers


@contextlib.contextmanager
def failing_below(where, interval, capability="failslab", rejected=NOWHERE):
    """Each so many of the allocations below this code fails while the block runs, whoever is just
    running: a receiver is no thread of ours. Yields how many have failed so far.

    Of pages only if told so: a caller that gets no large piece often makes do with a small one. If
    something is rejected, so is the work of a softirq that has interrupted it: a batch of frames.
    """
    with below(*where, rejected):
        configure(capability, times=MANY, interval=interval, min_order=0, probability=100)
        try:
            yield lambda: MANY - int((DEBUG / capability / "times").read_text())
        finally:
            configure(capability, probability=0, min_order=1)


def objects(cache):
    """How many objects of a cache are in use: not free, nor in some CPU's stock of free ones."""
    (SLAB / cache / "shrink").write_text("1")
    return int((SLAB / cache / "objects").read_text().split()[0])


@contextlib.contextmanager
def no_skb_leaks(slack=STOCK):
    """After the block there are as many skbs as before it, but for what CPUs have in stock."""
    before = {cache: objects(cache) for cache in SKB_CACHES}
    yield
    now = {}

    def same():
        now.update({cache: objects(cache) for cache in SKB_CACHES})
        return all(now[cache] <= before[cache] + slack for cache in SKB_CACHES)
    try:
        until(same, "skbs are freed")
    finally:
        print(f"skbs before and after: {before}, {now}")
