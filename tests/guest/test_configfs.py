"""configfs: items describe ports and pairs, `power` makes them, and all of it can be read."""

import pytest

from helpers import configfs, kernel
from helpers.cable import Room
from helpers.configfs import DEFAULTS, LIVE, ROOT, STRUCTURE, Item
from helpers.run import run, run_json
from helpers.traffic import can_echo
from helpers.vnet import FAR4, Namespace, Port, books


@pytest.fixture(name="mounted", scope="module")
def mounted_fixture():
    """configfs can be seen."""
    configfs.have_mounted()


@pytest.fixture(name="echo")
def echo_fixture(namespace, item):
    """An item that has an echo port in the test's namespace, and the port."""
    item.on()
    port = Port(namespace)
    port.up()
    port.address()
    return item, port


def test_the_directory_is_empty_at_first(module, mounted):
    """Loading the module makes the directory and nothing in it, whatever ports there are."""
    assert not list(ROOT.iterdir())


def test_attributes_and_their_defaults(item):
    """What an item has, and what it is before anybody writes."""
    assert item.all() == DEFAULTS


def test_parameters_are_the_defaults(no_module, mounted):
    """A new item describes what loading the module would make."""
    wanted = {"queues": 2, "tx_ring": 64, "rx_ring": 32, "rate_kbps": 5000, "hops": 3}
    with kernel.loaded(ports=0, **wanted), Item() as item:
        assert item.all() == DEFAULTS | {name: str(value) for name, value in wanted.items()}


@pytest.mark.parametrize("name", [*STRUCTURE, *LIVE])
def test_what_was_written_is_read(item, name):
    """With a newline and without; nothing else changes."""
    for value in (STRUCTURE | LIVE)[name]:
        item.write(name, value.encode())
        assert item.all() == DEFAULTS | {name: value}
        item[name] = DEFAULTS[name]
        item[name] = value
        assert item.all() == DEFAULTS | {name: value}


def test_a_number_is_shown_as_a_number(item):
    """Zeroes in front are not kept."""
    item["rate_kbps"] = "0000100"
    assert item["rate_kbps"] == "100"


def test_items_do_not_know_each_other(item):
    """What is written into one is not in the other."""
    with Item("cable1", rate_kbps=5, far_end="sink") as other:
        assert item.all() == DEFAULTS
        assert other.all() == DEFAULTS | {"rate_kbps": "5", "far_end": "sink"}


def test_power_makes_an_echo_port(echo):
    """It answers, and its books balance."""
    item, port = echo
    assert item["power"] == "1"
    assert can_echo()
    books(port)
    item.off()
    assert item["power"] == "0"
    assert not port.ns.ports()


def test_power_makes_a_sink_port(namespace, item):
    """Nobody answers, and everything is sent."""
    item["far_end"] = "sink"
    item.on()
    port = Port(namespace)
    port.up()
    port.address()
    port.neighbour("02:00:00:00:00:99")
    assert run("ping", "-c", 1, "-W", 1, FAR4, check=False).returncode == 1
    assert books_of_sink(port) >= 1


def books_of_sink(port):
    """How many frames have been sent."""
    counters = port.settle()
    assert counters["tx0_posted"] == counters["tx0_reaped"]
    return counters["tx_packets"]


def test_power_makes_a_pair(namespace, item):
    """What goes in at one end comes out at the other, which may be elsewhere."""
    item["far_end"], item["name"], item["peer_name"] = "peer", "left", "right"
    item.on()
    assert namespace.ports() == ["left", "right"]
    with Room() as room:
        namespace.ip.link("set", index=Port(namespace, "right").index, net_ns_fd=room.fd)
        left, right = Port(namespace, "left"), room.ip.link_lookup(ifname="right")[0]
        room.ip.link("set", index=right, state="up")
        room.ip.addr("add", index=right, address=FAR4, prefixlen=24)
        left.up()
        left.address()
        run("ping", "-c", 3, "-i", "0.2", FAR4)
        assert item["power"] == "1"
        assert (item["name"], item["peer_name"]) == ("left", "right")
        item.off()
        assert not namespace.ports() and not room.ports()


def test_power_twice_changes_nothing(echo):
    """Neither 1 and 1, nor 0 and 0."""
    item, port = echo
    index = port.index
    item.on()
    assert port.index == index
    assert can_echo()
    for _ in range(2):
        item.off()
    assert not port.ns.ports()


