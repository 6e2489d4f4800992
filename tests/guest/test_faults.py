"""Faults of an echo port: each shows, and leaves nothing behind when it is turned off."""

import time

import pytest

from helpers import kernel
from helpers.faults import (
    A_SECOND, FAULTS, FLAP, HANG, LOSE, NO_MEMORY, STARVE, STORM, discard, echo_works, flags,
    no_faults, set_faults, wrong)
from helpers.pair import has_link
from helpers.queues import echoed, settled, total
from helpers.run import run
from helpers.traffic import ECHO_PORT, flood, numbered, receive_numbered, send_numbered, udp
from helpers.vnet import Port
from helpers.wait import until

# The least time that the driver allows is 5 s; the stack looks that often.
PATIENCE = 60


@pytest.fixture(name="cable0")
def cable0_fixture(item):
    """An item for an echo port with two queues."""
    item["queues"] = 2
    return item


@pytest.fixture(name="echo")
def echo_fixture(namespace, cable0):
    """That port, which is up and knows its neighbour."""
    cable0.on()
    port = Port(namespace)
    port.up()
    port.address()
    port.far_mac()
    return port


def test_hang(echo):
    """The watchdog resets the card, and again; what is lost is counted; nothing is sent until the
    fault is turned off.
    """
    before = settled(echo)
    with kernel.Drops() as drops:
        with wrong(echo, HANG):
            for times in (1, 2):
                discard(20)
                until(lambda times=times: echo.counter("tx_timeouts") >= times, "a reset",
                      PATIENCE, pause=0.2)
            assert total(echo.counters(), "tx_completed") == total(before, "tx_completed")
        counters = echo_works(echo)
        assert drops.count("QUEUE_PURGE") == counters["tx_lost"] == total(counters, "tx_purged")
    assert counters["tx_lost"] >= 2
    assert echo.stats()["tx_errors"] == counters["tx_lost"]
    assert sum(int(queue.read_text()) for queue in echo.sysfs("queues").glob("tx-*/tx_timeout")) \
        >= counters["tx_timeouts"]


def test_short_hang_loses_nothing(cable0, echo):
    """A hang that ends before the watchdog looks costs time."""
    # On a slow wire the watchdog has more patience than a busy machine needs.
    cable0["rate_kbps"] = 10_000
    with udp() as sock:
        with wrong(echo, HANG):
            send_numbered(sock, 100, 200)
            sock.settimeout(0.3)
            with pytest.raises(TimeoutError):
                sock.recv(2000)
            sock.settimeout(30)
        receive_numbered(sock, 100, 200)
    assert echo_works(echo)["tx_lost"] == 0


def test_lost_interrupts(echo):
    """The driver looks by itself, twice a second, for what was sent and what was received."""
    with wrong(echo, LOSE):
        took = []
        for number in range(3):
            start = time.monotonic()
            with udp() as sock:
                echoed(sock, number=number)
            took.append(time.monotonic() - start)
        assert min(took) < A_SECOND
        lost = settled(echo)
        assert total(lost, "q_interrupts_lost") >= 6
        echo_works(echo)
    after = echo_works(echo)
    assert after["rx_missed"] == 0
    assert total(settled(echo), "q_interrupts_lost") == total(after, "q_interrupts_lost")


def test_next_interrupt_makes_up_for_lost_ones(echo):
    """With any interrupt that comes, what was completed before is found."""
    with wrong(echo, LOSE, STORM), udp() as sock:
        took = []
        for number in range(40):
            start = time.monotonic()
            echoed(sock, number=number)
            took.append(time.monotonic() - start)
        # Else each but the first would take half a second.
        assert sorted(took)[5] < 0.4
    echo_works(echo)


def test_what_was_lost_comes_when_the_fault_is_turned_off(echo):
    """The driver does not wait for another interrupt."""
    with udp() as sock:
        for number in range(5):
            with wrong(echo, LOSE):
                sock.send(numbered(number, 100))
            assert sock.recv(2000) == numbered(number, 100)
    echo_works(echo)


