"""Rings that change their size under traffic: what is in flight is carried over."""

import errno
import os
import random
import time

import pytest

from helpers import kernel
from helpers.near_far import Stream, pair
from helpers.queues import (
    all_books, ask_for_rings, echoed, inflight, rings, set_channels, set_rings, settled)
from helpers.run import run
from helpers.traffic import (
    DISCARD_PORT, Flood, can_echo, echo_numbered, flood, numbered, receive_numbered, send_numbered,
    udp)
from helpers.vnet import NOBODY, books
from helpers.wait import until

SIZE = "A ring's size must be a power of two from 2 to 4096"
BUSY = "More descriptors are in use than the new ring has: try again later"


def refused(port, errno, why, **sizes):
    """Asserts that a change is refused with a reason, and that nothing has changed."""
    before = rings(port)
    result = set_rings(port, check=False, **sizes)
    assert result.returncode != 0
    assert errno in result.stdout
    assert why in result.stdout
    assert rings(port) == before


@pytest.mark.parametrize("sizes, why", [
    ({"tx": 0}, SIZE), ({"rx": 0}, SIZE), ({"tx": 1}, SIZE), ({"rx": 3}, SIZE),
    ({"tx": 100}, SIZE), ({"tx": 64, "rx": 65}, SIZE),
    ({"tx": 8192}, "exceeds maximum"), ({"rx": 4097}, "exceeds maximum"),
    ({"rx-mini": 16}, "exceeds maximum"),
])
def test_bad_sizes_are_refused(port, sizes, why):
    """No power of two, nothing, too much: EINVAL with a reason; nothing changes."""
    refused(port, "Invalid argument", why, **sizes)
    assert can_echo()


@pytest.mark.parameters(rate_kbps=100)
def test_sizes_of_a_port_that_is_down(link):
    """-G on a port that is down holds from when it comes up."""
    set_rings(link, tx=8, rx=16)
    assert rings(link) == (8, 16)
    refused(link, "Invalid argument", SIZE, tx=9)
    link.up()
    link.address()
    assert rings(link) == (8, 16)
    link.plain_qdisc()
    link.no_byte_limit()
    link.far_mac()
    link.flag("hang-engine", True)
    with udp(port=DISCARD_PORT) as sock:
        before = link.counter("tx0_posted")
        send_numbered(sock, 20, 100)
        assert link.counter("tx0_posted") - before <= 8
        link.flag("hang-engine", False)
        books(link)


@pytest.mark.skipif(os.cpu_count() < 2, reason="takes two CPUs")
@pytest.mark.parameters(queues=2)
def test_one_grace_period(port):
    """-G waits for one, however many queues there are. Others may do so at the same time."""
    with kernel.Probes("synchronize_net") as probes:
        waits = []
        for size in 5 * (512, 256):
            before = probes.hits("synchronize_net")
            ask_for_rings(port, tx=size, rx=size)
            waits.append(probes.hits("synchronize_net") - before)
    assert min(waits) == 1, waits
    assert rings(port) == (256, 256)


def faster(port):
    """Makes an end of what would take too long: what waits for the wire goes at 1 Gbit/s."""
    run("ethtool", "-s", port.name, "speed", 1000, "autoneg", "off")


@pytest.mark.parameters(tx_ring=64, rx_ring=256, rate_kbps=20)
def test_datagrams_in_flight_are_carried_over(bare):
    """-G in the middle of a burst, larger, smaller and back: all come back, in order, once."""
    with udp() as sock:
        # Each takes 0.2 s.
        send_numbered(sock, 200, 500)
        for sizes in ({"tx": 256}, {"rx": 1024}, {"tx": 4096, "rx": 4096}, {"tx": 512}):
            set_rings(bare, **sizes)
        assert bare.counter("tx0_completed") < 200, "too late"
        faster(bare)
        receive_numbered(sock, 200, 500)
        sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            sock.recv(100)
    counters = books(bare)
    assert counters["tx0_purged"] == counters["rx0_purged"] == counters["tx0_busy"] == 0
    set_rings(bare, tx=2, rx=2)
    assert rings(bare) == (2, 2)
    echo_numbered(20, 100)