def test_power_again_is_a_new_port(echo):
    """Down and up ten times: always one port, which answers."""
    item, port = echo
    for _ in range(10):
        item.off()
        assert not port.ns.ports()
        item.on()
        assert port.ns.ports() == ["vnet0"]
    port.up()
    port.address()
    assert can_echo()


def test_hops_are_before_the_echo_host(namespace, item):
    """A time to live that is too short is answered by a router."""
    item["hops"] = 2
    item.on()
    port = Port(namespace)
    port.up()
    port.address()
    run("ip", "route", "add", "198.51.100.0/24", "dev", port.name)
    shown = run("ping", "-n", "-c", 1, "-t", 2, "-W", 30, "192.0.2.99", check=False).stdout
    assert "From 198.51.100.2" in shown
    assert item["hops"] == "2"


def test_next_free_number(namespace, item):
    """Items and `ip link add` share the numbers."""
    Port.add(namespace, "vnet0")
    item.on()
    assert item["name"] == "vnet1"
    with Item("cable1") as other:
        other.on()
        assert other["name"] == "vnet2"
    assert namespace.ports() == ["vnet0", "vnet1"]


def test_ports_of_an_item_are_like_others(namespace, item):
    """They have the kind, a random address, and the name is said to be given or counted."""
    item["far_end"], item["name"] = "peer", "given"
    item.on()
    for name, assigned in (("given", "3"), ("vnet0", "1")):
        shown = run_json("ip", "-j", "-d", "link", "show", name)[0]
        assert shown["linkinfo"]["info_kind"] == "vnet"
        port = Port(namespace, name)
        assert port.shown("name_assign_type") == assigned
        assert int(port.mac[:2], 16) & 3 == 2


@pytest.mark.parametrize("enter", ["ip netns exec", "nsenter --net=/run/netns/"])
def test_power_counts_where_it_is_written(item, enter):
    """The port is in the namespace of who writes, not of who opened the file or made the item."""
    run("ip", "netns", "add", "there")
    try:
        words = f"{enter} there" if enter.endswith("exec") else f"{enter}there"
        with Namespace() as here:
            run("sh", "-c", f"{words} echo 1 > {item.path}/power")
            assert item["power"] == "1"
            assert not here.ports()
            assert "vnet0" in run("ip", "-n", "there", "-br", "link").stdout
            run("ip", "-n", "there", "link", "set", "vnet0", "up")
            # From anywhere.
            item["rate_kbps"] = 100_000
            assert "100Mb/s" in run("ip", "netns", "exec", "there", "ethtool", "vnet0").stdout
            item.off()
            assert "vnet0" not in run("ip", "-n", "there", "-br", "link").stdout
    finally:
        run("ip", "netns", "del", "there")


def test_shell_commands_of_the_readme(module, mounted, namespace):
    """What README.md says can be typed."""
    run("sh", "-ec", """
        cd /sys/kernel/config/vnet_rs
        mkdir cable0
        echo peer > cable0/far_end
        echo 100000 > cable0/rate_kbps
        echo 1 > cable0/power
        echo 10000 > cable0/rate_kbps
    """)
    assert namespace.ports() == ["vnet0", "vnet1"]
    assert "10Mb/s" in run("ethtool", "vnet0").stdout
    run("sh", "-ec", "rmdir /sys/kernel/config/vnet_rs/cable0")
    assert not namespace.ports()
    run("sh", "-ec", """
        cd /sys/kernel/config/vnet_rs
        mkdir cable1
        echo 250000000 > cable1/latency_ns
        echo 1000 > cable1/ab/loss_ppm
        echo 10000 > cable1/ba/rate_kbps
        echo 1 > cable1/power
        echo 1 > cable1/hang_engine
        ethtool --set-priv-flags vnet0 hang-engine on
    """)
    item = Item("cable1")
    try:
        assert (item["latency_ns"], item["loss_ppm"], item["hang_engine"]) \
            == ("250000000", "1000 0", "1")
        assert item["rate_kbps"] == "1000000 10000"
        run("sh", "-ec", """
            cd /sys/kernel/config/vnet_rs
            echo 1000 2000 > cable1/loss_ppm
        """)
        assert item["loss_ppm"] == "1000 2000"
    finally:
        item.path.rmdir()
