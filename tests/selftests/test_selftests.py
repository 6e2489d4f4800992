"""The runner itself, without a guest: nothing that went wrong may look like a pass."""

import importlib.machinery
import importlib.util
import os
import pathlib
import subprocess
import sys

import expected
import pytest
import result
import tap

HERE = pathlib.Path(__file__).parent
GOOD = "# Interface: eth0\nTAP version 13\n1..2\nok 1 queues.get\n# Okay\nok 2 queues.down\n"
PASS, FAIL = "ok 1 s.one", "not ok 1 s.one"


def outcomes(text, status=0):
    """What a suite's cases came to."""
    return [(case.name, case.outcome) for case in tap.suite(text, status)]


@pytest.mark.parametrize("line, outcome, reason", [
    (PASS, "pass", ""),
    (FAIL, "fail", ""),
    (f"{PASS} # SKIP no rings", "skip", "no rings"),
    (f"{PASS} # XFAIL no backlog", "xfail", "no backlog"),
    (f"{FAIL} # SKIP its cleanup went wrong", "fail", "its cleanup went wrong"),
])
def test_each_kind_of_result(line, outcome, reason):
    """As ksft.py prints them."""
    planned, cases = tap.parse(f"1..1\n{line}\n")
    assert planned == 1
    assert [(case.name, case.outcome, case.reason) for case in cases] == [("one", outcome, reason)]


def test_a_case_has_what_was_said_before_it():
    """And not what was said before another."""
    _, cases = tap.parse("# first\n1..2\n# of one\nok 1 s.one\n# of two\nnot ok 2 s.two\n# after\n")
    assert [case.notes for case in cases] == [["# of one"], ["# of two"]]


@pytest.mark.parametrize("text, status", [
    ("", 1),                                    # could not be imported
    (GOOD.replace("1..2", "1..3"), 0),          # stopped before its last case
    (GOOD.replace("1..2\n", ""), 0),            # no plan
    (GOOD, 1),                                  # failed after its last case
    (GOOD, -9),
    (GOOD, "none: it was not through within 400 s"),
    (f"1..1\n{FAIL}\n", 0),                     # hides its failure
])
def test_a_suite_that_does_not_end_well_fails(text, status):
    """Whatever its cases said."""
    assert (tap.ITSELF, "fail") in outcomes(text, status)


def test_a_suite_that_ends_well():
    """Has its own cases only."""
    assert outcomes(GOOD) == [("get", "pass"), ("down", "pass")]
    assert outcomes(f"1..1\n{FAIL}\n", 1) == [("one", "fail")]


KNOWN = expected.read("# comment\n\ns.skips skip no rings\ns.fails  fail  wire too slow # why\n")


@pytest.mark.parametrize("name, outcome, right", [
    ("s.other", "pass", True), ("s.other", "fail", False),
    ("s.other", "skip", False), ("s.other", "xfail", False),
    ("s.skips", "skip", True), ("s.skips", "fail", False), ("s.skips", "pass", False),
    ("s.fails", "fail", True), ("s.fails", "skip", False), ("s.fails", "pass", False),
])
def test_only_what_is_listed_may_not_pass(name, outcome, right):
    """And what is listed may not pass either."""
    assert (expected.judge(KNOWN, name, outcome) is None) == right


def test_reasons_are_read():
    """Up to the end of the line, or a comment."""
    assert KNOWN == {"s.skips": ("skip", "no rings"), "s.fails": ("fail", "wire too slow")}


@pytest.mark.parametrize("line", ["s.one skip", "s.one", "s.one pass it does", "s.skips fail a\n"
                                  "s.skips skip b"])
def test_a_line_without_a_reason_is_none(line):
    """So nothing gets into the list by itself."""
    with pytest.raises(ValueError):
        expected.read(line)


def test_a_line_for_no_case_is_stale():
    """If its suite ran at all."""
    assert expected.stale(KNOWN, ["s"], {"s.skips"}) == ["s.fails"]
    assert not expected.stale(KNOWN, ["other"], set())


@pytest.mark.parametrize("line, status, last", [
    (PASS, 0, "1 cases: 1 pass; 0 not as expected"),
    (f"{PASS} # SKIP no queues", 1, "1 cases: 1 skip; 1 not as expected"),
    (FAIL, 1, "1 cases: 1 fail; 1 not as expected"),
])
def test_the_run_as_a_whole(tmp_path, line, status, last):
    """With a suite that says what we want, and needs no device."""
    suites = tmp_path / "tools/testing/selftests/drivers/net"
    suites.mkdir(parents=True)
    (suites / "queues.py").write_text(
        f"print('1..1'); print('{line}'); raise SystemExit({int(line == FAIL)})\n")
    result = subprocess.run(
        [sys.executable, HERE / "run.py", tmp_path, "--device", "netdevsim", "queues"],
        env=os.environ | {"PYTHONPATH": str(HERE.parent / "guest"), "OUT": str(tmp_path)},
        check=False, capture_output=True, text=True)
    assert (result.returncode, result.stdout.splitlines()[-1]) == (status, last), result


def test_channels_as_json():
    """What `ethtool -l` says becomes numbers; what a device does not have is left out."""
    loader = importlib.machinery.SourceFileLoader("ethtool", str(HERE / "tools/ethtool"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("ethtool", loader))
    loader.exec_module(module)
    said = ("Channel parameters for vnet0:\nPre-set maximums:\nRX:\t\tn/a\nCombined:\t16\n"
            "Current hardware settings:\nRX:\t\tn/a\nOther:\t\tn/a\nCombined:\t2\n")
    assert module.channels(said) == {"combined": 2}


def pktgen_says(*of_threads):
    """What a sample prints."""
    return "".join(f"Device: vnet0@{number}\nResult: OK: 6238(c5798+d440) usec, {sent} (60byte,"
                   f"0frags)\n  515640pps 247Mb/sec (247507200bps) errors: {errors}\n"
                   for number, (sent, errors) in enumerate(of_threads))


@pytest.mark.parametrize("of_threads, sent", [
    ([(3200, 0), (3200, 0)], 6400),
    # A burst was cut short, and the last one went beyond the count.
    ([(3217, 0), (3231, 0)], 6448),
    ([(3199, 0), (3200, 0)], 0),
    ([(3232, 0), (3200, 0)], 0),
    ([(3200, 1), (3200, 0)], 0),
    ([(3200, 0)], 0),
    ([(3200, 0)] * 3, 0),
])
def test_what_pktgen_has_sent(of_threads, sent):
    """All that it was to, on each CPU."""
    assert result.sent_by(pktgen_says(*of_threads), 2) == sent
