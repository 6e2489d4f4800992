"""Figures that are measured several times, and where they are kept."""

import json
import os
import pathlib
import statistics
import time

RUNS = 5


def repeated(measure, runs=RUNS):
    """What `measure` returns, so many times."""
    return [measure() for _ in range(runs)]


def in_turn(measures, runs=RUNS):
    """Of several, by name; one after the other, so that what changes with time is alike for all."""
    rounds = [{name: measure() for name, measure in measures.items()} for _ in range(runs)]
    return {name: [one[name] for one in rounds] for name in measures}


def typical(values):
    """The one in the middle."""
    return statistics.median(values)


def spread(values):
    """How far the others are from it at most, as a part of it."""
    middle = typical(values)
    return max(abs(value - middle) for value in values) / middle if middle else 0.0


def busy(work, count):
    """Nanoseconds for each of `count` things that `work()` does: where instructions are counted,
    instructions. Idle time is skipped then, but not for nothing; so there may not be any.
    """
    own, start = time.process_time_ns(), time.monotonic_ns()
    work()
    took, own = time.monotonic_ns() - start, time.process_time_ns() - own
    assert own > 0.9 * took, f"idle, or others ran: {own} of {took} ns were ours"
    return took / count


class Report:
    """The rows of one part, for the table."""

    def __init__(self, part):
        self.part = part
        self.rows = []

    def row(self, table, name, figures, moderation="default", **more):
        """Keeps what was measured of each device, or setting, by its name."""
        print(table, "|", name, "|", {of: round(typical(v), 2) for of, v in figures.items()},
              flush=True)
        self.rows.append({"table": table, "name": name, "moderation": moderation,
                          "figures": figures} | more)

    def write(self):
        """Leaves them where bench.sh finds them."""
        place = pathlib.Path(os.environ["OUT"]) / f"{self.part}.json"
        place.write_text(json.dumps(self.rows, indent=1), encoding="ascii")
