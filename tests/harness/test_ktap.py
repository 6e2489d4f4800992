"""The reader of KUnit's results believes no suite that failed, ended early or says nothing."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "guest"))

from helpers import ktap, kunit  # noqa: E402  (found through the path above)

GOOD = """KTAP version 1
1..1
    KTAP version 1
    # Subtest: net_skb
    # speed: normal
    1..2
    # consumed.speed: normal
    ok 1 consumed
    # dropped.speed: normal
    ok 2 dropped
# net_skb: pass:2 fail:0 skip:0 total:2
ok 1 net_skb
"""


def outcomes(text):
    return [case.outcome for case in ktap.parse(text).cases]


def test_a_good_suite():
    suite = ktap.parse(GOOD)
    assert (suite.name, suite.planned, suite.outcome) == ("net_skb", 2, "ok")
    assert [case.name for case in suite.cases] == ["consumed", "dropped"]


def test_a_failed_case_and_why():
    words = "# dropped: EXPECTATION FAILED at net/kunit/skb.rs:37"
    text = GOOD.replace("    ok 2", f"    {words}\n    not ok 2").replace("\nok 1", "\nnot ok 1")
    assert outcomes(text) == ["ok", "not ok"]
    assert words in ktap.parse(text).cases[1].notes
    assert ktap.parse(text).outcome == "not ok"


def test_a_skipped_case_is_not_ok():
    assert outcomes(GOOD.replace("ok 2 dropped", "ok 2 dropped # SKIP no memory")) == ["ok", "skip"]


@pytest.mark.parametrize("text", [
    "",
    GOOD.replace("    ok 2 dropped\n", ""),
    GOOD.replace("    ok 1 consumed\n", ""),
    GOOD.replace("1..2", "1..3"),
    GOOD.replace("    1..2\n", ""),
    GOOD.replace("ok 1 net_skb\n", ""),
    GOOD.replace("ok 1 net_skb\n", "ok 1 net_slots\n"),
    GOOD.replace("    # Subtest: net_skb\n", ""),
])
def test_what_is_no_result(text):
    with pytest.raises(ktap.Bad):
        ktap.parse(text)


def test_the_sources_say_what_to_expect():
    """Each file with a suite is found, and each suite has its line in the table of net/kunit.rs."""
    suites = kunit.expected()
    assert all(suites.values())
    files = [path for path in kunit.SOURCE.glob("*.rs") if "#[test]" in path.read_text()]
    assert len(files) == len(suites)
    table = kunit.SOURCE.with_suffix(".rs").read_text()
    assert all(f"//! | `{name}` |" in table for name in suites)
