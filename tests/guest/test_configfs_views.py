"""configfs and ethtool are two views of one state: what one sets, the other shows."""

import os
import time

import pytest

from helpers.configfs import DEFAULTS
from helpers.queues import channels, rings, set_channels, set_rings
from helpers.run import run, run_json
from helpers.traffic import can_echo
from helpers.vnet import FAR4, Port, books


@pytest.fixture(name="echo")
def echo_fixture(namespace, item):
    """An item that has an echo port in the test's namespace, and the port."""
    item.on()
    port = Port(namespace)
    port.up()
    port.address()
    return item, port


def speed(port):
    """The speed that ethtool shows, in Mbit/s."""
    return run_json("ethtool", "--json", port.name)[0].get("speed")


def test_structure_is_what_the_port_has(namespace, item):
    """ethtool shows what was written."""
    item["queues"], item["tx_ring"], item["rx_ring"] = 2, 64, 32
    item["rate_kbps"] = 100_000
    item.on()
    port = Port(namespace)
    assert rings(port) == (64, 32)
    assert channels(port)[0] == 2
    assert speed(port) == 100
    assert item["queues"] == "2"


def test_no_more_queues_than_cpus(namespace, item):
    """While powered, the number is what there is; then it is what was written again."""
    item["queues"] = 16
    item.on()
    assert item["queues"] == str(os.cpu_count())
    assert channels(Port(namespace))[0] == os.cpu_count()
    item.off()
    assert item["queues"] == "16"


def test_rate_is_live_and_ethtool_sees_it(namespace, item):
    """At both ends of a pair, up or down."""
    item["far_end"] = "peer"
    item.on()
    ends = [Port(namespace, name) for name in ("vnet0", "vnet1")]
    for _ in range(2):
        for rate, shown in ((100_000, 100), (1_000, 1), (1_500, 2), (0, 400_000)):
            item["rate_kbps"] = rate
            assert item["rate_kbps"] == str(rate)
            assert [speed(end) for end in ends] == [shown, shown]
        for end in ends:
            end.up()


def test_rate_counts_for_the_next_frame(echo):
    """A slow wire takes its time; a fast one does not, without the port having been down."""
    item, port = echo
    port.far_mac()
    item["rate_kbps"] = 4
    start = time.monotonic()
    run("ping", "-c", 1, "-s", 972, "-W", 30, FAR4)
    assert time.monotonic() - start >= 2
    item["rate_kbps"] = 0
    port.settle()
    run("ping", "-c", 3, "-i", "0.2", FAR4)
    books(port)


def test_what_ethtool_sets_is_read(echo):
    """Speed, rings and queues, in both directions and in the middle of it all."""
    item, port = echo
    run("ethtool", "-s", port.name, "speed", 100, "autoneg", "off")
    assert item["rate_kbps"] == "100000"
    set_rings(port, tx=64, rx=32)
    assert (item["tx_ring"], item["rx_ring"]) == ("64", "32")
    set_channels(port, 2)
    assert item["queues"] == "2"
    item["rate_kbps"] = 10_000
    assert speed(port) == 10
    assert (item["tx_ring"], item["rx_ring"], item["queues"]) == ("64", "32", "2")
    assert rings(port) == (64, 32)
    assert can_echo()


def test_what_ethtool_sets_goes_with_the_port(echo):
    """An item that is powered down has what was written, and makes that again."""
    item, port = echo
    run("ethtool", "-s", port.name, "speed", 100, "autoneg", "off")
    set_rings(port, tx=64)
    item.off()
    assert item.all() == DEFAULTS
    item.on()
    assert rings(port) == (256, 256)
    assert speed(port) == 1000


def test_what_was_written_while_powered_stays(echo):
    """A rate that was written live is the one of the next port."""
    item, port = echo
    item["rate_kbps"] = 100_000
    item.off()
    assert item["rate_kbps"] == "100000"
    item.on()
    assert speed(port) == 100


def test_name_is_the_ports(namespace, item):
    """While powered, a pattern shows as what came of it, also after the port is renamed."""
    item["name"] = "nic%d"
    item.on()
    assert item["name"] == "nic0"
    Port(namespace, "nic0").set(ifname="uplink")
    assert item["name"] == "uplink"
    assert item["power"] == "1"
    item.off()
    assert item["name"] == "nic%d"
    assert not namespace.ports()
