"""What one end says it has sent is what the other end says it has received."""

import socket

import pytest

from helpers.pair import (
    be_silent, books_of_pair, datagrams, nothing_in_the_way, settled)
from helpers.traffic import receive_numbered, roomy, send_numbered

pytestmark = pytest.mark.parameters(pairs=1, rx_ring=4096)

UDP_SEGMENT = 103
HEADERS = 14 + 20 + 8


def both_stats(cable):
    """`ip -s link` of both ends while they are idle: what was sent, what was received."""
    (_, sent), (_, got) = settled(cable.a, cable.b)
    return sent, got


def crossed(cable, transfer):
    """What a transfer adds to packets and bytes; asserts that both ends say the same."""
    sent, got = both_stats(cable)
    transfer()
    sent_after, got_after = both_stats(cable)
    result = []
    for what in ("packets", "bytes"):
        out = sent_after[f"tx_{what}"] - sent[f"tx_{what}"]
        into = got_after[f"rx_{what}"] - got[f"rx_{what}"]
        assert out == into, what
        result.append(out)
    assert got_after["rx_missed_errors"] == got["rx_missed_errors"]
    return result


@pytest.fixture(name="silent")
def silent_fixture(cable):
    """A cable where nobody says anything unasked."""
    be_silent(cable)
    nothing_in_the_way(cable)
    return cable


@pytest.mark.parametrize("size", [10, 1000, 1472])
def test_datagrams_count_the_same(silent, size):
    """Packets and bytes of plain datagrams, which are known, at both ends."""
    out, into = datagrams(silent.a, silent.b)

    def transfer():
        send_numbered(out, 100, size)
        receive_numbered(into, 100, size)
    assert crossed(silent, transfer) == [100, 100 * max(size + HEADERS, 60)]
    books_of_pair(silent)


@pytest.mark.parametrize("tx, rx", [
    ("on", "on"), ("on", "off"), ("off", "on")], ids=["gso", "cut at the end", "cut before"])
def test_segments_count_as_the_frames_they_are(silent, tx, rx):
    """A datagram that the card cuts counts as what it is cut into, each with its headers."""
    silent.a.run("ethtool", "-K", silent.a.name, "tx-udp-segmentation", tx)
    silent.b.run("ethtool", "-K", silent.b.name, "gro", rx)
    try:
        out, into = datagrams(silent.a, silent.b)
        out.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1000)
        posted = silent.a.counter("tx0_posted")

        def transfer():
            for _ in range(5):
                out.send(bytes(10_500))
            for _ in range(55):
                into.recv(2000)
        assert crossed(silent, transfer) == [55, 5 * (10_500 + 11 * HEADERS)]
        assert silent.a.counter("tx0_posted") - posted == (5 if tx == "on" else 55)
    finally:
        silent.a.run("ethtool", "-K", silent.a.name, "tx-udp-segmentation", "on")
        silent.b.run("ethtool", "-K", silent.b.name, "gro", "on")


@pytest.mark.parametrize("tso", ["on", "off"])
def test_tcp_counts_the_same(silent, tso):
    """A TCP stream, whole GSO skbs of it or frame by frame: both ends count the same frames."""
    silent.a.run("ethtool", "-K", silent.a.name, "tso", tso)
    try:
        before = silent.a.counters()
        packets, size = crossed(silent, lambda: stream(silent.a, silent.b, 500_000))
        after = silent.a.counters()
        # No frame on the wire is longer than what the MTU lets through.
        assert size >= 500_000 + packets * 54
        assert packets >= 500_000 / 1448
        posted = after["tx0_posted"] - before["tx0_posted"]
        assert posted < packets if tso == "on" else posted >= packets
    finally:
        silent.a.run("ethtool", "-K", silent.a.name, "tso", "on")
    books_of_pair(silent)


def stream(sender, receiver, size):
    """Sends so many bytes over TCP."""
    listener = roomy(receiver.socket(socket.AF_INET, socket.SOCK_STREAM))
    listener.bind((receiver.v4, 5003))
    listener.listen()
    out = roomy(sender.socket(socket.AF_INET, socket.SOCK_STREAM))
    out.connect((receiver.v4, 5003))
    into, _ = listener.accept()
    into.settimeout(30)
    with listener, into, out:
        out.setblocking(True)
        # All of it fits into the buffers of both.
        out.sendall(bytes(size))
        got = 0
        while got < size:
            got += len(into.recv(1 << 20))


def test_tagged_frames_count_with_their_tag(silent):
    """The tag is on the wire, wherever the stack keeps it: four bytes more at both ends."""
    for end, host in zip(silent.ends, (1, 2)):
        end.run("ip", "link", "add", "link", end.name, "name", "tagged", "type", "vlan", "id", 5)
        end.run("ip", "addr", "add", f"198.51.100.{host}/24", "dev", "tagged")
        end.run("ip", "link", "set", "tagged", "up")
    silent.a.run("ip", "neigh", "add", "198.51.100.2", "lladdr", silent.b.mac, "dev", "tagged")
    into = silent.b.socket(socket.AF_INET, socket.SOCK_DGRAM)
    into.bind(("198.51.100.2", 5000))
    out = silent.a.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.connect(("198.51.100.2", 5000))

    def transfer():
        send_numbered(out, 20, 1000)
        receive_numbered(into, 20, 1000)
    assert crossed(silent, transfer) == [20, 20 * (1000 + HEADERS + 4)]