@pytest.mark.parameters(tx_ring=8, rate_kbps=2)
def test_a_full_ring_that_grows_wakes_its_queue(bare):
    """The ring is full and the queue stopped: a larger one takes what waits, at once."""
    with udp() as sock:
        # Each takes 2 s: what waits would do so for a minute.
        send_numbered(sock, 40, 500)
        stopped = bare.counters()
        assert stopped["tx_stops"] > 0
        assert bare.qdisc()["qlen"] > 20
        set_rings(bare, tx=64)
        until(lambda: bare.qdisc()["qlen"] == 0, "the ring takes what waited", seconds=30)
        assert bare.counter("tx0_posted") - stopped["tx0_posted"] > 20
        faster(bare)
        receive_numbered(sock, 40, 500)
    assert books(bare)["tx0_purged"] == 0


# So that the watchdog lets the engine hang for more than a minute.
@pytest.mark.parameters(tx_ring=8, rate_kbps=100)
def test_a_ring_grows_while_the_engine_hangs(bare):
    """With a dead engine a full ring grows again and again; alive again, it sends all."""
    bare.flag("hang-engine", True)
    with udp() as sock:
        send_numbered(sock, 100, 200)
        for size in (16, 32, 64):
            before = bare.counter("tx0_reaped")
            set_rings(bare, tx=size)
            until(lambda size=size, before=before:
                  bare.counter("tx0_posted") - before >= size - 2, "the ring fills up")
            assert bare.counter("tx0_reaped") == before
        bare.flag("hang-engine", False)
        receive_numbered(sock, 100, 200)
    assert books(bare)["tx0_purged"] == 0


@pytest.mark.parameters(tx_ring=64, rate_kbps=1000)
def test_smaller_than_what_is_in_flight_is_refused(bare):
    """EBUSY with a reason; nothing changes and nothing is lost. What just fits is taken."""
    before = settled_posts(bare)
    bare.flag("hang-engine", True)
    with udp() as sock:
        send_numbered(sock, 30, 200)
        assert bare.counter("tx0_posted") - before == 30
        refused(bare, "Device or resource busy", BUSY, tx=16)
        refused(bare, "Device or resource busy", BUSY, tx=2, rx=64)
        assert bare.counter("tx0_posted") - before == 30
        set_rings(bare, tx=32)
        bare.flag("hang-engine", False)
        receive_numbered(sock, 30, 200)
        set_rings(bare, tx=16)
    counters = books(bare)
    assert counters["tx0_purged"] == counters["rx0_purged"] == 0


@pytest.mark.parameters(tx_ring=8, rate_kbps=2)
def test_a_full_ring_stays_stopped(bare):
    """A refused -G, and one to what is in the ring, wake no queue that has no room."""
    with udp() as sock:
        send_numbered(sock, 40, 500)
        refused(bare, "Device or resource busy", BUSY, tx=4)
        set_rings(bare, tx=8)
        faster(bare)
        receive_numbered(sock, 40, 500)
    assert books(bare)["tx0_busy"] == 0


def settled_posts(port):
    """How many frames a port has posted, once that says all."""
    return port.settle()["tx0_posted"]


def put_off(port):
    """Interrupts come only a second after what they are for."""
    run("ethtool", "-C", port.name, "rx-usecs", 1000000, "rx-frames", 0,
        "tx-usecs", 1000000, "tx-frames", 0)


@pytest.mark.parameters(tx_ring=64, rx_ring=64, rate_kbps=0)
def test_replies_in_the_ring_are_carried_over(bare):
    """Replies whose interrupt is put off come after a -G too, with no other frame to wake us."""
    put_off(bare)

    def carried():
        size = 32 if rings(bare)[1] == 64 else 64
        with udp() as sock:
            start = time.monotonic()
            send_numbered(sock, 20, 200)
            ask_for_rings(bare, rx=size)
            in_time = time.monotonic() - start < 0.9
            receive_numbered(sock, 20, 200)
        return in_time
    until(carried, "the ring is changed before the interrupt", seconds=120)
    assert books(bare)["rx0_purged"] == 0


