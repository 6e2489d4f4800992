"""The KUnit suites of net/: to load their module is to run them."""

import contextlib
import pathlib
import re

from helpers import kernel, ktap
from helpers.run import run

MODULE = pathlib.Path(kernel.MODULE).with_name("net_kunit.ko")
RESULTS = pathlib.Path("/sys/kernel/debug/kunit")
SOURCE = pathlib.Path(__file__).parents[3] / "net/kunit"


@contextlib.contextmanager
def loaded():
    """The module, while the block runs."""
    run("insmod", str(MODULE))
    try:
        yield
    finally:
        run("rmmod", MODULE.stem)


def results(suite):
    """The results of a suite that has run, as KTAP."""
    return (RESULTS / suite / "results").read_text(encoding="ascii")


def expected():
    """The cases of each suite, as the sources have them."""
    suites = {}
    for path in sorted(SOURCE.glob("*.rs")):
        text = path.read_text(encoding="utf-8")
        if match := re.search(r"^#\[kunit_tests\((\w+)\)\]$", text, re.MULTILINE):
            suites[match[1]] = re.findall(r"#\[test\]\n\s+fn (\w+)", text)
    return suites


def run_all():
    """Runs the suites; the results of each, as KTAP."""
    with loaded():
        return {suite: results(suite) for suite in expected()}


def parse_all(texts):
    """The results, parsed."""
    return {suite: ktap.parse(text) for suite, text in texts.items()}
