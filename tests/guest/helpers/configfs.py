"""Items in configfs: directories that describe a port or a pair."""

import contextlib
import os
import pathlib

import pytest

from helpers import files, kernel
from helpers.run import run

MOUNT = pathlib.Path("/sys/kernel/config")
ROOT = MOUNT / "vnet_rs"
RATELIMIT = pathlib.Path("/proc/sys/net/core/message_cost")

RATE = "must be from 0 to 400000000"
RING = "must be a power of two from 2 to 4096"
WORD = "must be one of echo sink peer"
NAME = ("must be an interface name of up to 15 characters, "
        "with one %d for the next free number, or without")
PREFIX4 = "must be an IPv4 prefix such as 192.0.2.0/24, with no bit set behind it"
PREFIX6 = "must be an IPv6 prefix such as 2001:db8::/64, with no bit set behind it"
IN_USE = "must not change while there is a port: power 0 removes it"

# Two values for each, neither of which is the default.
STRUCTURE = {
    "far_end": ("sink", "peer"), "name": ("left", "left%d"), "peer_name": ("right", "right%d"),
    "queues": ("2", "16"), "tx_ring": ("2", "4096"), "rx_ring": ("2", "4096"),
    "hops": ("1", "64"), "answers_for": ("192.0.2.0/24", "10.0.0.0/8"),
    "answers_for6": ("2001:db8::/64", "2001:db8::1/128")}
LIVE = {"rate_kbps": ("0", "400000000")}
LINK = {
    "overhead_bytes": "24", "latency_ns": "0", "jitter_ns": "0", "jitter_model": "uniform",
    "loss_ppm": "0", "burst_enter_ppm": "0", "burst_leave_ppm": "1000000",
    "burst_loss_ppm": "1000000", "duplicate_ppm": "0", "reorder_ppm": "0", "corrupt_ppm": "0",
    "seed": "0", "line_frames": "1024", "line_bytes": str(16 << 20)}
NO_FAULTS = dict.fromkeys((
    "hang_engine", "lose_interrupts", "storm_interrupts", "starve_receive",
    "fail_receive_memory", "flap_carrier"), "0")
DEFAULTS = LINK | NO_FAULTS | {
    "power": "0", "far_end": "echo", "name": "vnet%d", "peer_name": "vnet%d", "queues": "1",
    "tx_ring": "256", "rx_ring": "256", "hops": "0", "answers_for": "0.0.0.0/0",
    "answers_for6": "::/0", "plugged": "1", "rate_kbps": "1000000"}


def have_mounted():
    """Sees to it that configfs can be seen; skips the test where the module has no part in it."""
    if not os.path.ismount(MOUNT):
        run("mount", "-t", "configfs", "none", MOUNT)
    # Linux 7.2, see Kbuild.
    if kernel.is_loaded() and not ROOT.exists():
        pytest.skip("the module has no configfs on this kernel")


class Item:
    """An item, by its name. As a context, it is made and removed."""

    def __init__(self, directory="cable0", **attributes):
        self.path = ROOT / directory
        self.attributes = attributes

    def __enter__(self):
        self.path.mkdir()
        for name, value in self.attributes.items():
            self[name] = value
        return self

    def __exit__(self, *_):
        with contextlib.suppress(FileNotFoundError):
            self.path.rmdir()

    def __getitem__(self, name):
        value = files.read(f"{self.path}/{name}")
        assert value.endswith("\n"), value
        return value[:-1]

    def __setitem__(self, name, value):
        self.write(name, f"{value}\n")

    def write(self, name, data):
        """Writes a text or bytes, all of it at once."""
        files.write(f"{self.path}/{name}", data)

    def all(self):
        """Every attribute with its value, but for the one that follows from them."""
        return {path.name: self[path.name] for path in self.path.iterdir()
                if path.is_file() and path.name != "memory_bytes"}

    def files(self):
        """The paths of all attributes, with those of each direction."""
        return [path for path in self.path.rglob("*") if path.is_file()]

    def on(self):
        """Brings it to life."""
        self["power"] = 1

    def off(self):
        """Takes it down."""
        self["power"] = 0

    @contextlib.contextmanager
    def unchanged(self):
        """Asserts that the block changes nothing."""
        before = self.all()
        yield
        assert self.all() == before

    def refuses(self, name, data, errno, why, log):
        """Asserts that bytes are refused: with this error, with one line, and without effect."""
        before = self[name]
        log.lines()
        try:
            self.write(name, data)
        except OSError as error:
            got = error.errno
        else:
            raise AssertionError(f"{name} takes {data}")
        shown = data.decode("ascii", "backslashreplace").removesuffix("\n")[:32]
        shown = shown.replace("\n", "\\n").replace("\t", "\\t").replace("\0", "\\x00")
        # /dev/kmsg escapes what the message has escaped already.
        shown = shown.replace("\\", "\\x5c")
        assert os.strerror(got) == os.strerror(errno)
        assert ours(log) == [f"vnet_rs: {self.path.name}: {name}={shown}: {why}"]
        assert self[name] == before


def ours(log):
    """The lines that the module has logged."""
    return [line for line in log.lines() if line.startswith("vnet_rs: ")]


@contextlib.contextmanager
def every_line():
    """The log is not limited while the block runs. To be called in the first namespace."""
    before = RATELIMIT.read_text(encoding="ascii")
    RATELIMIT.write_text("0", encoding="ascii")
    try:
        yield
    finally:
        RATELIMIT.write_text(before, encoding="ascii")


def make(count, **attributes):
    """A context of so many items."""
    stack = contextlib.ExitStack()
    items = [stack.enter_context(Item(f"item{number}", **attributes)) for number in range(count)]
    return stack, items
