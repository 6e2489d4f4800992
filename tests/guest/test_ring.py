"""A full ring: the queue stops and wakes, nothing is lost, the order is kept."""

import contextlib

import pytest

from helpers.cpu import on_cpu
from helpers.faults import HANG, STARVE, wrong
from helpers.pktgen import Pktgen
from helpers.run import run
from helpers.traffic import DISCARD_PORT, echo_numbered, receive_numbered, send_numbered, udp
from helpers.vnet import NOBODY, books
from helpers.wait import until


def nothing_dropped(port):
    """Asserts that no frame was dropped on its way out or back."""
    assert port.qdisc()["drops"] == 0
    stats = port.stats()
    for name in ("tx_dropped", "tx_errors", "rx_dropped", "rx_missed_errors"):
        assert stats[name] == 0, name


@contextlib.contextmanager
def held(port, counter="tx_stops"):
    """What is sent in the block fills the ring, however slow the sender is: nothing leaves before
    the ring is full. The wires here are so slow that the watchdog does not mind.
    """
    before = port.counter(counter)
    with wrong(port, HANG):
        yield
        until(lambda: port.counter(counter) > before, "the ring is full")


def echo_held(port, count, size, counter="tx_stops"):
    """Sends a burst that fills the ring, which has to come back whole and in order."""
    with udp() as sock:
        with held(port, counter):
            send_numbered(sock, count, size)
        receive_numbered(sock, count, size)


@pytest.mark.parameters(tx_ring=8, rate_kbps=500)
def test_full_ring_stops_and_wakes_the_queue(bare):
    """A burst larger than the ring: stopped, woken, never busy, nothing lost, in order."""
    echo_held(bare, 200, 1000)
    counters = books(bare)
    assert counters["tx_stops"] > 0
    assert counters["tx_stops"] >= counters["tx_wakes"] > 0
    assert counters["tx0_busy"] == 0
    nothing_dropped(bare)


@pytest.mark.parameters(tx_ring=16, rate_kbps=500)
def test_stopped_queue_waits_for_a_quarter_of_the_ring(bare):
    """It is not stopped and woken for every single frame."""
    with udp(port=DISCARD_PORT) as sock, held(bare):
        send_numbered(sock, 100, 1000)
    assert 0 < books(bare)["tx_stops"] <= 1 + (100 - 16) / 4
    nothing_dropped(bare)


@pytest.mark.parameters(tx_ring=2, rate_kbps=100)
def test_smallest_ring(bare):
    """The same with a ring of two."""
    echo_held(bare, 300, 100)
    counters = books(bare)
    assert counters["tx_stops"] > 0
    assert counters["tx0_busy"] == 0
    nothing_dropped(bare)


@pytest.mark.parameters(tx_ring=256, rate_kbps=1000000)
def test_default_ring_and_rate(port):
    """Many datagrams on an ordinary port, with its byte limit."""
    port.plain_qdisc()
    port.far_mac()
    echo_numbered(2000, 1000)
    assert books(port)["tx0_busy"] == 0
    nothing_dropped(port)


@pytest.mark.parameters(tx_ring=8, rate_kbps=0)
def test_unlimited_wire(bare):
    """A burst on a wire that takes no time: nothing lost, in order, never busy."""
    # Replies come as fast as they are asked for: who asks, and who polls, share a CPU.
    with on_cpu(0):
        echo_numbered(2000, 64)
    assert books(bare)["tx0_busy"] == 0
    nothing_dropped(bare)


@pytest.mark.parameters(tx_ring=8, rate_kbps=500)
def test_never_stop_is_busy_and_requeues(bare):
    """With never-stop a full ring says busy; the stack requeues, and still nothing is lost."""
    bare.flag("never-stop", True)
    echo_held(bare, 200, 1000, "tx0_busy")
    counters = books(bare)
    assert counters["tx0_busy"] > 0
    assert counters["tx_stops"] == 0
    assert bare.qdisc()["requeues"] > 0
    nothing_dropped(bare)


@pytest.mark.parameters(tx_ring=8, rate_kbps=500)
def test_never_stop_can_be_taken_back(bare):
    """Off again, the queue stops, and busy is not counted any more."""
    bare.flag("never-stop", True)
    echo_held(bare, 60, 1000, "tx0_busy")
    bare.flag("never-stop", False)
    before = bare.settle()
    echo_held(bare, 60, 1000)
    assert books(bare)["tx0_busy"] == before["tx0_busy"]


