"""Which data races are ours, of those that a log tells of."""

import os
import pathlib
import subprocess

import pytest

KCSAN = pathlib.Path(__file__).parents[2] / "qemu/kcsan.py"
RULE = "=" * 66
BEFORE, AFTER = "[   10.000000] vnet_rs: loading", "[   12.000000] something else"


def report(first, second=(), unknown=False):
    """A report with the frames of both sides, as the kernel writes it."""
    what = "race at unknown origin, with read" if unknown else "write (marked)"
    sides = [f"{what} to 0xffff888005c0a000 of 8 bytes by task 1 on cpu 0:",
             *(f" {frame}+0x1d/0x30" + where for frame, where in first)]
    if second:
        sides += ["", "read to 0xffff888005c0a000 of 8 bytes by interrupt on cpu 1:",
                  *(f" {frame}+0x2/0x30" + where for frame, where in second)]
    lines = [RULE, "BUG: KCSAN: data-race in one / other", "", *sides, "",
             "value changed: 0x0000000000000001 -> 0x0000000000000002", "",
             "Reported by Kernel Concurrency Sanitizer on:", "CPU: 0 UID: 0 PID: 1", RULE]
    return [f"[   11.000000] {line}" for line in lines]


def kept(lines):
    """What is left of a log."""
    text = "".join(f"{line}\n" for line in lines)
    return subprocess.run([KCSAN], input=text, stdout=subprocess.PIPE, encoding="utf-8",
                          check=True).stdout.splitlines()


def core(*names):
    """Frames of the kernel."""
    return [(name, "") for name in names]


def ours(*names):
    """Frames of the module."""
    return [(name, " [vnet_rs]") for name in names]


@pytest.mark.parametrize("lines", [
    report(ours("poll")),
    report(ours("poll"), unknown=True),
    report(core("one", "two", "three", "four"), ours("complete")),
    report(core("netif_tx_wake_queue", "wake") + ours("poll"), core("dev_hard_start_xmit")),
    report(ours("net_rs_tx_sent_queue", "start_xmit"), ours("poll")),
    report(ours("available", "net_rs_txq_completed_wake")),
    report(core("one", "two") + ours("net_rs_txq_completed_wake")),
], ids=["alone", "unknown origin", "second side", "third frame", "beside a wrapper",
        "called by a wrapper", "a wrapper that is third"])
def test_ours(lines):
    """A report with the module near the top of a side stays, whole."""
    assert kept([BEFORE, *lines, AFTER]) == [BEFORE, *lines, AFTER]


@pytest.mark.parametrize("lines", [
    report(core("one", "two"), core("three")),
    report(core("one"), unknown=True),
    report(core("tcp_ack", "tcp_rcv_established", "tcp_v4_rcv", "gro") + ours("poll"), core("a")),
    report(ours("net_rs_txq_completed_wake", "poll"), core("sch_direct_xmit")),
    report(ours("net_rs_txq_completed_wake", "poll"), ours("net_rs_tx_sent_queue", "start_xmit")),
], ids=["both", "unknown origin", "only called", "queue's state", "BQL"])
def test_not_ours(lines):
    """Others go, and nothing else with them."""
    assert kept([BEFORE, *lines, AFTER]) == [BEFORE, lines[0], AFTER]


def test_one_after_the_other():
    """Each is judged by itself."""
    mine, other = report(ours("poll")), report(core("one"), core("two"))
    assert kept(other + mine + other) == [other[0], *mine, other[0]]


def test_cut_off():
    """Of one that has no end nobody knows whose it is."""
    lines = report(core("one"), core("two"))[:-3]
    assert kept(lines) == lines


@pytest.fixture(scope="module", name="objects")
def objects_fixture(tmp_path_factory):
    """The module's objects, compiled for KCSAN but not linked: the lab kernel has none."""
    where = tmp_path_factory.mktemp("kcsan")
    subprocess.run(
        [KCSAN.with_name("module.sh"), "lab", "CONFIG_KCSAN=y", "vnet_rs_main.o", "net/helpers.o"],
        env=os.environ | {"MODULE_DIR": str(where)}, check=True)
    return where


@pytest.mark.parametrize("name", ["vnet_rs_main.o", "net/helpers.o"])
def test_instrumented(objects, name):
    """Reads and writes of our Rust are told to KCSAN, as those of our C are."""
    symbols = subprocess.run(["nm", "-u", objects / name], stdout=subprocess.PIPE,
                             encoding="utf-8", check=True).stdout.split()
    assert {"__tsan_read8", "__tsan_read4", "__tsan_write4"} <= set(symbols), symbols
