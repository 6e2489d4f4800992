"""Parts of the tests side by side: no output torn apart, no exit status lost."""

import pathlib
import subprocess

import pytest

LANES = pathlib.Path(__file__).parents[2] / "qemu/lanes.sh"

# Ends when as many as are to be at work have begun, or fails after so many tenths of a second.
MEET = """#!/bin/bash
echo "$1 begins"; touch "$0.$1"
for _ in {1..PATIENCE}; do
    set -- "$1" "$0".*
    [ $# -le AT_ONCE ] || { echo "$1 ends"; exit 0; }
    sleep 0.1
done
echo "$1 was alone"; rm "$0.$1"; exit 1
"""
STATUS = """#!/bin/bash
echo "$1 begins"; sleep 0.2; echo "$1 ends"
exit ${1##*-}
"""


@pytest.fixture(name="lanes")
def lanes_fixture(tmp_path):
    """Runs parts; returns their exit statuses and the lines that were shown."""
    def run(count, script, *parts):
        command = tmp_path / "command"
        command.write_text(script)
        command.chmod(0o755)
        results = tmp_path / "results"
        results.mkdir()
        shown = subprocess.run([LANES, str(count), results, command, *parts], check=True,
                               timeout=60, stdout=subprocess.PIPE, text=True).stdout
        return [int((results / f"{part}.status").read_text()) for part in parts], shown.splitlines()
    return run


def meet(count, patience):
    return MEET.replace("AT_ONCE", str(count)).replace("PATIENCE", str(patience))


def test_two_at_a_time(lanes):
    statuses, _ = lanes(2, meet(2, 300), "a", "b")
    assert statuses == [0, 0]


def test_not_three_at_a_time(lanes):
    statuses, _ = lanes(2, meet(3, 30), "a", "b", "c")
    assert statuses == [1, 1, 1]


def test_one_at_a_time(lanes):
    _, shown = lanes(1, STATUS, "a-0", "b-0")
    assert shown == ["a-0 begins", "a-0 ends", "b-0 begins", "b-0 ends"]


def test_what_a_part_says_stays_together(lanes):
    _, shown = lanes(2, STATUS, "a-0", "b-0", "c-0")
    said = [line.split() for line in shown]
    assert [first[0] for first in said[::2]] == [second[0] for second in said[1::2]]
    assert sorted(first[0] for first in said[::2]) == ["a-0", "b-0", "c-0"]


@pytest.mark.parametrize("count", [1, 2])
def test_a_part_that_fails_is_known_and_ends_no_other(lanes, count):
    statuses, _ = lanes(count, STATUS, "a-0", "b-3", "c-0", "d-5")
    assert statuses == [0, 3, 0, 5]