@pytest.mark.parameters(tx_ring=4, rate_kbps=2)
def test_full_ring_stops_the_queue_when_never_stop_is_taken_back(bare):
    """Off while the ring is full, the next frame stops the queue, and busy is over."""
    bare.settle()
    bare.neighbour(NOBODY)
    bare.flag("never-stop", True)
    with udp(port=DISCARD_PORT) as sock:
        # Each frame takes 4 s.
        send_numbered(sock, 6, 1000)
        until(lambda: bare.counter("tx0_busy") > 0, "the ring is full")
        bare.flag("never-stop", False)
        completed = bare.counter("tx0_completed")
        stopped = until(lambda: (c := bare.counters())["tx_stops"] and c, "the queue is stopped")
        assert stopped["tx0_completed"] == completed
        assert bare.counter("tx0_busy") == stopped["tx0_busy"]
    bare.down()
    books(bare)


@pytest.mark.parameters(tx_ring=8, rate_kbps=500)
def test_flag_changes_while_the_ring_is_full(bare):
    """never-stop on and off in the middle of a burst: nothing is lost, nothing stands still."""
    with udp() as sock:
        with held(bare):
            send_numbered(sock, 400, 500)
        for _ in range(5):
            bare.flag("never-stop", True)
            bare.flag("never-stop", False)
        receive_numbered(sock, 400, 500)
    books(bare)
    nothing_dropped(bare)


@pytest.mark.parameters(tx_ring=64, rate_kbps=0)
@pytest.mark.parametrize("burst, clone", [(32, 1000), (1, 0)])
def test_pktgen_loses_nothing(bare, burst, clone):
    """pktgen, which heeds no byte limit, with shared skbs and xmit_more: the books balance."""
    before = bare.settle()["tx0_posted"]
    with Pktgen(bare, NOBODY, count=4800, burst=burst, clone=clone) as pktgen:
        sent = pktgen.run()
        assert pktgen.errors() == 0
    counters = books(bare)
    # pktgen goes over its count by up to a burst.
    assert counters["tx0_posted"] - before == sent >= 4800
    assert counters["tx0_busy"] == 0
    nothing_dropped(bare)


@pytest.mark.parameters(tx_ring=64, rate_kbps=0)
def test_batches_ring_the_doorbell_once(bare):
    """A burst of 32 announced with xmit_more takes far fewer doorbells than frames."""
    before = bare.settle()
    with Pktgen(bare, NOBODY, count=3200, burst=32) as pktgen:
        pktgen.run()
    after = books(bare)
    assert after["tx0_posted"] - before["tx0_posted"] >= 3200
    assert 100 <= after["tx0_doorbells"] - before["tx0_doorbells"] <= 400


@pytest.mark.parameters(tx_ring=16, rate_kbps=100000)
def test_pktgen_on_a_slow_wire(bare):
    """pktgen fills the ring for good: the queue stops and wakes, nothing is lost."""
    before = bare.settle()["tx0_posted"]
    with Pktgen(bare, NOBODY, count=1600, burst=32) as pktgen:
        sent = pktgen.run()
        assert pktgen.errors() == 0
    counters = books(bare)
    assert counters["tx0_posted"] - before == sent >= 1600
    assert counters["tx_stops"] > 0
    assert counters["tx0_busy"] == 0
    nothing_dropped(bare)


@pytest.mark.parameters(tx_ring=256, rx_ring=2, rate_kbps=0)
def test_replies_without_a_descriptor_are_missed_and_counted(bare):
    """A tiny receive ring: replies that find no descriptor count as missed, and no other way."""
    mac = bare.far_mac()
    with wrong(bare, STARVE), Pktgen(bare, mac, count=3200, udp_port=7) as pktgen:
        pktgen.run()
        counters = books(bare)
    assert counters["rx_missed"] > 0
    assert counters["rx0_delivered"] > 0
    assert bare.stats()["rx_missed_errors"] == counters["rx_missed"]


@pytest.mark.parameters(tx_ring=256, rx_ring=16, rate_kbps=0)
def test_each_receive_descriptor_takes_one_frame(bare):
    """Of a burst that is answered, as many replies arrive as there are descriptors."""
    mac, before = bare.far_mac(), bare.settle()
    with wrong(bare, STARVE), Pktgen(bare, mac, count=32, burst=32, udp_port=7) as pktgen:
        sent = pktgen.run()
        counters = books(bare)
    assert counters["rx0_delivered"] - before["rx0_delivered"] == 16
    assert counters["rx_missed"] == sent - 16


@pytest.mark.parameters(tx_ring=8, rate_kbps=500)
def test_small_qdisc_drops_and_the_port_does_not(bare):
    """What a qdisc drops never reaches the port, whose books still balance."""
    bare.plain_qdisc(limit=10)
    before = bare.settle()["tx0_posted"]
    with udp(port=DISCARD_PORT) as sock, held(bare):
        send_numbered(sock, 200, 1000)
    counters = books(bare)
    dropped = bare.qdisc()["drops"]
    assert dropped > 0
    assert counters["tx0_posted"] - before + dropped == 200
    assert run("ping", "-n", "-c", 1, "192.0.2.2").returncode == 0
