"""The KUnit suites of net/: every case that stands in the sources has run, and is ok."""

import pytest

from helpers import kunit


@pytest.fixture(name="suites", scope="module")
def suites_fixture():
    """All suites, which have been run."""
    return kunit.parse_all(kunit.run_all())


@pytest.mark.parametrize("name", kunit.expected())
def test_suite(suites, name):
    """Every case of the suite, in its order, is ok; none was skipped."""
    suite, cases = suites[name], kunit.expected()[name]
    assert suite.name == name
    assert len(cases) > 0
    failed = [case for case in suite.cases if case.outcome != "ok"]
    assert not failed
    assert [case.name for case in suite.cases] == cases
    assert suite.outcome == "ok"


def test_there_are_suites():
    """Or nothing above would be tested."""
    assert sum(len(cases) for cases in kunit.expected().values()) > 40


def test_suites_run_again():
    """Loading it again runs them again: nothing was left that is in the way."""
    suites = kunit.parse_all(kunit.run_all())
    assert {suite.outcome for suite in suites.values()} == {"ok"}
