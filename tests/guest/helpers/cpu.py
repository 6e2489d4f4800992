"""The CPU that a thread runs on, without others meanwhile."""

import contextlib
import os
import pathlib
import threading

UNBOUND_WORK = pathlib.Path("/sys/devices/virtual/workqueue/cpumask")
SCHEDULER = pathlib.Path("/sys/kernel/debug/sched/features")


def keep_to_the_first():
    """Keeps all threads on the first CPU, but for those a test puts elsewhere: `on_cpu`, `Beside`.

    Waking a thread on another CPU takes an interrupt there, and a spin lock that is waited for:
    dear where CPUs are emulated, and the interrupted thread may lose its turn. Nor has the
    scheduler a timer of its own. Tests take a quarter less time.
    """
    SCHEDULER.write_text("NO_HRTICK", encoding="ascii")
    UNBOUND_WORK.write_text("1", encoding="ascii")
    for name in os.listdir("/proc"):
        # Some belong to a CPU; some end meanwhile.
        with contextlib.suppress(ValueError, OSError):
            os.sched_setaffinity(int(name), {0})


class Beside(threading.Thread):
    """A thread that runs at the same time as the test: on any CPU, wherever the test is kept."""

    def run(self):
        os.sched_setaffinity(0, range(os.cpu_count()))
        super().run()


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

    A poll counts what it has received before GRO and the taps have it. No other thread runs on
    its CPU until it is done: so a thread that has been on each CPU has seen the end of it.
    """
    for number in range(os.cpu_count()):
        with on_cpu(number):
            pass
