"""The faults of a port, and checks that nothing of them is left."""

import contextlib
import socket

from helpers import ethtool
from helpers.cpu import on_cpu
from helpers.pair import has_link, receiving, sending
from helpers.queues import all_books, flows, of_queues, settled, total
from helpers.rss import be_fair
from helpers.traffic import receive_numbered, send_numbered, udp
from helpers.wait import until

HANG, LOSE, STORM = "hang_engine", "lose_interrupts", "storm_interrupts"
STARVE, NO_MEMORY, FLAP = "starve_receive", "fail_receive_memory", "flap_carrier"
FAULTS = (HANG, LOSE, STORM, STARVE, NO_MEMORY, FLAP)

# More than a busy machine adds to a second.
A_SECOND = 6
# So many connections that some are on each queue.
FLOWS = 16
# On each of them.
BURST = 10


def inside(port):
    """A context where ethtool finds the port."""
    return port.room.inside() if hasattr(port, "room") else contextlib.nullcontext()


def flags(port):
    """The faults that ethtool shows."""
    with inside(port):
        shown = ethtool.flags(port.name)
    return {name for name in FAULTS if shown[name.replace("_", "-")]}


def set_faults(port, on, *names):
    """Turns some faults on or off, or all."""
    with inside(port):
        ethtool.set_flags(port.name, **dict.fromkeys(names or FAULTS, on))


@contextlib.contextmanager
def wrong(port, *names):
    """These are on while the block runs."""
    set_faults(port, True, *names)
    try:
        yield
    finally:
        set_faults(port, False, *names)


def no_faults(*items):
    """Asserts that the items say so."""
    assert [name for item in items for name in FAULTS if item[name] != "0"] == []


def be_ready(*ports):
    """Waits until earlier packets are out of the qdisc, which would have no room; and has
    connections use all queues.
    """
    has_link(*ports)
    for port in ports:
        settled(port)
        with inside(port):
            be_fair(port)


def echo_works(port):
    """Asserts that bursts pass on every queue and come back whole, and that the books balance."""
    be_ready(port)
    before = of_queues(port, "tx_completed") + of_queues(port, "rx_received")
    for cpu in (0, 1):
        with on_cpu(cpu), flows(FLOWS) as socks:
            for sock in socks:
                send_numbered(sock, BURST, 200)
                receive_numbered(sock, BURST, 200)
    after = of_queues(port, "tx_completed") + of_queues(port, "rx_received")
    assert all(now > then for then, now in zip(before, after)), (before, after)
    return all_books(port, lost=None)


def pair_works(one, other):
    """The same traffic from one end to the other, and back."""
    be_ready(one, other)
    for out, into in ((one, other), (other, one)):
        before = of_queues(out, "tx_completed") + of_queues(into, "rx_received")
        with receiving(into, 6000) as receiver:
            for cpu in (0, 1):
                for _ in range(FLOWS):
                    with on_cpu(cpu), sending(out, into, 6000) as sender:
                        send_numbered(sender, BURST, 200)
                        receive_numbered(receiver, BURST, 200)
        after = of_queues(out, "tx_completed") + of_queues(into, "rx_received")
        assert all(now > then for then, now in zip(before, after)), (before, after)
    pair_books(one, other)


def pair_books(one, other):
    """Asserts that the books of both ends balance, for themselves and with each other, if neither
    has been down with something in its ring.
    """
    def quiet():
        first, second = all_books(one, lost=None), all_books(other, lost=None)
        return (first, second) if one.counters() == first else None
    first, second = until(quiet, "both ends are quiet")
    for out, into in ((first, second), (second, first)):
        assert total(out, "tx_completed") == total(out, "tx_reaped"), out
        if total(into, "rx_purged") == 0:
            arrived = into["rx_packets"] + into["rx_missed"] + into["rx_filtered"]
            assert out["tx_packets"] == arrived + into["rx_no_memory"], (out, into)


def some_frames(port, count=5):
    """Gives the port something to send, on each queue."""
    frame = bytes.fromhex("ffffffffffff") + bytes(100)
    with inside(port), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.bind((port.name, 0))
        sock.setblocking(False)
        for cpu in (0, 1):
            with on_cpu(cpu), contextlib.suppress(OSError):
                for _ in range(count):
                    sock.send(frame)


def discard(count, size=100):
    """Sends to the far end, which does not answer, on each queue."""
    for cpu in (0, 1):
        with on_cpu(cpu), udp(port=9) as sock:
            send_numbered(sock, count, size)
