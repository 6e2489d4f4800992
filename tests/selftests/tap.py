"""What a suite of the kernel's says about its cases: TAP, the Test Anything Protocol."""

import re
from dataclasses import dataclass, field

PLAN = re.compile(r"1\.\.(\d+)$")
RESULT = re.compile(r"(?P<failed>not )?ok \d+ \S+?\.(?P<name>\S+)"
                    r"(?: # (?P<word>SKIP|XFAIL) ?(?P<reason>.*))?$")
# What stands for a suite that did not run, or not to its end.
ITSELF = "(the suite itself)"


@dataclass
class Case:
    """One case: what came of it, why, and what was said about it before."""

    name: str
    outcome: str
    reason: str = ""
    notes: list = field(default_factory=list)


def parse(text):
    """The number of cases planned, and the cases that ran, in their order."""
    planned, cases, notes = None, [], []
    for line in text.splitlines():
        if plan := PLAN.match(line):
            planned = int(plan.group(1))
            notes = []
        elif result := RESULT.match(line):
            outcome = (result["word"] or "pass").lower()
            cases.append(Case(result["name"], "fail" if result["failed"] else outcome,
                              result["reason"] or "", notes))
            notes = []
        else:
            notes.append(line)
    return planned, cases


def suite(text, status):
    """The cases of a suite, and one more that fails if it did not run to its end.

    `status` is the suite's exit status: 0 says that no case failed, 1 that some did.
    """
    planned, cases = parse(text)
    failed = any(case.outcome == "fail" for case in cases)
    if planned != len(cases) or status != int(failed):
        words = f"{len(cases)} of {planned or 'unknown'} cases reported, exit status {status}"
        cases.append(Case(ITSELF, "fail", words, text.splitlines()[-25:]))
    return cases
