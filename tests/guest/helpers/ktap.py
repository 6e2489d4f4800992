"""The results of KUnit suites: KTAP, the kernel's version of the Test Anything Protocol."""

import re
from dataclasses import dataclass, field

SUBTEST = re.compile(r"# Subtest: (?P<name>\S+)$")
PLAN = re.compile(r"1\.\.(?P<count>\d+)$")
RESULT = re.compile(r"(?P<failed>not )?ok (?P<number>\d+) (?P<name>\S+)"
                    r"(?: # (?P<skip>SKIP)\b.*)?$")


class Bad(Exception):
    """The text is no KTAP, or contradicts itself."""


@dataclass
class Case:
    """One case: `ok`, `not ok` or `skip`, and the lines about it before."""

    name: str
    outcome: str
    notes: list = field(default_factory=list)


@dataclass
class Suite:
    """One suite, with its own outcome and its cases'."""

    name: str
    planned: int
    cases: list
    outcome: str


def outcome(match):
    """The parts of a line of results."""
    if match["failed"]:
        return "not ok"
    return "skip" if match["skip"] else "ok"


def parse(text):
    """The one suite of `/sys/kernel/debug/kunit/<suite>/results`, read without mercy."""
    name = planned = ended = None
    cases, notes = [], []
    for line in text.splitlines():
        inner = line.startswith("    ")
        word = line.strip()
        if match := RESULT.match(word):
            if not inner:
                ended = match
                continue
            if int(match["number"]) != len(cases) + 1:
                raise Bad(f"case {len(cases) + 1} is called {word!r}")
            cases.append(Case(match["name"], outcome(match), notes))
            notes = []
        elif inner and (match := SUBTEST.match(word)):
            name = match["name"]
        elif inner and (match := PLAN.match(word)):
            planned = int(match["count"])
        elif inner:
            notes.append(word)
    if ended is None or ended["name"] != name:
        raise Bad(f"a suite without an end: {text!r}")
    if planned != len(cases):
        raise Bad(f"{name}: {len(cases)} cases of {planned}")
    return Suite(name, planned, cases, outcome(ended))
