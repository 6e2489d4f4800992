"""configfs: what is refused, with which error, with which words, and that nothing changes."""

import errno
import os
import subprocess

import pytest

from helpers import configfs, kernel
from helpers.configfs import (
    IN_USE, LIVE, NAME, PREFIX4, PREFIX6, RATE, RING, ROOT, STRUCTURE, WORD, Item, ours)
from helpers.run import run
from helpers.vnet import Namespace, Port

NO_NUMBERS = [b"\n", b" \n", b"abc\n", b"-1\n", b"+1\n", b"0x10\n", b"1.5\n", b"1e3\n", b"7 \n",
              b" 7\n", b"7\n\n", b"7\n8\n", b"7\t", b"7\0", b"7k\n", b"\xb2\n"]
NUMBERS = {
    "power": "must be from 0 to 1", "queues": "must be from 1 to 16", "tx_ring": RING,
    "rx_ring": RING, "hops": "must be from 0 to 64", "rate_kbps": RATE}
BAD = [(name, data, errno.EINVAL, why) for name, why in NUMBERS.items() for data in NO_NUMBERS]
BAD += [(name, data, errno.ERANGE, NUMBERS[name]) for name, values in {
    "power": ["2", "18446744073709551615"],
    "queues": ["0", "17", "4294967297"],
    "tx_ring": ["0", "1", "8192", "4294967296"],
    "rx_ring": ["0", "1", "8192", "4294967296"],
    "hops": ["65", "256"],
    "rate_kbps": ["400000001", "4294967296", "18446744073709551616", "99999999999999999999"],
}.items() for data in (f"{value}\n".encode() for value in values)]
BAD += [(name, data, errno.EINVAL, RING) for name in ("tx_ring", "rx_ring")
        for data in (b"3\n", b"100\n", b"4095\n")]
BAD += [("far_end", data, errno.EINVAL, WORD) for data in (
    b"\n", b"ech\n", b"echoo\n", b"Echo\n", b"echo \n", b"echo sink\n", b"1\n", b"echo\n\n")]
BAD += [(name, data, errno.EINVAL, NAME) for name in ("name", "peer_name") for data in (
    b"\n", b".\n", b"..\n", b"a/b\n", b"a:b\n", b"a b\n", b"a\tb", b"a\0b", b"%\n", b"%s\n",
    b"%d%d\n", b"100%\n", b"%5d\n", b"a\xa0b\n")]
BAD += [(name, data, errno.E2BIG, why) for name, why in (
    NUMBERS | {"far_end": WORD, "name": NAME, "peer_name": NAME}).items()
    for data in (b"0" * 21, b"1" * 100 + b"\n", b"1" * 5000)]
BAD += [("answers_for", data, errno.EINVAL, PREFIX4) for data in (
    b"\n", b"0\n", b"192.0.2.0\n", b"192.0.2.1/24\n", b"192.0.2.0/024\n", b"::/0\n")]
BAD += [("answers_for6", data, errno.EINVAL, PREFIX6) for data in (
    b"\n", b"::\n", b"2001:db8::1/64\n", b"2001:db8::/064\n", b"0.0.0.0/0\n")]
BAD += [("answers_for", b"0.0.0.0/33\n", errno.ERANGE, PREFIX4),
        ("answers_for6", b"::/129\n", errno.ERANGE, PREFIX6),
        ("answers_for6", b"0" * 50 + b"\n", errno.E2BIG, PREFIX6)]
BAD += [(name, b"abcdefghijklmnop\n", errno.E2BIG, NAME) for name in ("name", "peer_name")]
TAKEN = f"failed with error {-errno.EEXIST}"


@pytest.fixture(name="item")
def item_fixture(module):
    """An item that is powered down; all that the module logs is there to be read."""
    configfs.have_mounted()
    with configfs.every_line(), Item() as item:
        yield item


def ids(bad):
    """What a bad write is called in the report."""
    name, data = bad[:2]
    return f"{name}-{data[:8]!r}-{len(data)}"


@pytest.mark.parametrize("name", sorted({bad[0] for bad in BAD}))
def test_bad_value_is_refused_with_one_line(item, log, name):
    """The right error, one line with item, attribute, value and what is allowed, and no change."""
    with item.unchanged():
        for _, data, error, why in (bad for bad in BAD if bad[0] == name):
            item.refuses(name, data, error, why, log)


@pytest.mark.parametrize("name", sorted({bad[0] for bad in BAD}))
def test_bad_value_is_refused_while_powered(item, log, name):
    """So it is while the ports live, and they stay as they are."""
    with Namespace() as namespace:
        item["far_end"] = "peer"
        item.on()
        ports = namespace.ports()
        with item.unchanged():
            for _, data, error, why in (bad for bad in BAD if bad[0] == name):
                item.refuses(name, data, error, why, log)
        assert namespace.ports() == ports == ["vnet0", "vnet1"]
        item.off()


