"""A GSO skb takes the wire as long as its frames do, each with all that a frame has."""

import socket
import time

import pytest

from helpers.run import run
from helpers.stream import UDP_SEGMENT, connection, datagrams, noise, push
from helpers.wait import until

RATE = 1_000_000
# Preamble, frame check sequence, gap.
OVERHEAD = 24


@pytest.fixture(name="slow")
def slow_fixture(bench):
    """A wire of 1 Mbit/s."""
    run("ethtool", "-s", bench.near.name, "speed", 1, "autoneg", "off")
    yield bench
    run("ethtool", "-s", bench.near.name, "speed", 1000, "autoneg", "off")


@pytest.mark.parametrize("uso", [True, False], ids=["uso on", "uso off"])
@pytest.mark.parametrize("payload, frame", [(100, 142), (10, 60)], ids=["headers", "padding"])
def test_train_takes_its_time(slow, uso, payload, frame):
    """Headers, padding to the shortest frame, preamble, FCS and gap count for each segment."""
    skbs, segments = 3, 60
    slow.near.set_features({"tx-udp-segmentation": uso})
    with datagrams(slow) as (sender, receiver):
        sender.setsockopt(socket.SOL_UDP, UDP_SEGMENT, payload)
        before = slow.settle()[0]
        start = time.monotonic()
        for _ in range(skbs):
            sender.send(noise(segments * payload))
        packets = before["tx_packets"] + skbs * segments
        until(lambda: slow.near.counter("tx_packets") >= packets, "all has left", pause=0.001)
        took = time.monotonic() - start
        for _ in range(skbs * segments):
            assert len(receiver.recv(65535)) == payload
    assert took >= skbs * segments * (frame + OVERHEAD) * 8 / RATE


@pytest.mark.parametrize("tso", [True, False], ids=["tso on", "tso off"])
def test_tcp_takes_its_time(slow, tso):
    """All frames of a TCP stream, in GSO skbs or one by one, with all that a frame has."""
    slow.near.set_features({"tx-tcp-segmentation": tso})
    with connection(slow) as (sender, receiver):
        before = slow.settle()[0]
        start = time.monotonic()
        push(sender, receiver, noise(60_000))
        after = slow.settle()[0]
        took = time.monotonic() - start
    packets, octets = (after[name] - before[name] for name in ("tx_packets", "tx_bytes"))
    assert packets >= 60_000 // 1460
    assert took >= (octets + packets * OVERHEAD) * 8 / RATE


def test_train_arrives_after_its_last_frame(slow):
    """The first segment of a GSO skb is not there before the last bit has left the wire."""
    with datagrams(slow) as (sender, receiver):
        sender.setsockopt(socket.SOL_UDP, UDP_SEGMENT, 100)
        start = time.monotonic()
        sender.send(noise(2000))
        receiver.recv(65535)
        took = time.monotonic() - start
    assert took >= 20 * (142 + OVERHEAD) * 8 / RATE
