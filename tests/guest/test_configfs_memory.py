"""configfs: what a configuration costs is known, and what does not fit is refused, whole."""

import errno

import pytest

from helpers import memory
from helpers.configfs import Item
from helpers.queues import rings
from helpers.run import run
from helpers.vnet import Port
from helpers.way import S, Way

MB = 1 << 20
MOST = 1 << 20
NO_MEMORY = "there is not enough memory: see memory_bytes"


def cost(item):
    """What an item says that it takes."""
    return int(item["memory_bytes"])


def far_memory(item):
    """An item whose lines are as large as can be."""
    item["far_end"], item["line_frames"], item["latency_ns"] = "peer", MOST, 1000
    return item


def test_cost_is_not_written(item, log):
    """It follows from the others."""
    for data in (b"1\n", b"0\n"):
        item.refuses("memory_bytes", data, errno.EPERM, "follows from the other attributes", log)


def test_cost_follows(item):
    """Rings cost what they have, lines only where there is a delay and something can come."""
    base = cost(item)
    assert 0 < base < 64 << 10
    item["far_end"] = "peer"
    assert cost(item) == 2 * base
    item["line_frames"] = 65536
    assert cost(item) == 2 * base
    item["latency_ns"] = 1
    line = (cost(item) - 2 * base) // 2
    assert line >= 65536 * 24
    item["far_end"] = "echo"
    assert cost(item) == base + 2 * line
    item["far_end"] = "sink"
    assert cost(item) == base + line
    item["latency_ns"], item["tx_ring"], item["rx_ring"] = 0, 512, 512
    assert cost(item) == 2 * base
    item["queues"] = 2
    assert cost(item) == 4 * base


def test_cost_of_what_lives(namespace, item):
    """What the ports have counts, whoever has changed it."""
    item["far_end"] = "peer"
    before = cost(item)
    item.on()
    assert cost(item) == before
    run("ethtool", "-G", "vnet0", "tx", "4096", "rx", "4096")
    assert cost(item) == 16 * before
    item.off()
    assert cost(item) == before


@pytest.mark.parametrize("far_end", ["peer", "echo", "sink"])
def test_cost_is_what_is_taken(namespace, item, far_end):
    """As far as can be seen: a debug kernel takes an eighth more, and others take some, too."""
    item["far_end"], item["line_frames"], item["latency_ns"] = far_end, MOST, 1000
    expected, before = cost(item), memory.meminfo()["MemAvailable"]
    assert expected > 32 * MB
    item.on()
    taken = before - memory.meminfo()["MemAvailable"]
    assert 0.9 * expected - 4 * MB < taken < 1.2 * expected + 16 * MB


def test_too_much_is_refused_whole(namespace, item, log):
    """Of two pairs that do not fit both, the second is not made, and the first does not notice."""
    far_memory(item).on()
    one, two = Port(namespace, "vnet0"), Port(namespace, "vnet1")
    one.up()
    two.up()
    with Item("cable1") as other, memory.only(cost(item) * 3 // 4):
        far_memory(other)
        other.refuses("power", b"1\n", errno.ENOMEM, NO_MEMORY, log)
        assert namespace.ports() == ["vnet0", "vnet1"]
        assert memory.left() > cost(item) // 2
        assert one.has_carrier and two.has_carrier
        other["line_frames"] = 1024
        other.on()
        other.refuses("line_frames", b"1048576\n", errno.ENOMEM, NO_MEMORY, log)
        assert other["power"] == "1"


def test_rings_that_do_not_fit(namespace, item):
    """They are as before, and so is a port that could not come up; small ones are always there."""
    item.on()
    port = Port(namespace, "vnet0")
    port.up()
    with memory.only(0):
        result = run("ethtool", "-G", "vnet0", "tx", "4096", "rx", "4096", check=False)
        assert result.returncode != 0 and "Cannot allocate memory" in result.stdout
        assert rings(port) == (256, 256) and port.is_up
        port.down()
        run("ethtool", "-G", "vnet0", "tx", "4096", "rx", "4096")
        assert "Cannot allocate memory" in run(
            "ip", "link", "set", "vnet0", "up", check=False).stdout
        run("ethtool", "-G", "vnet0", "tx", "512", "rx", "512")
        port.up()
    port.down()
    run("ethtool", "-G", "vnet0", "tx", "4096", "rx", "4096")
    port.up()


def test_frames_on_their_way_leave_memory_to_others(module, silent):
    """Nobody is charged for them, so that a line takes no more of them when memory is short; a
    megabyte it always has.
    """
    with Way("pair", silent, tx_ring=4096) as pair:
        pair.set(line_frames=65536, line_bytes=1 << 32, latency_ns=10 * S)
        with memory.only(0):
            pair.post(1500, size=1458)
            pair.has_left()
            held, refused = pair.count("line_entered"), pair.count("line_no_memory")
        # Some of them are from between two looks.
        assert MB // 1500 <= held <= 1000 and held + refused == 1500
        assert pair.count("line_full") == 0
        pair.set(latency_ns=0)
        assert len(pair.arrived(size=1458)) == held
        pair.set(latency_ns=1000)
        assert len(pair.carries(1000, size=1458)) == 1000
