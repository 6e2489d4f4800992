#!/usr/bin/env python3
"""In the root: a driver whose constants make no sense is not compiled.

    constants.py BUILD

BUILD is where kbuild has built the module. The driver is compiled as kbuild does it, with one of
its constants changed, and rustc must refuse it (E0080), by the layer's assertions. These are
looked at when code is made for a driver, and so not for tests/rejected.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import rejected

FLAG = '        "never-stop",\n'
QUEUES = ("vnet_rs/driver/ndo.rs", "    const MAX_QUEUES: u32 = MAX_QUEUES;")
KEY = ("vnet_rs/driver/ethtool.rs", "    const KEY: u32 = rss::KEY as u32;")
TABLE = ("vnet_rs/driver/ethtool.rs", "    const TABLE: u32 = rss::TABLE as u32;")
# As #[vtable] says it of a driver that does not implement the operation.
VERSION = ("vnet_rs/driver/ethtool.rs", "    const REGISTERS: u32 = dump::VERSION;")
BASE = ("vnet_rs/driver/ndo.rs", "impl Rings<Self> for Port {")


def without(operation, place=VERSION):
    name, old = place
    return name, old, f"{old} const HAS_{operation}: bool = false;"


CASES = {
    "no queue": (*QUEUES, "const MAX_QUEUES: u32 = 0;"),
    "65 queues": (*QUEUES, "const MAX_QUEUES: u32 = 65;"),
    "more than 32 private flags": ("vnet_rs/driver/ethtool.rs", FLAG, 32 * FLAG),
    "a key of 4 GiB": (*KEY, "const KEY: u32 = u32::MAX;"),
    "a table of 64 Ki and one": (*TABLE, "const TABLE: u32 = 65537;"),
    "a speed to be set and not read": without("SPEED"),
    "rings to be set and not read": without("RINGS"),
    "moderation to be set and not read": without("COALESCE"),
    "a hash table to be set and not read": without("RSS"),
    "private flags without an operation": without("PRIV_FLAGS"),
    "a message level to be set and not read": without("MESSAGE_LEVEL"),
    "registers without their number": without("REGISTER_COUNT"),
    "self-tests without an operation": without("SELF_TEST"),
    "queues' counters without the base": without("BASE_STATS", BASE),
}


def compile_with(build, name, old, new):
    """The codes of rustc's errors for the driver, with a text replaced in one of its files."""
    with tempfile.TemporaryDirectory() as where:
        top = pathlib.Path(where)
        for part in ("net.rs", "net", "vnet_rs.rs", "vnet_rs_main.rs"):
            (top / part).symlink_to(build / part)
        shutil.copytree(build / "vnet_rs", top / "vnet_rs")
        text = (top / name).read_text(encoding="utf-8")
        if text.count(old) != 1:
            return f"{name} has not, or not once: {old.strip()}"
        (top / name).write_text(text.replace(old, new), encoding="utf-8")
        env, arguments = rejected.flags(build)
        run = subprocess.run(
            ["rustc", *arguments, "--error-format=json", "-Awarnings", "--emit=obj",
             "--out-dir", where, str(top / "vnet_rs_main.rs")],
            cwd=build, env=os.environ | env | {"RUSTC_BOOTSTRAP": "1"},
            capture_output=True, text=True, check=False)
    messages = [json.loads(line) for line in run.stderr.splitlines() if line.startswith("{")]
    errors = [message for message in messages if message.get("level") == "error"]
    if not errors:
        return "compiles, and must not"
    # The last one only counts them.
    return ", ".join((message["code"] or {}).get("code", "?") for message in errors[:-1])


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    got = {what: compile_with(build, *case) for what, case in CASES.items()}
    wrong = [f"{what}: {said}" for what, said in got.items() if said != "E0080"]
    print(*wrong, f"{len(got)} drivers, {len(wrong)} of them not as they should be", sep="\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
