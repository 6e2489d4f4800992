"""Rings of packet sockets, shared through mmap, over a cable."""

import time

import pytest

from helpers.packet import OURS, header, packet_socket, padded
from helpers.ring import PACKET_RX_RING, PACKET_TX_RING, BlockRing, PacketRing
from helpers.talk import noise
from helpers.traffic import PACKET_QDISC_BYPASS, SOL_PACKET
from helpers.wait import until


def frames_for(cable, count):
    """Frames of all kinds of sizes from one end to the other."""
    to_b = header(cable.b.mac, cable.a.mac)
    return [padded(to_b + noise(number * 37 % 1501, number)) for number in range(count)]


def test_receive_ring(shared):
    """Frames are found in the ring one after the other, round and round, as they were sent."""
    with PacketRing(shared.b, PACKET_RX_RING, OURS) as ring, \
            packet_socket(shared.a, protocol=0) as here:
        for frame in frames_for(shared, 100):
            here.send(frame)
            data, length, seconds = ring.get()
            assert (data, length) == (frame, len(frame))
            assert abs(time.time() - seconds) < 100
        assert ring.statistics() == (100, 0)


def test_full_receive_ring_drops_and_counts(shared):
    """What finds no slot is counted, and the rest is what came first."""
    frames = frames_for(shared, 50)
    # Who was there first is given a frame last.
    with packet_socket(shared.b) as other, \
            PacketRing(shared.b, PACKET_RX_RING, OURS, slots=32) as ring, \
            packet_socket(shared.a, protocol=0) as here:
        for frame in frames:
            here.send(frame)
        assert [other.recv(2000) for _ in frames] == frames
        until(lambda: ring.status(31), "the ring is full")
        assert ring.statistics() == (50, 18)
        assert [ring.get()[0] for _ in range(32)] == frames[:32]


def test_receive_ring_of_blocks(shared):
    """The same with blocks of frames of any length: all of them, in order, round and round."""
    frames = frames_for(shared, 100)
    with BlockRing(shared.b, OURS) as ring, packet_socket(shared.a, protocol=0) as here:
        # Not more at once than there are blocks: every 20 ms the one that was begun is over.
        for start in range(0, 100, 5):
            for frame in frames[start:start + 5]:
                here.send(frame)
            assert ring.get(5) == frames[start:start + 5]


@pytest.mark.parametrize("bypass", [False, True])
def test_transmit_ring(shared, bypass):
    """Frames leave the ring in order, as they are; each slot is free when its frame has left."""
    frames = frames_for(shared, 96)
    with PacketRing(shared.a, PACKET_TX_RING) as ring, packet_socket(shared.b) as there:
        ring.sock.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, bypass)
        for start in range(0, 96, 32):
            part = frames[start:start + 32]
            for frame in part:
                ring.put(frame)
            assert ring.flush() == sum(len(frame) for frame in part)
            assert [there.recv(2000) for _ in part] == part


def test_from_ring_to_ring(shared):
    """The same with a ring at both ends."""
    frames = frames_for(shared, 32)
    with PacketRing(shared.a, PACKET_TX_RING) as out, \
            PacketRing(shared.b, PACKET_RX_RING, OURS) as ring:
        for frame in frames:
            out.put(frame)
        out.flush()
        assert [ring.get()[0] for _ in frames] == frames
