"""What the module is loaded with: good values, bad values, and what is left after a bad one."""

import socket

import pytest

from helpers import kernel
from helpers.run import run, run_json
from helpers.vnet import Namespace, Port

pytestmark = pytest.mark.usefixtures("no_module")

RING = "must be a power of two from 2 to 4096"
BAD_RINGS = [(name, value, RING) for name in ("tx_ring", "rx_ring")
             for value in (0, 1, 3, 100, 8192, -1, 99999999999)]
BAD = BAD_RINGS + [
    ("rate_kbps", -1, "must be from 0 to 400000000"),
    ("rate_kbps", 400000001, "must be from 0 to 400000000"),
    ("ports", -1, "must be from 0 to 64"),
    ("ports", 65, "must be from 0 to 64"),
]


def links_named_vnet():
    """The ports in the first namespace."""
    return [name for _, name in socket.if_nameindex() if name.startswith("vnet")]


@pytest.mark.parametrize("name, value, allowed", BAD)
def test_bad_value_is_refused_with_one_line(name, value, allowed, log):
    """insmod fails with EINVAL; one line names the parameter, its value and what is allowed."""
    kernel.assert_refused(log, name, value, allowed)


def test_two_names_for_one_thing(log):
    """`echo` and `ports` may not contradict each other."""
    log.lines()
    assert kernel.insmod(echo=1, ports=2).returncode != 0
    assert not kernel.is_loaded()
    assert any("echo and ports are the same thing" in line for line in log.lines())
    kernel.load(echo=2, ports=2)
    assert links_named_vnet() == ["vnet0", "vnet1"]


@pytest.mark.parametrize("value", ["abc", "99999999999999999999", ""])
def test_what_is_no_number_is_refused(value):
    """insmod fails where the value is not even a number."""
    assert kernel.insmod(tx_ring=value).returncode != 0
    assert not kernel.is_loaded()


@pytest.mark.parametrize("name", ["tx_ring", "rx_ring", "rate_kbps", "ports"])
def test_nothing_is_left_after_a_bad_value(name):
    """No module, no port, no link kind; and the next insmod works."""
    assert kernel.insmod(**{name: -1}).returncode != 0
    assert not kernel.is_loaded()
    assert not links_named_vnet()
    result = run("ip", "link", "add", "type", "vnet", check=False)
    assert result.returncode != 0
    assert "Unknown device type" in result.stdout
    with kernel.loaded():
        assert links_named_vnet() == ["vnet0"]


def test_defaults():
    """One port, rings of 256, 1 Gbit/s."""
    with kernel.loaded():
        assert links_named_vnet() == ["vnet0"]
        rings = run_json("ethtool", "--json", "-g", "vnet0")[0]
        assert (rings["tx"], rings["rx"]) == (256, 256)
        assert run_json("ethtool", "--json", "vnet0")[0]["speed"] == 1000


@pytest.mark.parametrize("ports", [0, 1, 3, 64])
def test_number_of_ports(ports):
    """As many ports as were asked for, numbered from 0."""
    with kernel.loaded(ports=ports):
        assert links_named_vnet() == [f"vnet{number}" for number in range(ports)]
    assert not links_named_vnet()


@pytest.mark.parametrize("tx, rx", [(2, 4096), (4096, 2), (2, 2)])
def test_ring_sizes_at_the_edges(tx, rx):
    """The smallest and the largest ring carry traffic."""
    with kernel.loaded(ports=0, tx_ring=tx, rx_ring=rx, rate_kbps=0), Namespace() as namespace:
        port = Port.add(namespace)
        rings = run_json("ethtool", "--json", "-g", "vnet0")[0]
        assert (rings["tx"], rings["rx"]) == (tx, rx)
        assert (rings["tx-max"], rings["rx-max"]) == (4096, 4096)
        port.up()
        port.address()
        assert run("ping", "-c", 3, "-i", "0.2", "192.0.2.2").returncode == 0


@pytest.mark.parametrize("rate, speed", [
    (0, 400000), (1, 1), (1499, 1), (1500, 2), (1000, 1), (100000, 100), (1000000, 1000),
    (400000000, 400000),
])
def test_link_speed_is_the_rate(rate, speed):
    """The link's speed is the nearest that ethtool can say, and never unknown."""
    with kernel.loaded(rate_kbps=rate):
        assert run_json("ethtool", "--json", "vnet0")[0].get("speed") == speed
        assert f"Speed: {speed}Mb/s" in run("ethtool", "vnet0").stdout
