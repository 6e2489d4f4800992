"""What is said while something long is built: how much is done, and what that lets expect."""

import pathlib
import subprocess
import sys

import pytest

PROGRESS = pathlib.Path(__file__).parents[2] / "qemu/progress.py"
sys.path.insert(0, str(PROGRESS.parent))
import progress  # noqa: E402


@pytest.mark.parametrize("count, done, seconds, words", [
    # Nothing is known yet.
    (1, 0, 0, "0 % after 0:00"),
    (19, 0, 30, "1 % after 0:30"),
    # As long again for as much again, on a fast machine and on a slow one.
    (500, 0, 120, "50 % after 2:00, about 2 minutes to go"),
    (500, 0, 1230, "50 % after 20:30, about 21 minutes to go"),
    (250, 0, 345, "25 % after 5:45, about 18 minutes to go"),
    (990, 0, 600, "99 % after 10:00, about a minute to go"),
    # What an earlier run has done took none of this run's time.
    (100, 700, 60, "80 % after 1:00, about 2 minutes to go"),
    (1, 900, 1, "90 % after 0:01"),
    # More lines than expected are not the end.
    (1000, 0, 600, "99 % after 10:00"),
    (5000, 0, 600, "99 % after 10:00"),
])
def test_estimate(count, done, seconds, words):
    assert progress.progress(count, 1000, done, seconds) == words


def said(lines, *arguments):
    """What it writes of so many lines."""
    return subprocess.run([PROGRESS, "building", *map(str, arguments)], input="CC\n" * lines,
                          stderr=subprocess.PIPE, encoding="utf-8", check=True).stderr


def test_each_tenth_is_a_line_without_a_terminal():
    lines = said(1200, 1000).splitlines()
    assert [line.split(" %")[0] for line in lines] == [
        f"vnet_rs: building: {percent}" for percent in range(0, 100, 10)]
    assert "to go" not in lines[0] and all("to go" in line for line in lines[1:])


def test_earlier_run_counts():
    assert said(100, 1000, 850).startswith("vnet_rs: building: 85 % after 0:0")
