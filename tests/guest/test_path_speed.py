"""A new speed reaches all who go by it, at both ends, as with cards that negotiate it anew."""

import contextlib
import pathlib
import socket
import struct

import pytest

from helpers.way import Way
from helpers.wait import until

RTMGRP_LINK, RTM_NEWLINK = 1, 16
RATES = (0, 1500, 20000, 1000000)


class Listener:
    """Hears what the kernel says of an end's link while the block runs."""

    def __init__(self, end):
        self.index = end.index
        self.sock = end.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self.sock.bind((0, RTMGRP_LINK))
        self.sock.setblocking(False)

    def heard(self):
        """Whether there was a message about the link since the last call."""
        found = False
        with contextlib.suppress(BlockingIOError):
            while True:
                data = self.sock.recv(65535)
                kind, index = struct.unpack_from("=4xH14xi", data)
                found |= (kind, index) == (RTM_NEWLINK, self.index)
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()


def by_ethtool(end, mbps):
    """Sets the speed at an end."""
    end.run("ethtool", "-s", end.name, "speed", mbps, "autoneg", "off")


def by_near(way, mbps):
    """Sets the speed at the near end."""
    by_ethtool(way.near, mbps)


def by_far(way, mbps):
    """Sets the speed at the far end."""
    by_ethtool(way.far, mbps)


def by_item(way, mbps):
    """Sets the speed by configfs."""
    way.item["rate_kbps"] = mbps * 1000


WAYS = pytest.mark.parametrize("change", [by_near, by_far, by_item])


@WAYS
def test_a_new_speed_is_told_at_both_ends(pair, change):
    """`ip monitor link` shows a message at each end, when the speed can be read; the link stays."""
    ends = pair.near, pair.far
    before = [end.carrier_changes for end in ends]
    with Listener(pair.near) as near, Listener(pair.far) as far:
        for mbps in (100, 10, 2500):
            near.heard(), far.heard()
            change(pair, mbps)
            for end, listener in zip(ends, (near, far)):
                until(listener.heard, f"{end.name} says so")
                assert end.shown("speed") == str(mbps)
    assert [end.carrier_changes for end in ends] == before


def test_a_new_rate_of_an_echo_port_is_told(module, silent):
    """The same where there is no other end."""
    with Way("echo", silent) as way, Listener(way.near) as listener:
        for change in (by_near, by_item):
            listener.heard()
            change(way, 100 if change is by_near else 10)
            until(listener.heard, "it is told")


@WAYS
def test_a_bridge_goes_by_the_new_speed(pair, change):
    """The path cost of the spanning tree is that of the speed, at both ends."""
    with contextlib.ExitStack() as stack:
        for end in (pair.near, pair.far):
            end.run("ip", "link", "add", "br0", "type", "bridge", "forward_delay", 0)
            stack.callback(end.run, "ip", "link", "del", "br0")
            end.run("ip", "link", "set", end.name, "master", "br0")
            end.run("ip", "link", "set", "br0", "up")
        for mbps, cost in ((10, 100), (100, 19), (1000, 5), (10000, 2)):
            change(pair, mbps)
            for end in (pair.near, pair.far):
                until(lambda end=end, cost=cost: end.shown("brport/path_cost") == str(cost),
                      f"{end.name} costs {cost} at {mbps} Mbit/s")


class Bond:
    """A bond at an end, over it alone, while the block runs."""

    def __init__(self, end, *mode):
        self.end, self.mode = end, mode

    def __enter__(self):
        end = self.end
        end.run("ip", "addr", "flush", "dev", end.name)
        end.down()
        end.run("ip", "link", "add", "bond0", "type", "bond", "mode", *self.mode, "miimon", 20)
        end.run("ip", "link", "set", end.name, "master", "bond0")
        end.run("ip", "addr", "add", f"{end.v4}/24", "dev", "bond0")
        end.run("ip", "link", "set", "bond0", "up")
        return self

    def __exit__(self, *_):
        self.end.run("ip", "link", "del", "bond0")

    def says(self, *lines):
        """Whether all of these stand in what the bond says of its slave."""
        text = self.end.run("cat", "/proc/net/bonding/bond0").stdout
        _, _, slave = text.partition(f"Slave Interface: {self.end.name}\n")
        return all(line in slave for line in lines)

    def has_carrier(self):
        """Whether the bond has a link."""
        path = pathlib.Path("class/net/bond0/carrier")
        return (self.end.ns.sys / path).read_text() == "1\n"


@WAYS
def test_a_bond_goes_by_the_new_speed(pair, change):
    """The speed of a slave, and with it the key that aggregators are made by."""
    with Bond(pair.near, "802.3ad") as near, Bond(pair.far, "802.3ad") as far:
        # 1 + 2 * the number of the speed.
        for mbps, key in ((100, 7), (1000, 9), (10000, 15)):
            change(pair, mbps)
            for bond in near, far:
                until(lambda bond=bond, mbps=mbps, key=key:
                      bond.says(f"Speed: {mbps} Mbps", f"port key: {key}\n"),
                      f"{bond.end.name} has {mbps} Mbit/s")


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("mode", [("802.3ad", "lacp_rate", "fast"), ("balance-tlb",)],
                         ids=lambda mode: mode[0])
def test_bonds_work_at_any_rate(module, silent, log, mode, rate):
    """A link has a speed that bonds can go by, whatever its rate."""
    log.lines()
    other = ("active-backup",) if mode[0] == "balance-tlb" else mode
    with Way("pair", silent, rate_kbps=rate) as way, \
            Bond(way.near, *mode) as near, Bond(way.far, *other) as far:
        for bond in near, far:
            until(lambda bond=bond: bond.says("MII Status: up") and bond.has_carrier(),
                  f"the bond of {bond.end.name} has a link", seconds=60)
        until(lambda: way.near.run("ping", "-n", "-c", 1, "-W", 2, way.far.v4,
                                   check=False).returncode == 0, "a ping comes back", seconds=120)
        if mode == other:
            until(lambda: not near.says("system mac address: 00:00:00:00:00:00"), "LACP is up")
    assert not [line for line in log.lines() if "failed to get link speed" in line]
