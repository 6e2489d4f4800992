#!/usr/bin/env python3
"""In the guest: run the KUnit suites of net/, print their KTAP, and judge it."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "guest"))

from helpers import kunit  # noqa: E402


def judge(suites):
    """The mistakes: cases that are not ok, or are not there."""
    for name, cases in kunit.expected().items():
        suite = suites[name]
        if [case.name for case in suite.cases] != cases:
            yield f"{name}: the sources have other cases"
        for case in suite.cases:
            if case.outcome != "ok":
                yield f"{name}.{case.name}: {case.outcome}"


def main():
    """Exits with 0 if all is well."""
    texts = kunit.run_all()
    for text in texts.values():
        print(text, end="")
    suites = kunit.parse_all(texts)
    wrong = list(judge(suites))
    count = sum(len(suite.cases) for suite in suites.values())
    print("\n".join(wrong) or f"{len(suites)} suites, {count} cases, all ok")
    sys.exit(1 if wrong or not count else 0)


main()
