"""The benchmark's arithmetic: whose an instruction is, and what is said of a goal."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "bench"))

# pylint: disable=wrong-import-position
from goals import goals, missed  # noqa: E402
from spent import why  # noqa: E402
from where import Symbols, owner, read_counts, short  # noqa: E402

ROW = "sink, 60 bytes, burst 1"
PAIR = f"vnet: {ROW}", f"dummy: {ROW}"
FOUND = {"cases": {
    PAIR[0]: {"cost": 2000.0, "functions": [
        ["nic::Nic::run", "engine", 700.0], ["rx::receive", "poll", 200.0],
        ["vnet_rs_start_xmit", "xmit", 100.0], ["__alloc_skb", "kernel", 1000.0]]},
    PAIR[1]: {"cost": 1100.0, "functions": [
        ["__alloc_skb", "kernel", 1050.0], ["dummy_xmit", "kernel", 50.0]]}}}


def rows(ours):
    """What was measured of one row."""
    return [{"table": "packets", "name": ROW, "moderation": "default",
             "figures": {"vnet": [ours], "dummy": [1100.0]}}]


@pytest.mark.parametrize("name, wanted", [
    ("<vnet_rs::vnet_rs::nic::Nic as vnet_rs::net::softirq::Machine>::run", "nic::Nic::run"),
    ("<vnet_rs[7d3a]::vnet_rs::queue::Reaper<frame::Frame>>::reap::{closure#0}",
     "queue::Reaper::reap"),
    ("<net::slots::Slots<core::option::Option<frame::Frame>>>::slot", "slots::Slots::slot"),
    ("core::ptr::read::<u32>", "core::ptr::read"),
    ("free_one.isra.0", "free_one"),
])
def test_a_name_is_that_of_the_source(name, wanted):
    assert short(name) == wanted


@pytest.mark.parametrize("names, wanted", [
    (("core::ptr::read", "cursors::Ring::free", "send::Transmitter::send", "vnet_rs_poll"),
     ("send::Transmitter::send", "engine")),
    (("counters::Counter::add", "tx::reap", "port::Port::poll"), ("tx::reap", "poll")),
    (("slots::Slots::slot", "port::Port::start_xmit"), ("port::Port::start_xmit", "xmit")),
    (("core::ptr::read", "something::new"), ("something::new", "xmit")),
])
def test_the_innermost_function_with_a_rule_has_the_instruction(names, wanted):
    assert owner([{"FunctionName": name} for name in names]) == wanted


def test_counts_are_added_up_between_marks(tmp_path):
    (tmp_path / "counts").write_text("mark\n2 10 11\n3 11 12\nmark\n1 10\n", encoding="ascii")
    assert read_counts(tmp_path / "counts") == [{0x10: 2, 0x11: 5, 0x12: 3}, {0x10: 1}]


def test_a_kernel_function_ends_where_the_next_begins(tmp_path):
    (tmp_path / "symbols").write_text(
        "f000 T first\nf010 t second.isra.0\nf018 d data\nf020 T third\n", encoding="ascii")
    symbols = Symbols(tmp_path / "symbols", "no module", 0)
    assert symbols.owners([0xf00f, 0xf010, 0xf01f]) == {
        0xf00f: ("first", "kernel"), 0xf010: ("second", "kernel"), 0xf01f: ("second", "kernel")}


def test_a_missed_goal_has_its_reason():
    assert missed(rows(2000.0)) == [PAIR]
    *_, last = goals(rows(2000.0), FOUND)
    assert "+900 instructions" in last
    assert "+1,000 are the module's (xmit +100, engine +700, poll +200; `nic::Nic::run` +7" in last
    assert "-100 the kernel's (`__alloc_skb` -50, `dummy_xmit` -50)" in last


def test_a_goal_that_was_met_needs_no_reason():
    assert missed(rows(1600.0)) == []
    assert goals(rows(1600.0), FOUND)[-1].endswith("| +500 instructions | met |")


def test_what_was_not_profiled_has_no_reason():
    assert why({}, PAIR) == ""
    assert goals(rows(2000.0), {})[-1].endswith("| **missed** |")
