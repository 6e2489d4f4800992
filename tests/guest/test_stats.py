"""`ip -s link`, netdev-genl and `ethtool -S` tell the same story, and the true one."""

import re

import pytest

from helpers import ethtool, netdev_genl
from helpers.run import run_json
from helpers.traffic import Wire, echo_numbered
from helpers.vnet import NOBODY, books


def test_all_is_zero_at_first(link):
    """A port that was never up has counted nothing."""
    assert not any(link.counters().values())
    assert not any(link.stats().values())


def test_frames_and_bytes_are_exact(port):
    """Ten datagrams of 100 bytes: ten frames of 142 bytes each way, and the ARP."""
    port.neighbour(port.far_mac())
    port.settle()
    before, counted = port.stats(), port.counters()
    echo_numbered(10, 100)
    after_counted, after = books(port), port.stats()
    for name, value in (("tx_packets", 10), ("tx_bytes", 1420), ("rx_packets", 10),
                        ("rx_bytes", 1420)):
        assert after[name] - before[name] == value, name
    moved = {name: after_counted[name] - counted[name] for name in counted
             if after_counted[name] != counted[name]}
    assert {moved[name] for name in (
        "tx0_posted", "tx0_completed", "tx0_reaped", "rx0_delivered", "rx0_received",
        "echo_replies")} == {10}
    assert 1 <= moved["tx0_doorbells"] <= 10
    assert 1 <= moved["q0_interrupts"] <= 20
    assert moved["q0_polls"] >= 1


def test_short_frame_counts_with_its_padding(port):
    """As 802.3 counts octets, and as the other end counts them."""
    with Wire(port) as wire:
        before = port.settle()
        bytes_before = port.stats()["tx_bytes"]
        wire.send(bytes.fromhex(NOBODY.replace(":", "")) + bytes(8))
        after = books(port)
    assert after["tx0_posted"] - before["tx0_posted"] == 1
    assert port.stats()["tx_bytes"] - bytes_before == 60


def test_ip_link_shows_the_same_numbers(port):
    """The `ip -s link` that people type agrees with `ethtool -S`."""
    echo_numbered(5, 1000)
    counters = books(port)
    shown = run_json("ip", "-j", "-s", "link", "show", port.name)[0]["stats64"]
    assert shown["tx"]["packets"] == counters["tx0_completed"]
    assert shown["rx"]["packets"] == counters["rx0_received"]
    for name in ("errors", "dropped"):
        assert shown["tx"][name] == 0
        assert shown["rx"][name] == 0


def test_no_counter_repeats_a_statistic(port):
    """A statistic of the link, or of netdev-genl's, is not in `ethtool -S`: neither a queue's nor
    the sum of all.
    """
    standard = set(port.stats()).union(
        netdev_genl.stats(port), *netdev_genl.queue_stats(port).values())
    assert {"tx_packets", "tx_bytes", "tx_stops", "tx_wakes",
            "rx_packets", "rx_bytes", "rx_missed", "rx_missed_errors"} <= standard
    shown = {re.sub(r"^([a-z]+)\d+_", r"\1_", name) for name in ethtool.counters(port.name)}
    assert not shown & standard


def test_numbers_survive_down_and_up(port):
    """Counters go on after down and up, as those of any device."""
    def of_frames(counters):
        # The engine looks around when it has been stopped, which is no frame's doing.
        return {name: value for name, value in counters.items() if name != "timer_fires"}

    echo_numbered(5, 100)
    before, stats = of_frames(books(port)), port.stats()
    port.down()
    assert of_frames(books(port)) == before
    port.up()
    assert of_frames(port.settle()) == before
    assert port.stats() == stats


@pytest.mark.parameters(rate_kbps=0)
def test_numbers_never_run_backwards(port):
    """However often they are read under load, counters grow and the books hold."""
    port.far_mac()
    last = port.counters()
    for _ in range(20):
        echo_numbered(20, 100)
        now = books(port, idle=False)
        assert all(now[name] >= last[name] for name in now)
        last = now
    books(port)