@pytest.mark.parametrize("name", STRUCTURE)
def test_structure_is_fixed_while_powered(item, log, name):
    """EBUSY for every attribute of the structure, even for the value that it has."""
    with Namespace():
        for far_end in ("echo", "peer"):
            item["far_end"] = far_end
            item.on()
            with item.unchanged():
                for value in (*STRUCTURE[name], item[name]):
                    item.refuses(name, f"{value}\n".encode(), errno.EBUSY, IN_USE, log)
            item.off()
        item[name] = STRUCTURE[name][0]


def test_lines_are_limited(module, log):
    """A loop of bad writes does not flood the log; all of them are refused."""
    configfs.have_mounted()
    with Item() as item, kernel.limited_messages(5):
        log.lines()
        for _ in range(300):
            with pytest.raises(OSError, match="Invalid argument"):
                item["rate_kbps"] = "x"
        # Ten in five seconds, which this may take on a slow machine, several times over.
        assert 1 <= len(ours(log)) < 200


def test_name_that_is_taken(item, log):
    """EEXIST from the stack; nothing is made, and it works when the name is free again."""
    with Namespace() as namespace:
        Port.add(namespace, "taken")
        item["name"] = "taken"
        with item.unchanged():
            item.refuses("power", b"1\n", errno.EEXIST, TAKEN, log)
        assert namespace.ports() == ["taken"]
        namespace.ip.link("del", index=Port(namespace, "taken").index)
        item.on()
        assert (item["power"], namespace.ports()) == ("1", ["taken"])


@pytest.mark.parametrize("name, peer_name, left", [
    ("free", "taken", ["taken"]), ("taken", "free", ["taken"]), ("same", "same", ["taken"])])
def test_pair_is_whole_or_not_there(item, log, name, peer_name, left):
    """Where one end cannot be made, no end is: not a moment's remains, on either side."""
    item["far_end"], item["name"], item["peer_name"] = "peer", name, peer_name
    with Namespace() as namespace, kernel.Probes("free_netdev") as probes:
        Port.add(namespace, "taken")
        for _ in range(3):
            before = probes.hits("free_netdev")
            with item.unchanged():
                item.refuses("power", b"1\n", errno.EEXIST, TAKEN, log)
            assert namespace.ports() == left
            assert probes.hits("free_netdev") >= before + (1 if name == "taken" else 2)
        item["name"] = item["peer_name"] = "ok%d"
        item.on()
        assert namespace.ports() == ["taken", "ok0", "ok1"]


def test_name_that_the_stack_refuses_at_power(item, log):
    """A pattern may have no free number that fits; an item with it is as good as before."""
    item["name"] = "abcdefghijklm%d"
    with Namespace() as namespace:
        item.on()
        assert item["name"] == "abcdefghijklm0" and namespace.ports() == ["abcdefghijklm0"]
        with Item("second", name="abcdefghijklm0") as second, second.unchanged():
            second.refuses("power", b"1\n", errno.EEXIST, TAKEN, log)
        item.off()


def test_same_item_twice(item):
    """mkdir says so."""
    with pytest.raises(FileExistsError):
        item.path.mkdir()


def test_nothing_can_be_made_in_an_item(item):
    """Neither directories nor files; nor in the directory of all items."""
    with pytest.raises(PermissionError):
        (item.path / "more").mkdir()
    for place in (item.path, ROOT):
        with pytest.raises(OSError):
            os.close(os.open(place / "file", os.O_CREAT | os.O_WRONLY))
        with pytest.raises(OSError):
            os.symlink(item.path, place / "link")


def test_only_root_may_write(item):
    """Others can neither read nor write."""
    for attribute in item.files():
        assert attribute.stat().st_mode & 0o007 == 0
    assert run("setpriv", "--reuid", 65534, "--regid", 65534, "--clear-groups",
               "cat", item.path / "power", check=False).returncode


def test_writer_that_has_gone_wrong_changes_nothing(item):
    """`echo` and `tee` report what the kernel says."""
    result = subprocess.run(["bash", "-c", f"echo 5 > {item.path}/power"], check=False,
                            capture_output=True, encoding="utf-8")
    assert result.returncode != 0
    assert "out of range" in result.stderr
    assert item["power"] == "0"


def test_live_attributes_are_not_structure():
    """No attribute is forgotten in these tests."""
    assert not set(LIVE) & set(STRUCTURE)
    assert {bad[0] for bad in BAD} == {"power", *LIVE, *STRUCTURE}
