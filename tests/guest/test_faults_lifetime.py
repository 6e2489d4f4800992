"""Faults of an echo port that goes down, or away, and how they are seen from two sides."""

import socket
import time

import pytest

from helpers import configfs, kernel
from helpers.configfs import Item
from helpers.faults import (
    FAULTS, FLAP, HANG, STORM, echo_works, flags, no_faults, set_faults, some_frames)
from helpers.pair import has_link
from helpers.queues import all_books
from helpers.run import run
from helpers.vnet import FAR4, Namespace, Port
from helpers.wait import until


@pytest.fixture(name="cable0")
def cable0_fixture(item):
    """An item for an echo port with two queues."""
    item["queues"] = 2
    return item


@pytest.fixture(name="echo")
def echo_fixture(namespace, cable0):
    """That port, which is up and knows its neighbour."""
    cable0.on()
    port = Port(namespace)
    port.up()
    port.address()
    port.far_mac()
    return port


@pytest.mark.parametrize("name", FAULTS)
def test_down_and_up(echo, name):
    """A fault stays over down and up; turned off while the port is down, it is gone."""
    for where in ("up", "down"):
        set_faults(echo, True, name)
        some_frames(echo)
        echo.down()
        assert flags(echo) == {name}
        if where == "up":
            echo.up()
            some_frames(echo)
        set_faults(echo, False, name)
        echo.up()
        neighbours(echo)
        echo_works(echo)


def neighbours(port):
    """Who was known is forgotten when a port goes down."""
    has_link(port)
    port.far_mac()


def test_down_and_up_while_the_cable_is_cut(echo):
    """At any moment of its half second; the carrier is there in the end."""
    for pause in (0, 0.2, 0.4, 0.6, 0.8):
        set_faults(echo, True, FLAP)
        time.sleep(pause)
        echo.down()
        set_faults(echo, False, FLAP)
        echo.up()
        has_link(echo)
        set_faults(echo, True, FLAP)
        time.sleep(pause)
        set_faults(echo, False, FLAP)
        has_link(echo)
    neighbours(echo)
    echo_works(echo)


@pytest.mark.parametrize("name", FAULTS)
def test_two_views(cable0, echo, name):
    """What ethtool sets configfs shows, and the other way round."""
    set_faults(echo, True, name)
    assert [one for one in FAULTS if cable0[one] == "1"] == [name]
    cable0[name] = 0
    assert flags(echo) == set()
    cable0[name] = 1
    assert flags(echo) == {name}
    cable0["rate_kbps"] = 100_000
    run("ethtool", "--set-priv-flags", echo.name, "never-stop", "on")
    assert flags(echo) == {name}
    run("ethtool", "--set-priv-flags", echo.name, name.replace("_", "-"), "off")
    no_faults(cable0)
    echo_works(echo)


def test_power(namespace, cable0):
    """What is written is there at power on; what ethtool sets goes with the port."""
    cable0[STORM] = 1
    for _ in range(2):
        cable0.on()
        port = Port(namespace)
        assert flags(port) == {STORM}
        port.up()
        set_faults(port, True, FLAP, HANG)
        assert cable0[FLAP] == "1"
        cable0.off()
        assert (cable0[STORM], cable0[FLAP], cable0[HANG]) == ("1", "0", "0")
    cable0[STORM] = 0
    cable0.on()
    port.up()
    port.address()
    port.far_mac()
    echo_works(port)


def faulty_ports(namespace):
    """A port for each fault, and one with all; each is up and has something to send."""
    for number, names in enumerate([*((name,) for name in FAULTS), FAULTS]):
        port = Port.add(namespace, f"faulty{number}")
        port.up()
        set_faults(port, True, *names)
        some_frames(port)


@pytest.mark.parametrize("ending", ["del", "rmmod", "namespace"])
def test_ports_with_faults_can_go(module, ending):
    """However they go."""
    with Namespace() as namespace:
        faulty_ports(namespace)
        time.sleep(0.6)
        if ending == "del":
            for name in namespace.ports():
                namespace.ip.link("del", index=socket.if_nametoindex(name))
        if ending == "rmmod":
            kernel.unload()
        if ending != "namespace":
            assert not namespace.ports()
    kernel.have_unloaded()


def test_namespace_goes_with_faulty_items(module):
    """Their power is 0 then, and on brings back what was written."""
    configfs.have_mounted()
    with Item() as item:
        with Namespace() as namespace:
            item.on()
            Port(namespace).up()
            for name in FAULTS:
                item[name] = 1
            some_frames(Port(namespace))
        until(lambda: item["power"] == "0", "the port is gone")
        with Namespace() as namespace:
            item.on()
            assert flags(Port(namespace)) == set(FAULTS)
            for name in FAULTS:
                item[name] = 0
            port = Port(namespace)
            port.up()
            port.address()
            run("ping", "-c", 3, "-i", "0.2", FAR4)
            all_books(port)
