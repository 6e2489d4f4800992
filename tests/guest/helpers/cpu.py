"""Where a thread runs."""

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
