"""The closing line: nothing that went wrong may look like a pass."""

import pathlib
import subprocess
import sys

SUMMARY = pathlib.Path(__file__).parents[2] / "qemu/summary.py"

REPORT = '<testsuites><testsuite tests="{}" failures="{}" errors="{}" skipped="{}"/></testsuites>'
CARGO = "test result: {}. {} passed; {} failed; {} ignored; 0 measured; 0 filtered out\n"


def summary(tmp_path, status, report=None, log=None):
    (tmp_path / "part.status").write_text(f"{status}\n")
    if report:
        (tmp_path / "part.xml").write_text(report)
    if log:
        (tmp_path / "part.log").write_text(log)
    result = subprocess.run([sys.executable, SUMMARY, tmp_path, "part"],
                            capture_output=True, text=True, check=False)
    return result.returncode, result.stdout.splitlines()[-1]


def test_pytest_report(tmp_path):
    report = REPORT.format(10, 0, 0, 3)
    assert summary(tmp_path, 0, report) == (0, "7 passed, 0 failed, 3 skipped")


def test_failures_and_errors_both_count(tmp_path):
    report = REPORT.format(10, 1, 2, 3)
    assert summary(tmp_path, 1, report) == (1, "4 passed, 3 failed, 3 skipped")


def test_cargo_log_with_several_binaries(tmp_path):
    log = CARGO.format("ok", 5, 0, 1) + "noise\n" + CARGO.format("FAILED", 2, 1, 0)
    assert summary(tmp_path, 101, log=log) == (1, "7 passed, 1 failed, 1 skipped")


def test_suites_log(tmp_path):
    log = "queues\n  pass  get_queues\n7 cases: 5 pass, 2 skip; 0 not as expected\n"
    assert summary(tmp_path, 0, log=log) == (0, "5 passed, 0 failed, 2 skipped")


def test_suites_log_with_something_unexpected(tmp_path):
    log = "8 cases: 5 pass, 1 fail, 2 skip; 1 not as expected\n"
    assert summary(tmp_path, 1, log=log) == (1, "5 passed, 1 failed, 2 skipped")


def test_suites_log_says_what_was_unexpected(tmp_path):
    """Or one would have to look for it in a long log."""
    (tmp_path / "part.status").write_text("1\n")
    (tmp_path / "part.log").write_text(
        "ping\n  fail  test_v4       no reply\n        ^ it was to pass\n        | said so\n"
        "  pass  test_v6\n2 cases: 1 pass, 1 fail; 1 not as expected\n")
    result = subprocess.run([sys.executable, SUMMARY, tmp_path, "part"],
                            capture_output=True, text=True, check=False)
    assert result.stdout.splitlines()[0] == "part: fail test_v4 no reply it was to pass"


def test_all_passed_but_the_run_failed(tmp_path):
    """As when the kernel complained while every test passed."""
    report = REPORT.format(10, 0, 0, 0)
    assert summary(tmp_path, 1, report) == (1, "10 passed, 1 failed, 0 skipped")


def test_ended_before_it_reported(tmp_path):
    assert summary(tmp_path, 124) == (1, "0 passed, 1 failed, 0 skipped")


def test_half_a_report(tmp_path):
    assert summary(tmp_path, 1, "<testsuites><tests") == (1, "0 passed, 1 failed, 0 skipped")


def test_no_test_at_all(tmp_path):
    assert summary(tmp_path, 5) == (1, "0 passed, 0 failed, 0 skipped")


def test_success_without_a_report(tmp_path):
    assert summary(tmp_path, 0)[0] == 1
