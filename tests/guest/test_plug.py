"""A plug that comes out: `ip link set carrier`, and the attribute `plugged`."""

import errno
import re

import pytest

from helpers.faults import flags
from helpers.run import run
from helpers.traffic import receive_numbered, send_numbered
from helpers.wait import until
from helpers.way import MS

SIZE, COUNT = 100, 20


def by_ip(way, on, end=None):
    """`ip link set carrier`."""
    end = end or way.near
    with end.room.inside():
        run("ip", "link", "set", end.name, "carrier", "on" if on else "off")


def by_configfs(way, on, _end=None):
    """The attribute."""
    way.set(plugged=on)


EITHER = pytest.mark.parametrize("plug", [by_ip, by_configfs])


def ends(way):
    """The ports, of which there may be one."""
    return {way.near, way.far}


def ethtool(end):
    """The line of ethtool about the link."""
    with end.room.inside():
        return re.search(r"Link detected: (.*)", run("ethtool", end.name).stdout)[1]


@EITHER
@pytest.mark.parametrize("way", ["pair", "echo", "sink"], indirect=True)
def test_ports_stay_up_without_a_carrier(way, plug):
    """Both ends show NO-CARRIER, for as long as one likes, and `ethtool` says why."""
    before = {end: end.carrier_changes for end in ends(way)}
    plug(way, 0)
    for end in ends(way):
        assert end.is_up and not end.has_carrier
        assert end.carrier_changes == before[end] + 1
        assert ethtool(end) == "no (No cable)"
    assert way.item["plugged"] == "0"
    plug(way, 1)
    for end in ends(way):
        until(lambda end=end: end.has_carrier, "there is a link again")
        assert ethtool(end) == "yes"
    assert way.item["plugged"] == "1"


@EITHER
@pytest.mark.parametrize("other", [0, 1])
def test_either_end_of_a_pair(pair, plug, other):
    """It is one cable: pulled out here, it can be plugged in there, and works."""
    pulls, mends = (pair.near, pair.far)[::1 - 2 * other]
    by_ip(pair, 0, pulls)
    assert not pulls.has_carrier and not mends.has_carrier
    plug(pair, 1, mends)
    until(lambda: pulls.has_carrier and mends.has_carrier, "there is a link again")
    send_numbered(pair.out, COUNT, SIZE)
    receive_numbered(pair.into, COUNT, SIZE)


@EITHER
def test_frames_on_it_are_lost(pair, plug):
    """Frames are on a line of 3 s when the cable comes out: none arrives, and each is counted."""
    pair.set(latency_ns=3000 * MS)
    send_numbered(pair.out, COUNT, SIZE)
    pair.has_left()
    plug(pair, 0)
    plug(pair, 1)
    until(lambda: pair.count("line_purged") == COUNT, "all are lost")
    pair.set(latency_ns=0)
    until(lambda: pair.near.has_carrier, "there is a link again")
    send_numbered(pair.out, COUNT, SIZE)
    receive_numbered(pair.into, COUNT, SIZE)
    assert pair.count("line_entered") == pair.count("line_purged") == COUNT


@EITHER
def test_frames_that_wait_for_the_wire_are_lost(pair, plug):
    """A long frame is on a slow wire, and others wait for it: the wire is free at once."""
    pair.set(rate_kbps=1)
    send_numbered(pair.out, COUNT, SIZE)
    assert pair.near.counter("tx0_posted") > pair.near.counter("tx0_completed")
    plug(pair, 0)
    until(lambda: pair.count("tx0_no_carrier") == COUNT, "all are lost")
    assert pair.count("rx0_delivered", pair.far) == 0


def test_a_port_comes_up_without_a_cable(pair):
    """Then it has no carrier, until there is one."""
    pair.near.down()
    by_configfs(pair, 0)
    pair.near.up()
    assert not pair.near.has_carrier and not pair.far.has_carrier
    by_configfs(pair, 1)
    until(lambda: pair.near.has_carrier and pair.far.has_carrier, "there is a link again")


def test_a_loop_needs_no_cable(pair):
    """A port whose frames come back has a carrier all the same."""
    by_configfs(pair, 0)
    with pair.near.room.inside():
        run("ethtool", "-K", pair.near.name, "loopback", "on")
        assert pair.near.has_carrier and not pair.far.has_carrier
        run("ethtool", "-K", pair.near.name, "loopback", "off")
    assert not pair.near.has_carrier


def test_the_fault_is_another_thing(pair):
    """A cable that flaps and is pulled out has no carrier, also after one of the two is over."""
    pair.set(flap_carrier=1)
    by_configfs(pair, 0)
    pair.set(flap_carrier=0)
    assert not pair.near.has_carrier and not flags(pair.near)
    by_configfs(pair, 1)
    until(lambda: pair.near.has_carrier, "there is a link again")


@pytest.mark.parametrize("value, error", [
    (b"2\n", errno.ERANGE), (b"-1\n", errno.EINVAL), (b"out\n", errno.EINVAL)])
def test_other_values_are_refused(item, log, value, error):
    """The log says which are not."""
    item.refuses("plugged", value, error, "must be from 0 to 1", log)


def test_made_without_a_cable(namespace, item):
    """A port that is described so has no carrier from the start."""
    item["plugged"] = 0
    item.on()
    assert namespace.ports() == ["vnet0"]
    run("ip", "link", "set", "vnet0", "up")
    assert "NO-CARRIER" in run("ip", "link", "show", "vnet0").stdout
    item["plugged"] = 1
    until(lambda: "LOWER_UP" in run("ip", "link", "show", "vnet0").stdout, "there is a link")
