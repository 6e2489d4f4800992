"""VLAN devices on top of a port: the far end answers within their tags."""

import pytest

from helpers.run import run
from helpers.talk import at_once
from helpers.vnet import HOST4, books


@pytest.fixture(name="bare")
def bare_fixture(link):
    """A port that is up and has no address of its own."""
    link.up()
    return link


def vlan_on(name, over, number, protocol="802.1Q"):
    """Makes a VLAN device and brings it up."""
    run("ip", "link", "add", "link", over, "name", name, "type", "vlan",
        "protocol", protocol, "id", number)
    run("ip", "link", "set", name, "up")


def ping_through(name, size):
    """Pings through a device; all replies have to come."""
    run("ip", "addr", "add", f"{HOST4}/24", "dev", name)
    result = run("ping", "-n", *at_once(3), "-s", size, "192.0.2.2")
    assert "3 received, 0% packet loss" in result.stdout


def test_three_tags_get_no_reply(bare):
    """A third tag is one too many."""
    vlan_on("outer", bare.name, 1, "802.1ad")
    vlan_on("middle", "outer", 2)
    vlan_on("inner", "middle", 3)
    run("ip", "addr", "add", f"{HOST4}/24", "dev", "inner")
    result = run("ping", "-n", "-c", 1, "-W", 1, "192.0.2.2", check=False)
    assert result.returncode != 0
    assert books(bare)["echo_replies"] == 0


@pytest.mark.parametrize("protocol", ["802.1Q", "802.1ad"])
def test_one_tag(bare, protocol):
    """Pings within a VLAN, up to the full MTU, which the tag does not count towards."""
    vlan_on("vlan", bare.name, 42, protocol)
    ping_through("vlan", 1472)
    books(bare)


def test_two_tags(bare):
    """Pings within two VLANs on jumbo frames: the longest that the wire takes."""
    bare.set(mtu=9000)
    vlan_on("outer", bare.name, 7, "802.1ad")
    vlan_on("inner", "outer", 42)
    ping_through("inner", 8972)
    assert books(bare)["tx0_too_long"] == 0
