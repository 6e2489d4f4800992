"""Who may do what: each line of docs/security.md, and the modes of all files."""

import fcntl
import os
import pathlib
import re
import socket
import stat
import struct

import pytest

from helpers import configfs, ethtool, kernel
from helpers.configfs import Item
from helpers.features import features
from helpers.run import run
from helpers.vnet import Namespace, Port

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs/security.md"
NOBODY = 65534
USER = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
ROW = re.compile(r"^\| `([^`]*)`[^|]*\| ([a-z ]*) \| ([a-z ]*) \|$", re.MULTILINE)
DENIED = re.compile("Permission ?denied|not permitted|PermissionError", re.IGNORECASE)
SIOCGIFMTU, SIOCSIFFLAGS, SIOCSIFMTU, SIOCSIFHWADDR, SIOCSIFNAME, SIOCSIFTXQLEN = (
    0x8921, 0x8914, 0x8922, 0x8924, 0x8923, 0x8943)
SIOCADDMULTI, SIOCSHWTSTAMP, SIOCDEVPRIVATE = 0x8931, 0x89b0, 0x89f0
EPERM = 1


def rows(column):
    """What the document says: commands, and whether somebody may."""
    words = ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
    assert {answer for row in words for answer in row[1:]} == {"may", "may not"}
    return [(row[0], row[column] == "may") for row in words]


def attempts(commands, *who, before=""):
    """Tries commands one after the other, as somebody; yields what came of each."""
    script = "".join(f"echo '=== {number}'\n( {command} ) 2>&1; echo \"--- $?\"\n"
                     for number, command in enumerate(commands))
    output = run(*who, "sh", "-c", before + script, timeout=300).stdout
    assert output.count("\n--- ") + output.startswith("--- ") == len(commands), output
    for part in re.split(r"^=== \d+\n", output, flags=re.MULTILINE)[1:]:
        text, _, status = part.rpartition("--- ")
        yield int(status), text


def assert_as_written(column, *who, before=""):
    """Each line of a column of the tables is true."""
    lines = rows(column)
    wrong = []
    results = attempts([command for command, _ in lines], *who, before=before)
    for (command, may), (status, text) in zip(lines, results, strict=True):
        denied = status != 0 and DENIED.search(text)
        if (status != 0) if may else not denied:
            wrong.append((command, status, text))
    assert not wrong, wrong
    assert len(lines) > 30


@pytest.fixture(name="there")
def there_fixture(module):
    """A port, in a namespace, and an item: what the document speaks of."""
    configfs.have_mounted()
    with Namespace() as namespace, Item("cable0"):
        yield Port.add(namespace)


def test_user(there):
    """What the document says of a user; nothing has changed for what he tried."""
    names = "IFLA_IFNAME", "IFLA_MTU", "IFLA_ADDRESS", "IFLA_TXQLEN", "IFLA_NUM_TX_QUEUES"

    def state():
        return there.link["flags"], [there.attr(name) for name in names], features(there.name)

    before = state()
    assert_as_written(1, *USER)
    assert before == state()
    assert [path.name for path in configfs.ROOT.iterdir()] == ["cable0"]


def test_root_of_a_user_namespace_on_a_port_of_root(there):
    """He is a user like all others where he is not root."""
    assert_as_written(1, *USER, "unshare", "-Ur")


def test_root_of_a_user_namespace(there):
    """What the document says of him, on a port that he makes in a namespace of his own."""
    assert_as_written(2, *USER, "unshare", "-Urn", before="ip link add vnet0 type vnet\n")


NOT_ADMIN = ("setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin")


@pytest.mark.parametrize("who, makes_it", [
    ((*USER, "unshare", "-Urn"), True), (NOT_ADMIN, False)],
    ids=["root of a namespace", "root without CAP_SYS_ADMIN"])
@pytest.mark.parametrize("how", ["", "--disable-netlink "], ids=["netlink", "ioctl"])
def test_faults_concern_the_whole_machine(there, log, who, makes_it, how):
    """Each takes CAP_SYS_ADMIN, and the log says so; what is no fault does not."""
    flag = f"ethtool {how}--set-priv-flags vnet0"
    faults = [name for name in ethtool.flags(there.name) if name != "never-stop"]
    assert len(faults) == 6
    lines = [f"{flag} {fault} on" for fault in faults]
    lines += [f"{flag} never-stop on flap-carrier on", f"{flag} never-stop on",
              "ethtool --show-priv-flags vnet0"]
    before = "ip link add vnet0 type vnet\n" * makes_it
    log.lines()
    *refused, allowed, shown = attempts(lines, *who, before=before)
    for status, text in refused:
        assert status != 0 and "Operation not permitted" in text
    assert allowed[0] == 0
    on = [line.split()[0] for line in shown[1].splitlines() if line.endswith("on")]
    assert on == ["never-stop"]
    said = [line for line in log.lines() if "vnet0" in line and "CAP_SYS_ADMIN" in line]
    assert said


def test_a_fault_of_roots_stays(there):
    """Who may not change faults may change what is none while there are faults."""
    there.flag("hang-engine", True)
    run(*NOT_ADMIN, "ethtool", "--set-priv-flags", "vnet0", "never-stop", "on")
    flags = ethtool.flags(there.name)
    assert flags["hang-engine"] and flags["never-stop"]
    result = run(*NOT_ADMIN, "ethtool", "--set-priv-flags", "vnet0", "hang-engine", "off",
                 check=False)
    assert result.returncode != 0
    assert ethtool.flags(there.name)["hang-engine"]


