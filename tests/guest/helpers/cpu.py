"""Where a thread runs, and what else does not run there meanwhile."""

import contextlib
import os


@contextlib.contextmanager
def on_cpu(number):
    """This thread on one CPU, while the block runs."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {number})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def softirqs_end():
    """Returns when every poll that was under way is over, with all it had for the stack.

    A poll counts what it has received before GRO and the taps have it. Nobody else runs on its
    CPU until it is done: so whoever has been on each CPU has seen the end of it.
    """
    for number in range(os.cpu_count()):
        with on_cpu(number):
            pass
