"""The trace events, not from tracefs: trace-cmd, perf and bpftrace; and what they cost."""

import re

import pytest

from helpers import kernel
from helpers.events import STEPS, parsed
from helpers.run import run
from helpers.vnet import FAR4, books

PING = ("ping", "-q", "-c", "3", FAR4)

# These tools take long to start, and the debug kernel has no types for bpftrace.
pytestmark = pytest.mark.lab


@pytest.fixture(name="quiet")
def quiet_fixture(port):
    """A port that knows its far end, and says nothing by itself."""
    port.neighbour(port.far_mac())
    port.settle()
    return port


def three_echoes(text, port):
    """Asserts that a text shows the steps of three echoes, and nothing of other ports."""
    events = parsed(text)
    assert all(one["dev"] == port.name and one["queue"] == 0 for one in events)
    for step in ("post", "complete", "reap", "deliver"):
        assert sum(one["step"] == step for one in events) == 3, text
    posted = [one["posted"] for one in events if one["step"] == "post"]
    assert posted == [one["reaped"] for one in events if one["step"] == "reap"]


def test_trace_cmd(quiet, tmp_path):
    """trace-cmd records the system and can print it elsewhere."""
    data = tmp_path / "trace.dat"
    run("trace-cmd", "record", "-q", "-o", data, "-e", "vnet_rs", *PING)
    three_echoes(run("trace-cmd", "report", "-i", data).stdout, quiet)
    books(quiet)


def test_perf_record(quiet, tmp_path):
    """perf records the system and can print it."""
    data = tmp_path / "perf.data"
    run("perf", "record", "-q", "-a", "-o", data, "-e", "vnet_rs:*", *PING)
    three_echoes(run("perf", "script", "-i", data, "-F", "event,trace").stdout, quiet)


def test_perf_trace(quiet):
    """perf trace shows an event as it comes."""
    text = run("perf", "trace", "-a", "--no-syscalls", "-e", "vnet_rs:vnet_rs_post", *PING).stdout
    assert text.count("vnet_rs:vnet_rs_post") == 3, text
    assert quiet.name in text


def test_perf_stat(quiet):
    """perf counts them."""
    text = run("perf", "stat", "-a", "-x,", "-e", "vnet_rs:vnet_rs_reap", *PING).stdout
    assert re.search(r"^3,,vnet_rs:vnet_rs_reap,", text, re.MULTILINE), text
    books(quiet)


def test_bpftrace(quiet):
    """bpftrace knows the fields, and can follow a frame by its address."""
    script = """
        tracepoint:vnet_rs:vnet_rs_post { @from[args.skbaddr] = nsecs;
            @posts[args.name, args.queue, args.len] = count(); }
        tracepoint:vnet_rs:vnet_rs_reap /@from[args.skbaddr]/ {
            @took = count(); delete(@from[args.skbaddr]); }
    """
    text = run("bpftrace", "-q", "-e", script, "-c", " ".join(("/usr/bin/ping",) + PING[1:])).stdout
    assert f"@posts[{quiet.name}, 0, 98]: 3" in text, text
    assert "@took: 3" in text, text


def test_one_instruction_while_nobody_looks(module):
    """Each call of an event is a static branch: an instruction that does nothing."""
    assert module is not None
    relocations = run("readelf", "-rW", kernel.MODULE).stdout
    table = next(one for one in relocations.split("\n\n") if ".rela__jump_table" in one)
    text = run("objdump", "-d", "--no-show-raw-insn", "-j", ".text", kernel.MODULE).stdout
    code = {int(at, 16): words for at, words in re.findall(r"^ +(\w+):\t(.*)$", text, re.MULTILINE)}
    # Of each branch: where it is, where it goes, and its key.
    rows = [line.split() for line in table.splitlines() if "R_X86_64" in line]
    seen = set()
    for place, _, key in zip(rows[::3], rows[1::3], rows[2::3]):
        if "__tracepoint_vnet_rs" in key[4]:
            seen.add(key[4].removeprefix("__tracepoint_vnet_rs_"))
            assert place[4] == ".text"
            assert re.match(r"nop|xchg +%ax,%ax", code[int(place[6], 16)])
    assert seen == set(STEPS)
