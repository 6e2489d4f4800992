#!/usr/bin/env python3
"""Sum up the results that test.sh left, in one closing line.

    summary.py RESULTS PART...

Each part left PART.status, its exit status, and PART.xml (pytest) or PART.log
(cargo, or the kernel's own tests). A part that failed without a failed test, or
that ended before it could report, counts as one failure: nothing that went wrong
may look like a pass.
"""

import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

NO_TESTS = 5  # pytest's exit status, when there was nothing to run


def from_pytest(report):
    passed = failed = skipped = 0
    for suite in ElementTree.parse(report).iter("testsuite"):
        number = {key: int(suite.get(key, 0))
                  for key in ("tests", "failures", "errors", "skipped")}
        bad = number["failures"] + number["errors"]
        failed += bad
        skipped += number["skipped"]
        passed += number["tests"] - bad - number["skipped"]
    return passed, failed, skipped


def from_cargo(log):
    results = re.findall(r"^test result: .*? (\d+) passed; (\d+) failed; (\d+) ignored",
                         log.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return tuple(sum(int(result[i]) for result in results) for i in range(3))


def from_suites(log):
    """The kernel's own tests; None if it is not their log."""
    text = log.read_text(encoding="utf-8", errors="replace")
    lines = re.findall(r"^(\d+) cases: (.*); (\d+) not as expected$", text, flags=re.MULTILINE)
    if not lines:
        return None
    cases, words, wrong = lines[-1]
    skipped = sum(int(number) for number in re.findall(r"(\d+) skip", words))
    return max(int(cases) - skipped - int(wrong), 0), int(wrong), skipped


def wrongs(log):
    """The cases of the kernel's own tests that did not end as they were to, and how that was."""
    text = log.read_text(encoding="utf-8", errors="replace")
    return [" ".join(f"{case} {words}".split()) for case, words in
            re.findall(r"^(.*)\n +\^ (.*)$", text, flags=re.MULTILINE)]


def counts(results, part):
    """(passed, failed, skipped) of one part."""
    status = int((results / f"{part}.status").read_text(encoding="utf-8"))
    report, log = results / f"{part}.xml", results / f"{part}.log"
    number = (0, 0, 0)
    try:
        if report.exists():
            number = from_pytest(report)
        elif log.exists():
            number = from_suites(log) or from_cargo(log)
            for wrong in wrongs(log):
                print(f"{part}: {wrong}")
    except ElementTree.ParseError:
        pass
    passed, failed, skipped = number
    if status not in (0, NO_TESTS) and failed == 0:
        print(f"{part}: no test failed, but the run did (status {status}); see above")
        failed = 1
    return passed, failed, skipped


def main():
    results, parts = pathlib.Path(sys.argv[1]), sys.argv[2:]
    passed = failed = skipped = 0
    for part in parts:
        number = counts(results, part)
        print(f"{part}: {number[0]} passed, {number[1]} failed, {number[2]} skipped")
        passed, failed, skipped = (a + b for a, b in zip((passed, failed, skipped), number))
    if passed + failed == 0:
        print("not one test was run")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
