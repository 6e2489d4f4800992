"""The watchdog: a dead card is reset, a slow one is left alone."""

import contextlib
import socket
import time

import pytest

from helpers import kernel
from helpers.near_far import pair
from helpers.run import run
from helpers.stream import UDP_SEGMENT
from helpers.traffic import DISCARD_PORT, can_echo, flood, send_numbered, udp
from helpers.vnet import NOBODY, Port, books, take_away
from helpers.wait import until

# The least time that the driver allows is 5 s; the stack looks that often.
PATIENCE = 60


@pytest.mark.parameters(tx_ring=4, rate_kbps=1)
def test_slow_wire_is_not_reset(port):
    """A queue that stands still for longer than 5 s is left alone while the wire works."""
    port.neighbour(NOBODY)
    port.no_byte_limit()
    with udp(port=DISCARD_PORT) as sock:
        # Each frame takes 12 s.
        send_numbered(sock, 10, 1458)
        time.sleep(9)
        counters = port.counters()
    assert counters["tx_stops"] > 0
    assert counters["tx_timeouts"] == 0
    assert port.counter("tx0_completed") < 10
    port.down()
    assert books(port)["tx_lost"] == 0


@contextlib.contextmanager
def hanging(port):
    """The engine hangs while the block runs."""
    port.flag("hang-engine", True)
    try:
        yield
    finally:
        port.flag("hang-engine", False)


@pytest.mark.parametrize("kind", [
    pytest.param("slow", marks=pytest.mark.parameters(tx_ring=4, rate_kbps=100000)),
    pytest.param("fast", marks=pytest.mark.parameters(tx_ring=4, rate_kbps=0))])
def test_hanging_engine_is_reset_and_recovers(port, kind, log):
    """A dead engine with a full ring: the reset is counted everywhere, then traffic flows."""
    port.far_mac()
    port.plain_qdisc()
    port.no_byte_limit()
    port.settle()
    with kernel.Drops() as drops:
        with hanging(port), udp(port=DISCARD_PORT) as sock:
            send_numbered(sock, 20, 100)
            until(lambda: port.counter("tx_timeouts") > 0, "the reset", PATIENCE, pause=0.2)
        counters = books(port)
        assert counters["tx_lost"] >= 4
        assert drops.count("QUEUE_PURGE") == counters["tx_lost"] == counters["tx0_purged"]
    # All that is not lost has been sent in the end: 20, the neighbour's two.
    stats = port.stats()
    assert stats["tx_errors"] == counters["tx_lost"]
    assert stats["tx_dropped"] == 0
    assert int(port.shown("queues/tx-0/tx_timeout")) >= 1
    assert any("NETDEV WATCHDOG" in line or "timed out" in line for line in log.lines())
    assert can_echo()
    books(port)


def fast(port):
    """Sets a speed that full rings do not need half a minute for."""
    run("ethtool", "-s", port.name, "speed", 1000, "autoneg", "off")


def is_reset_in_time(port):
    """Asserts that a dead engine is found soon."""
    port.neighbour(NOBODY)
    with hanging(port), flood():
        until(lambda: port.counter("tx_timeouts") > 0, "the reset", PATIENCE, pause=0.2)


# The watchdog would look after some hours.
@pytest.mark.parameters(rate_kbps=10)
def test_a_faster_wire_is_watched_more_closely(port):
    """A limit that has shrunk holds at once, and not when the old one is over."""
    fast(port)
    is_reset_in_time(port)


def test_the_other_end_is_watched_more_closely():
    """The same at the other end of the cable."""
    with pair(pairs=1, ports=0, rate_kbps=10) as cable:
        with cable.there():
            fast(cable.far)
        is_reset_in_time(cable.near)


@pytest.mark.parametrize("attribute, slow, quick", [
    ("rate_kbps", 10, 1000000), ("overhead_bytes", 1000, 0)])
def test_an_item_changes_the_limit(namespace, item, attribute, slow, quick):
    """The same by configfs. The overhead of a GSO skb is that of each of its frames."""
    item["rate_kbps"] = 10000
    item[attribute] = slow
    item["power"] = 1
    port = Port(namespace)
    port.up()
    port.address()
    item[attribute] = quick
    is_reset_in_time(port)


@pytest.mark.parameters(tx_ring=2, rate_kbps=15)
def test_a_train_is_waited_for_that_was_not_expected(port, log):
    """What the stack hands over at once may be long after all: the watchdog waits for it."""
    names = ("tx-udp-segmentation", "tso")
    run("ethtool", "-K", port.name, *(word for name in names for word in (name, "off")))
    port.down()
    port.up()
    port.neighbour(NOBODY)
    port.no_byte_limit()
    run("ethtool", "-K", port.name, *(word for name in names for word in (name, "on")))
    with udp(port=DISCARD_PORT) as sock:
        sock.setsockopt(socket.SOL_UDP, UDP_SEGMENT, 1400)
        for _ in range(3):
            sock.send(bytes(60000))
        until(lambda: port.counter("tx_stops") > 0, "the ring is full")
        # A GSO skb takes 34 s; the limit for as many frames is 20 s.
        time.sleep(26)
    assert port.counter("tx_packets") < 60000 // 1400
    assert int(port.shown("queues/tx-0/tx_timeout")) == 0
    assert not any("NETDEV WATCHDOG" in line for line in log.lines())
    port.down()


# It would look after 90 s.
@pytest.mark.parameters(tx_ring=4, rate_kbps=50)
def test_engine_that_comes_back_by_itself_loses_nothing(port):
    """A hang that ends before the watchdog looks costs time and nothing else."""
    port.far_mac()
    port.no_byte_limit()
    port.plain_qdisc()
    before = port.settle()
    with udp(port=DISCARD_PORT) as sock:
        with hanging(port):
            send_numbered(sock, 20, 100)
            until(lambda: port.counter("tx_stops") > before["tx_stops"], "the ring is full")
            stuck = port.counters()
            assert stuck["tx0_completed"] == before["tx0_completed"]
        after = books(port)
    assert after["tx0_completed"] - before["tx0_completed"] == 20
    assert after["tx0_purged"] == 0


@pytest.mark.parameters(tx_ring=8, rate_kbps=0)
@pytest.mark.parametrize("ending", ["down", "del", "rmmod"])
def test_hanging_port_can_go(port, ending):
    """A port whose engine hangs with a full ring goes down, away, or with its module."""
    port.far_mac()
    port.no_byte_limit()
    port.settle()
    port.flag("hang-engine", True)
    with flood():
        until(lambda: port.counter("tx_stops") > 0, "the ring is full")
        take_away(port, ending)
    if ending != "down":
        assert not port.ns.ports()
        return
    assert books(port)["tx0_purged"] >= 8
    port.flag("hang-engine", False)
    port.up()
    assert can_echo()