def test_root(there):
    """Root may do all of that: nothing was refused because it makes no sense."""
    commands = [command for command, _ in rows(1)]
    # An item holds the module.
    commands.insert(-1, f"rmdir {configfs.ROOT}/cable1")
    for command, (status, text) in zip(commands, attempts(commands), strict=True):
        assert status == 0, (command, text)
    assert commands[-1] == "rmmod -f vnet_rs" and not kernel.is_loaded()


def request(name, number, argument):
    """An ioctl for a device; returns its errno."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            fcntl.ioctl(sock, number, struct.pack("16s24s", name.encode(), argument))
        except OSError as error:
            return error.errno
    return 0


def as_user(function):
    """Calls it in a process without privileges; returns the number that it returns."""
    child = os.fork()
    if child == 0:
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        os._exit(function())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("number, argument, root", [
    (SIOCGIFMTU, b"", None),
    (SIOCSIFMTU, struct.pack("=i", 1400), 0),
    (SIOCSIFFLAGS, struct.pack("=h", 1), 0),
    (SIOCSIFHWADDR, struct.pack("=H", 1) + b"\2\0\0\0\0\x43", 0),
    (SIOCSIFTXQLEN, struct.pack("=i", 10), 0),
    (SIOCADDMULTI, struct.pack("=H", 0) + b"\1\0\x5e\0\0\1", 0),
    (SIOCSIFNAME, b"other", None),
    (SIOCSHWTSTAMP, b"", None),
    (SIOCDEVPRIVATE, b"", None),
], ids=["SIOCGIFMTU", "SIOCSIFMTU", "SIOCSIFFLAGS", "SIOCSIFHWADDR", "SIOCSIFTXQLEN",
        "SIOCADDMULTI", "SIOCSIFNAME", "SIOCSHWTSTAMP", "SIOCDEVPRIVATE"])
def test_ioctl(there, number, argument, root):
    """A user may read by ioctl, too, and no more; what a port does not know is unknown to root."""
    answer = as_user(lambda: request("vnet0", number, argument))
    if number == SIOCGIFMTU:
        assert answer == 0
    elif number == SIOCDEVPRIVATE:
        # There are none, and the core does not ask who wants one.
        assert answer != 0 and request("vnet0", number, argument) == answer
    else:
        assert os.strerror(answer) == os.strerror(EPERM)
    if root is not None:
        assert request("vnet0", number, argument) == root


def files(top):
    """All files below a directory that are not links elsewhere."""
    for directory, names, leaves in os.walk(top):
        yield from (pathlib.Path(directory) / name for name in names + leaves + ["."])


def test_files_are_roots(there):
    """Whatever file the module makes, only root may write to it."""
    there.up()
    with Item("cable1", far_end="peer", name="left", peer_name="right") as item:
        item.on()
        places = [
            pathlib.Path("/sys/module/vnet_rs"), configfs.ROOT,
            kernel.TRACEFS / "events/vnet_rs",
            *(there.ns.sys / "devices/virtual/net" / name for name in there.ns.ports()),
            *pathlib.Path("/proc/sys/net").glob("*/*/vnet0"),
            *pathlib.Path("/proc/sys/net").glob("*/*/left")]
        count = 0
        for path in (path for place in places for path in files(place)):
            status = path.lstat()
            count += 1
            if not stat.S_ISLNK(status.st_mode):
                assert status.st_uid == 0, path
                assert not status.st_mode & stat.S_IWOTH, path
                assert not status.st_mode & stat.S_IWGRP or status.st_gid == 0, path
        assert count > 200
    assert not pathlib.Path("/sys/module/vnet_rs/parameters").exists()
    for section in pathlib.Path("/sys/module/vnet_rs/sections").iterdir():
        assert stat.S_IMODE(section.stat().st_mode) == stat.S_IRUSR
    for top in ("/sys/kernel/debug", "/proc/fs", "/proc/driver"):
        found = [path for path in pathlib.Path(top).glob("*") if "vnet" in path.name]
        assert not found, found


@pytest.mark.parametrize("who, allowed", [
    (USER, False), ((*USER, "unshare", "-Ur"), False),
    ((*USER, "unshare", "-Urn"), True), ((), True),
], ids=["user", "guest of root", "root of a namespace", "root"])
def test_autoload(no_module, tmp_path, who, allowed):
    """The core asks for the module for those who may make a port, and for nobody else."""
    asked, helper = tmp_path / "asked", tmp_path / "modprobe"
    helper.write_text(f"#!/bin/sh\necho \"$@\" >> {asked}\n", encoding="ascii")
    helper.chmod(0o755)
    setting = pathlib.Path("/proc/sys/kernel/modprobe")
    before = setting.read_text(encoding="ascii")
    setting.write_text(str(helper), encoding="ascii")
    try:
        assert run(*who, "ip", "link", "add", "type", "vnet", check=False).returncode != 0
    finally:
        setting.write_text(before, encoding="ascii")
    got = asked.read_text(encoding="ascii") if asked.exists() else ""
    assert ("rtnl-link-vnet" in got) is allowed, got