def test_storm(echo):
    """Interrupts come without traffic, and with it; none when it is over."""
    before = settled(echo)
    with wrong(echo, STORM):
        for queue in (0, 1):
            name = f"q{queue}_interrupts"
            until(lambda name=name: echo.counter(name) > before[name] + 200, "a storm")
        assert total(echo.counters(), "tx_posted") == total(before, "tx_posted")
        with udp() as sock:
            send_numbered(sock, 100, 200)
            receive_numbered(sock, 100, 200)
    echo_works(echo)
    quiet = settled(echo)
    time.sleep(0.5)
    assert echo.counters() == quiet


def test_starvation(cable0, echo):
    """As many frames as there are receive descriptors, and no more; then it goes on."""
    run("ethtool", "-G", echo.name, "rx", 8)
    before = settled(echo)
    with udp() as sock:
        # One connection has one queue.
        with wrong(echo, STARVE):
            send_numbered(sock, 20, 100)
            receive_numbered(sock, 8, 100)
            after = settled(echo)
            assert after["rx_missed"] - before["rx_missed"] == 12
            assert total(after, "rx_delivered") - total(before, "rx_delivered") == 8
            sock.send(b"x")
            until(lambda: echo.counters()["rx_missed"] == after["rx_missed"] + 1,
                  "a frame is missed")
        for number in range(20):
            echoed(sock, number=number)
    run("ethtool", "-G", echo.name, "rx", 256)
    assert cable0["rx_ring"] == "256"
    echo_works(echo)


def test_no_memory_to_receive(echo):
    """The replies are dropped where they arrive, and counted; then they are received."""
    before, dropped = settled(echo), echo.stats()["rx_dropped"]
    with udp() as sock:
        with wrong(echo, NO_MEMORY):
            send_numbered(sock, 20, 100)
            until(lambda: echo.counter("rx_no_memory") == before["rx_no_memory"] + 20,
                  "nothing is received")
        receive_numbered_later(sock)
    after = echo_works(echo)
    assert after["rx_no_memory"] == before["rx_no_memory"] + 20
    # It is the card that lacks memory, not the host, which has replied.
    assert after["echo_no_memory"] == before["echo_no_memory"]
    assert echo.stats()["rx_dropped"] == dropped + 20


def receive_numbered_later(sock):
    """The next datagram is answered, and nothing came before it."""
    sock.send(b"next")
    assert sock.recv(2000) == b"next"


def test_flapping_carrier(cable0, echo):
    """The stack sees the carrier go and come; what is in the ring when it goes is lost."""
    cable0["rate_kbps"] = 1000
    before = echo.carrier_changes
    errors = echo.stats()["tx_carrier_errors"]
    with wrong(echo, FLAP), flood(size=1000):
        until(lambda: echo.carrier_changes >= before + 6, "it flaps")
        until(lambda: echo.stats()["tx_carrier_errors"] > errors, "frames are lost")
    has_link(echo)
    cable0["rate_kbps"] = 1_000_000
    after = echo_works(echo)
    assert echo.stats()["tx_carrier_errors"] == total(after, "tx_no_carrier")
    changes = echo.carrier_changes
    time.sleep(1.5)
    assert echo.carrier_changes == changes


@pytest.mark.parametrize("name", FAULTS)
def test_on_and_off_under_traffic(echo, name):
    """Again and again; after the last time all is well."""
    with flood(port=ECHO_PORT):
        for _ in range(15):
            set_faults(echo, True, name)
            time.sleep(0.02)
            set_faults(echo, False, name)
            time.sleep(0.02)
    echo_works(echo)


def test_all_at_once(cable0, echo):
    """On, off in every order."""
    with flood(port=ECHO_PORT):
        for first in range(len(FAULTS)):
            set_faults(echo, True)
            assert flags(echo) == set(FAULTS)
            time.sleep(0.1)
            for name in FAULTS[first:] + FAULTS[:first]:
                set_faults(echo, False, name)
    assert flags(echo) == set()
    no_faults(cable0)
    echo_works(echo)
