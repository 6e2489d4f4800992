"""What of README.md's transcript is compared with a fresh run, and what is not."""

import pathlib
import re
import subprocess
import sys

import pytest

TREE = pathlib.Path(__file__).parents[2]
README = TREE / "README.md"


def shown():
    """The transcript that README.md has."""
    return re.search(r"```text\n(.*?)```\n<!-- /transcript", README.read_text(), re.S).group(1)


def check(tmp_path, fresh):
    """Compares README.md with another transcript; returns how it went."""
    transcript = tmp_path / "transcript"
    transcript.write_text(fresh)
    return subprocess.run(
        [sys.executable, TREE / "qemu/transcript.py", "check", README, transcript],
        capture_output=True, text=True, check=False)


def figure(name, text):
    """One of the figures."""
    return int(re.search(rf"^ *{name}: (\d+)$", text, re.M).group(1))


def with_figure(name, value, text):
    """The text with another figure."""
    changed = re.sub(rf"^( *{name}: )\d+$", rf"\g<1>{value}", text, flags=re.M)
    assert changed != text
    return changed


def test_itself_is_the_same(tmp_path):
    assert check(tmp_path, shown()).returncode == 0


@pytest.mark.parametrize("name", [
    "tx0_posted", "tx0_completed", "tx0_reaped", "tx0_purged", "tx0_busy", "tx0_down",
    "echo_replies", "echo_ignored", "echo_malformed", "rx0_delivered", "rx0_received",
    "rx0_purged"])
def test_figure_that_does_not_belong_is_a_difference(tmp_path, name):
    text = shown()
    result = check(tmp_path, with_figure(name, figure(name, text) + 1, text))
    assert result.returncode != 0
    assert name in result.stdout


@pytest.mark.parametrize("name", ["tx0_doorbells", "q0_interrupts", "q0_polls"])
def test_nothing_to_count_is_a_difference(tmp_path, name):
    assert check(tmp_path, with_figure(name, 0, shown())).returncode != 0


@pytest.mark.parametrize("direction", ["RX", "TX"])
def test_packets_that_ip_link_does_not_show_are_a_difference(tmp_path, direction):
    text = re.sub(rf"({direction}: .*\n *\d+ +)\d+", r"\g<1>99", shown())
    assert check(tmp_path, text).returncode != 0


def test_reply_that_is_not_seen_is_a_difference(tmp_path):
    text = re.sub(r"IP .* echo reply, .* seq 2,.*\n", "", shown(), count=1)
    assert check(tmp_path, text).returncode != 0


def test_another_run_is_no_difference(tmp_path):
    """Other addresses and times, and one more frame that gets no answer."""
    text = shown()
    posted = figure("tx0_posted", text)
    for name in ("tx0_posted", "tx0_completed", "tx0_reaped"):
        text = with_figure(name, posted + 1, text)
    text = with_figure("echo_ignored", figure("echo_ignored", text) + 1, text)
    text = with_figure("q0_polls", 99, text)
    text = re.sub(rf"(TX: .*\n *)\d+( +){posted} ", rf"\g<1>1046\g<2>{posted + 1} ", text)
    text = re.sub(r"(link/ether )[0-9a-f:]{17}", r"\g<1>02:00:00:00:00:01", text)
    text = re.sub(r"time=[\d.]+", "time=1.23", text)
    result = check(tmp_path, text)
    assert result.returncode == 0, result.stdout
