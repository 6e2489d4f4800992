"""The two ends of a pair: a frame that goes in at one comes out at the other, and both count it."""

import contextlib
import fcntl
import socket
import struct
import termios

from helpers.cable import Cable
from helpers.traffic import roomy
from helpers.vnet import balanced
from helpers.wait import until

# Longer than any test; a poll that is put off for so long is not going to come.
STALL_NS = 120_000_000_000


class OneOfMany(Cable):
    """A cable that need not be there any more at the end: there are more pairs."""

    def __init__(self, room_a, room_b, number):
        super().__init__(room_a, room_b)
        for end, name in zip(self.ends, (2 * number, 2 * number + 1)):
            end.name = f"vnet{name}"

    def __exit__(self, *_):
        """The rest of the pair goes with its room."""


def receiving(receiver, port):
    """A UDP socket for datagrams to an end."""
    sock = roomy(receiver.socket(socket.AF_INET, socket.SOCK_DGRAM))
    sock.bind((receiver.v4, port))
    return sock


def sending(sender, receiver, port):
    """A UDP socket from one end to the other, whose flow is like no other's."""
    sock = roomy(sender.socket(socket.AF_INET, socket.SOCK_DGRAM))
    sock.connect((receiver.v4, port))
    return sock


def datagrams(sender, receiver, port=5000):
    """Two UDP sockets, from one end to the other: the sender, the receiver."""
    into = receiving(receiver, port)
    return sending(sender, receiver, port), into


def know_each_other(cable):
    """Fixes the addresses of both ends, so that the stack does not ask for them."""
    cable.a.neighbour(cable.b.mac, cable.b.v4)
    cable.b.neighbour(cable.a.mac, cable.a.v4)


def be_silent(cable):
    """Only the test sends from now on."""
    for end in cable.ends:
        end.room.sysctl("net/ipv6/conf/all/disable_ipv6", 1)
    know_each_other(cable)
    for end in cable.ends:
        end.settle()


def nothing_in_the_way(cable):
    """No qdisc drops anything, and no byte limit keeps it from the ring.

    A busy machine lets frames wait for longer than fq_codel likes.
    """
    for end in cable.ends:
        with end.room.inside():
            end.plain_qdisc()
            end.no_byte_limit()


def unsent(sock):
    """The bytes of the send buffer that are in use: SIOCOUTQ."""
    return struct.unpack("=i", fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)))[0]


def is_clear(sock):
    """Whether all packets that the socket has sent were freed."""
    return unsent(sock) == 0


@contextlib.contextmanager
def stalled(end, out):
    """The end does not poll while the block runs. `out` is a socket to or from it.

    The core puts the next interrupt off after a poll that had something to do.
    """
    end.sysfs("napi_defer_hard_irqs").write_text("1000")
    end.sysfs("gro_flush_timeout").write_text(str(STALL_NS))
    before = end.counter("q0_polls")
    out.send(b"the last one to be polled for")

    def has_polled():
        now = end.counters()
        return now["q0_polls"] > before and now["tx0_reaped"] == now["tx0_completed"] \
            and now["rx0_received"] == now["rx0_delivered"]
    until(has_polled, f"{end.name} has polled")
    try:
        yield
    finally:
        for name in ("gro_flush_timeout", "napi_defer_hard_irqs"):
            end.sysfs(name).write_text("0")
        # This takes back the packets that were put off.
        end.down()
        end.up()


def carrier(end):
    """The end's link as the stack knows it: its carrier, and its state."""
    return end.has_carrier, end.shown("operstate")


def has_link(*ends):
    """Waits until all of these ends have a carrier."""
    for end in ends:
        until(lambda end=end: carrier(end) == (True, "up"), f"{end.name} has a carrier")


def has_no_link(*ends):
    """Waits until none of these ends has a carrier."""
    for end in ends:
        until(lambda end=end: carrier(end) == (False, "down"), f"{end.name} has no carrier")


def settled(sender, receiver):
    """Counters and statistics of two ends that are idle at the same time."""
    def both():
        out, into = balanced(sender), balanced(receiver)
        return (out, into) if sender.counters() == out[0] else None
    return until(both, "both ends are quiet")


def agree(sender, receiver):
    """Asserts that the other end got all frames that one end has sent, or counts them as lost.

    Holds from the time when the pair was made, if the receiver never cut a GSO skb.
    """
    (out, sent), (into, got) = settled(sender, receiver)
    assert out["tx0_posted"] == out["tx0_reaped"] + out["tx0_purged"], out
    assert out["tx0_completed"] == out["tx0_reaped"], out
    assert into["rx0_delivered"] == into["rx0_received"] + into["rx0_purged"], into
    assert sent["tx_packets"] == out["tx_packets"], (sent, out)
    assert sent["tx_carrier_errors"] == out["tx0_no_carrier"], (sent, out)
    assert got["rx_packets"] == into["rx_packets"], (got, into)
    assert got["rx_missed_errors"] == into["rx_missed"], (got, into)
    if into["rx0_purged"] == 0:
        arrived = into["rx_packets"] + into["rx_missed"] + into["rx_filtered"]
        assert out["tx_packets"] == arrived + into["rx_no_memory"], (out, into)
    return out, into


def books_of_pair(cable):
    """Asserts that the books of both ends balance, for themselves and with each other."""
    agree(cable.a, cable.b)
    agree(cable.b, cable.a)
    for end in cable.ends:
        if end.is_up:
            until(lambda end=end: end.bql("inflight") == 0, "nothing is in flight for BQL")
