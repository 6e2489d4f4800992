"""Activities, each done over and over by a process of its own until it is over.

What an activity does may be refused, for reasons that it lists. Anything else is a mistake.
"""

import collections
import dataclasses
import errno
import mmap
import multiprocessing
import random
import struct
import time
import traceback
import typing

from pyroute2.netlink.exceptions import NetlinkError

from helpers.wait import until
from soak.stage import Stage

FORK = multiprocessing.get_context("fork")
# Longer than anything takes that does not hang, on a machine that does something else, too.
PATIENCE = 240


class Refused(Exception):
    """A tool was refused something, for a reason that is legal."""


@dataclasses.dataclass(frozen=True)
class Activity:
    """What is done: `step` once, with chance and a stage. `legal` are the names of errors."""

    name: str
    step: typing.Callable
    legal: tuple = ()

    def attempt(self, chance, stage):
        """Does it once. Returns None, or why it was refused."""
        try:
            self.step(chance, stage)
        except Refused as refused:
            return str(refused)
        except (OSError, NetlinkError) as error:
            name = name_of(error)
            if name not in self.legal:
                raise
            return name
        return None


def name_of(error):
    """The name of an error: ENODEV."""
    number = error.code if isinstance(error, NetlinkError) else error.errno
    # Of socket.if_nametoindex(), which does not say it.
    return errno.errorcode[number or errno.ENODEV]


class Tally:
    """How often an activity succeeded, and was refused for which reason; and what went wrong."""

    def __init__(self):
        self.done, self.refused, self.wrong = 0, collections.Counter(), None

    def add(self, other):
        """Adds what another process has done."""
        self.done += other.done
        self.refused += other.refused
        self.wrong = self.wrong or other.wrong

    def __str__(self):
        reasons = ", ".join(f"{why} {count}" for why, count in self.refused.most_common())
        return f"{self.done:7} done {sum(self.refused.values()):6} refused  {reasons}"


class Worker:
    """A process that does one activity. It shares three numbers with us: whether it has to come to
    an end, how often it has tried, and succeeded.
    """

    def __init__(self, activity, made, seed):
        self.activity, self.made, self.seed = activity, made, f"{seed}/{activity.name}"
        self.shared = mmap.mmap(-1, 3 * 8)
        self.seen, self.since = 0, time.monotonic()
        self.pipe, self.theirs = FORK.Pipe()
        self.process = FORK.Process(target=self._work, daemon=True)
        self.process.start()
        self.theirs.close()

    def _numbers(self):
        return struct.unpack("=QQQ", self.shared[:])

    def _work(self):
        tally, chance = Tally(), random.Random(self.seed)
        try:
            stage = Stage(self.made)
            while not self._numbers()[0]:
                why = self.activity.attempt(chance, stage)
                if why is None:
                    tally.done += 1
                else:
                    tally.refused[why] += 1
                    time.sleep(0.01)
                self.shared[8:] = struct.pack("=QQ", self._numbers()[1] + 1, tally.done)
        except BaseException:
            # Whatever it is, it is told.
            tally.wrong = traceback.format_exc()
        self.theirs.send(tally)

    @property
    def succeeds(self):
        """Whether it has succeeded once."""
        return self._numbers()[2] > 0

    def looks_well(self):
        """Whether nothing is wrong with what it does; asserts that it does something."""
        steps = self._numbers()[1]
        if steps != self.seen:
            self.seen, self.since = steps, time.monotonic()
        patient = time.monotonic() - self.since < PATIENCE
        assert patient, f"{self.activity.name} hangs: {self._where()}"
        return not self.pipe.poll()

    def _where(self):
        with open(f"/proc/{self.process.pid}/stack", encoding="ascii") as stack:
            return stack.read()

    def stop(self):
        """Asks it to come to an end."""
        self.shared[:8] = struct.pack("=Q", 1)

    def tally(self):
        """What it has done, when it has come to an end."""
        while not self.pipe.poll(1):
            self.looks_well()
        result = self.pipe.recv()
        self.process.join(PATIENCE)
        return result

    def kill(self):
        """Ends it, however."""
        self.process.kill()
        self.process.join()


class Crew:
    """Workers for a list of activities, while the block runs. `tallies` sums up, by name."""

    def __init__(self, activities, made, seed, tallies):
        self.activities, self.made, self.seed, self.tallies = activities, made, seed, tallies
        self.workers = []

    def __enter__(self):
        self.workers = [Worker(one, self.made, self.seed) for one in self.activities]
        return self

    def look_well(self):
        """Whether none of them has found a mistake; asserts that they all do something."""
        return all([one.looks_well() for one in self.workers])

    def succeed(self):
        """Waits until each has succeeded once, which takes a while if all are in its way."""
        until(lambda: all(one.succeeds for one in self.workers) or not self.look_well(),
              "all have done something", PATIENCE)

    def stop(self):
        """Ends them all, and asserts that nothing was wrong."""
        for one in self.workers:
            one.stop()
        while self.workers:
            one = self.workers[0]
            tally = one.tally()
            self.tallies[one.activity.name].add(tally)
            self.workers.remove(one)
        wrong = [f"{name}: {tally.wrong}" for name, tally in self.tallies.items() if tally.wrong]
        assert not wrong, "\n".join(wrong)

    def __exit__(self, *_):
        for one in self.workers:
            one.kill()


def watch(seconds, *crews):
    """Lets them work for so long, or until somebody has found a mistake."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and all(crew.look_well() for crew in crews):
        time.sleep(0.5)