@pytest.mark.parameters(tx_ring=64, rx_ring=64, rate_kbps=0)
def test_smaller_than_what_has_arrived_is_refused(bare):
    """EBUSY while more has arrived than the new ring holds."""
    put_off(bare)

    def busy():
        with udp() as sock:
            send_numbered(sock, 20, 200)
            try:
                ask_for_rings(bare, rx=16)
            except OSError as error:
                assert (error.errno, error.strerror) == (errno.EBUSY, BUSY)
                refused_now = True
            else:
                # Too late: a second had passed.
                refused_now = False
            receive_numbered(sock, 20, 200)
        if not refused_now:
            set_rings(bare, rx=64)
        return refused_now
    until(busy, "it is refused", seconds=120)
    assert rings(bare) == (64, 64)
    assert books(bare)["rx0_purged"] == 0


@pytest.mark.parameters(tx_ring=64, rate_kbps=2)
def test_nothing_is_in_flight_for_bql_in_the_end(port):
    """BQL counts what is carried over once, and gets to 0."""
    port.neighbour(NOBODY)
    port.no_byte_limit()
    with udp(port=DISCARD_PORT) as sock:
        before = port.counter("tx0_reaped")
        send_numbered(sock, 20, 500)
        in_ring = inflight(port)
        assert in_ring > 15 * 500
        set_rings(port, tx=256)
        gone = port.counter("tx0_reaped") - before
        assert inflight(port) >= (20 - gone - 1) * 542
        faster(port)
        books(port)
    assert inflight(port) == 0


@pytest.mark.parameters(queues=2)
def test_thirty_changes_under_load(port):
    """Random sizes and channels while two floods run: the books balance, all works after it."""
    port.far_mac()
    with flood(port=7), flood(port=7):
        for _ in range(15):
            sizes = {way: 2 << random.randrange(11) for way in ("tx", "rx")}
            result = set_rings(port, check=False, **sizes)
            assert result.returncode == 0 or BUSY in result.stdout, result.stdout
            set_channels(port, random.choice((1, 2)))
            # This is never refused.
            set_rings(port, tx=4096, rx=4096)
    set_channels(port, 2)
    settled(port)
    set_rings(port, tx=256, rx=256)
    counters = all_books(port, lost=None)
    assert counters["echo_replies"] > 0
    with udp() as sock:
        echoed(sock)


def test_tcp_over_a_pair_survives_resizes():
    """A TCP stream through a pair, with -G at both ends: every byte arrives, once, in order."""
    with pair(pairs=1, ports=0) as cable:
        with Stream(cable) as stream:
            for tx, rx in ((64, 64), (1024, 2048), (16, 32), (256, 256)):
                set_rings(cable.near, check=False, tx=tx)
                with cable.there():
                    set_rings(cable.far, check=False, rx=rx)
                start = stream.received
                until(lambda start=start: stream.received > start + (1 << 18), "bytes arrive")
        assert all_books(cable.near)["tx0_purged"] == 0
        with cable.there():
            assert all_books(cable.far)["rx0_purged"] == 0


def test_receive_ring_changes_under_load():
    """-G rx to and fro while the other end sends as fast as it can: done or refused, it drops
    nothing of what is in the ring.
    """
    with pair(pairs=1, ports=0, rx_ring=1024, rate_kbps=20000) as cable:
        cable.near.plain_qdisc()
        with cable.receiver(), Flood(udp(port=7000)):
            for size in (32, 1024) * 10:
                with cable.there():
                    result = set_rings(cable.far, check=False, rx=size)
                assert result.returncode == 0 or BUSY in result.stdout, result.stdout
        settled(cable.near)
        with cable.there():
            counters = settled(cable.far)
        assert counters["rx0_received"] > 100
        assert counters["rx0_purged"] == 0


def test_datagrams_over_a_pair_are_carried_over():
    """Numbered datagrams on a slow cable, with -G at both ends: all arrive, in order."""
    with pair(pairs=1, ports=0, rate_kbps=20, tx_ring=64) as cable:
        cable.near.plain_qdisc()
        with cable.receiver(port=7000) as there, udp(port=7000) as sock:
            # Each takes 0.2 s.
            send_numbered(sock, 150, 500)
            for size in (256, 1024, 512):
                set_rings(cable.near, tx=size, rx=size)
                with cable.there():
                    set_rings(cable.far, tx=size, rx=size)
            assert cable.near.counter("tx0_completed") < 150, "too late"
            faster(cable.near)
            receive_numbered(there, 150, 500)
            there.sendto(numbered(7, 100), sock.getsockname())
            assert sock.recv(1000) == numbered(7, 100)
        settled(cable.near)
        assert all_books(cable.near)["tx0_purged"] == 0
