"""The table of drops in vnet_rs/driver/counters.rs is true: reason, `ip -s link`, `ethtool -S`.

QUEUE_PURGE is in test_teardown.py and test_watchdog.py.
"""

import contextlib
import os
import socket

import pytest

from helpers import kernel
from helpers.cpu import on_cpu
from helpers.failslab import FAILSLAB, needs_failslab
from helpers.faults import STARVE, wrong
from helpers.pktgen import Pktgen
from helpers.queues import all_books
from helpers.run import run
from helpers.sweep import choose_caches
from helpers.traffic import (
    DISCARD_PORT, Flood, Wire, can_echo, echo_numbered, send_numbered, udp)
from helpers.tunnel import tunnel_to
from helpers.vnet import FAR4, NOBODY, books
from helpers.wait import until

SO_MARK = 36


@pytest.mark.parametrize("length, counter, reason", [
    (1, "tx0_too_short", "PKT_TOO_SMALL"), (13, "tx0_too_short", "PKT_TOO_SMALL"),
    (9023, "tx0_too_long", "PKT_TOO_BIG"), (20000, "tx0_too_long", "PKT_TOO_BIG"),
])
def test_frame_of_impossible_length(port, length, counter, reason):
    """Too short or too long for a frame: dropped, for that reason, and a TX error."""
    before = port.settle()
    with kernel.Drops() as drops, tunnel_to(port) as send:
        send(bytes(length))
        until(lambda: port.counter(counter) > before[counter], f"{counter} moves")
        assert drops.reasons() == [reason]
    after = books(port)
    assert after[counter] - before[counter] == 1
    assert after["tx0_posted"] == before["tx0_posted"]
    assert port.stats()["tx_errors"] == 1


@pytest.mark.parametrize("length", [14, 9022])
def test_frame_of_extreme_length_is_sent(port, length):
    """The shortest and the longest frame are sent."""
    before = port.settle()
    with tunnel_to(port) as send:
        send(bytes.fromhex(NOBODY.replace(":", "")) + bytes(length - 6))
        until(lambda: port.counter("tx0_completed") > before["tx0_completed"], "it is sent")
    books(port)
    assert port.stats()["tx_errors"] == 0


def test_what_has_been_sent_is_not_dropped(port):
    """Frames that have left the wire are consumed, whether the far end answers or not."""
    port.far_mac()
    with kernel.Drops() as drops:
        echo_numbered(20, 100)
        with udp(port=DISCARD_PORT) as sock:
            send_numbered(sock, 20, 100)
        assert books(port)["echo_ignored"] >= 20
        assert drops.reasons() == []


@pytest.mark.parameters(tx_ring=256, rx_ring=2, rate_kbps=0)
def test_reply_without_a_descriptor(port):
    """A reply that finds no descriptor free is dropped for that, and counts as missed."""
    mac = port.far_mac()
    with kernel.Drops() as drops, wrong(port, STARVE):
        with Pktgen(port, mac, count=320, udp_port=7) as pktgen:
            pktgen.run()
        counters = books(port)
        assert drops.count("FULL_RING") == counters["rx_missed"] > 0
    assert port.stats()["rx_missed_errors"] == counters["rx_missed"]


@pytest.mark.parameters(rate_kbps=0)
def test_frame_for_a_port_that_just_went_down(port):
    """Who sends around the qdisc may be late: if so, that is DEV_READY and TX dropped.

    It takes a race to be late; what must hold is that the numbers agree.
    """
    frame = bytes.fromhex(NOBODY.replace(":", "")) + bytes(54)
    with kernel.Drops() as drops:
        load = Flood(Wire(port, bypass=True).sock)
        load.payload = frame
        with load:
            for _ in range(10):
                port.down()
                port.up()
        counters = books(port)
        assert drops.count("DEV_READY") == counters["tx0_down"]
    assert port.stats()["tx_dropped"] >= counters["tx0_down"] + counters["tx0_purged"]


@pytest.mark.skipif(os.cpu_count() < 2, reason="takes two CPUs")
@pytest.mark.parameters(queues=2, tx_ring=64, rate_kbps=1000)
def test_frame_for_a_queue_that_is_not_locked(port):
    """Below mq, a classifier gives the last frame of a batch another queue than the others': it is
    dropped, and the doorbell rings all the same for those before it.
    """
    port.no_byte_limit()
    port.far_mac()
    for command in (f"qdisc replace dev {port.name} root handle 1: mq",
                    f"qdisc replace dev {port.name} parent 1:1 handle 10: prio",
                    f"filter add dev {port.name} parent 10: protocol ip handle 1 fw classid 10:2"
                    " action skbedit queue_mapping 1"):
        run("tc", *command.split())
    # The watchdog allows for more than a minute.
    port.flag("hang-engine", True)
    with kernel.Drops() as drops, on_cpu(0), udp(port=DISCARD_PORT) as sock, udp() as marked:
        marked.setsockopt(socket.SOL_SOCKET, SO_MARK, 1)
        before = port.counters()
        # The ring is full, and what is sent from now on waits for some room.
        until(lambda: sock.send(b"x") and port.counter("tx_stops") > before["tx_stops"],
              "the queue stops", pause=0)
        posted = port.counter("tx0_posted")
        send_numbered(sock, 5, 100)
        send_numbered(marked, 1, 100)
        port.flag("hang-engine", False)
        until(lambda: port.counter("tx0_posted") == port.counter("tx0_completed") == posted + 5,
              "the others are sent")
        assert drops.count("NOT_SPECIFIED") == 1
    assert port.stats()["tx_dropped"] == 1
    counters = all_books(port)
    assert counters["tx1_posted"] == before["tx1_posted"]
    assert counters["tx0_posted"] == posted + 5


@contextlib.contextmanager
def no_atomic_memory():
    """No skb for anybody who must not sleep, as in softirq, while the block runs."""
    choose_caches("skbuff_head_cache")
    settings = {"verbose": 0, "ignore-gfp-wait": "Y", "cache-filter": "Y", "times": -1,
                "interval": 1, "probability": 100}
    for name, value in settings.items():
        (FAILSLAB / name).write_text(str(value))
    try:
        yield
    finally:
        (FAILSLAB / "probability").write_text("0")
        (FAILSLAB / "cache-filter").write_text("N")


@needs_failslab
def test_no_memory_for_a_reply(port):
    """Without memory there is no reply. It counts as such, and is the far host's loss."""
    port.far_mac()
    before = port.settle()
    with udp(FAR4) as sock:
        with no_atomic_memory():
            for _ in range(100):
                sock.send(b"x")
            until(lambda: port.counter("tx0_completed") - before["tx0_completed"] >= 100,
                  "all is sent")
        after = books(port)
    missing = after["echo_no_memory"] - before["echo_no_memory"]
    assert missing > 0
    assert port.stats()["rx_dropped"] == 0
    assert can_echo()
