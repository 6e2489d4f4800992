"""An skb that others have a hand on crosses all the same, and they see what they had."""

import hashlib
import select
import socket
import struct
import subprocess

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from helpers.cpu import Beside
from helpers.pair import agree, be_silent, datagrams, nothing_in_the_way
from helpers.pktgen import Pktgen
from helpers.traffic import Wire, numbered, roomy

ROOMY_RING = pytest.mark.parameters(pairs=1, rate_kbps=0, rx_ring=4096)
MAGIC = 0xbe9be955


def everything(sock, count):
    """So many datagrams."""
    return [sock.recv(2000) for _ in range(count)]


@ROOMY_RING
@pytest.mark.parametrize("burst, clone", [(32, 1000), (1, 1000), (32, 0), (1, 0)])
def test_shared_skbs_all_arrive(cable, burst, clone):
    """pktgen sends one skb many times: each time the same frame arrives, and none is missing."""
    be_silent(cable)
    _, into = datagrams(cable.a, cable.b, 9)
    before = cable.b.counter("rx_missed")
    with cable.a.room.inside(), Pktgen(
            cable.a, cable.b.mac, count=1600, burst=burst, clone=clone, size=200) as pktgen:
        sent = pktgen.run()
        assert pktgen.errors() == 0
    agree(cable.a, cable.b)
    assert cable.b.counter("rx_missed") == before
    got = everything(into, sent)
    with pytest.raises(BlockingIOError):
        into.setblocking(False)
        into.recv(2000)
    assert {len(one) for one in got} == {200 - 42}
    numbers = [struct.unpack_from(">II", one) for one in got]
    assert {magic for magic, _ in numbers} == {MAGIC}
    assert [number for _, number in numbers] == sorted(number for _, number in numbers)
    if clone:
        # All copies of one skb are the same, to the last byte.
        assert len(set(got)) == len({number for _, number in numbers}) < 10


class Transfer(Beside):
    """Sends data over TCP from one end to the other; `.got` is what arrived."""

    def __init__(self, sender, receiver, data):
        super().__init__(target=self._send, daemon=True)
        self.data, self.got = data, bytearray()
        listener = roomy(receiver.socket(socket.AF_INET, socket.SOCK_STREAM))
        listener.bind((receiver.v4, 5002))
        listener.listen()
        self.out = sender.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.out.connect((receiver.v4, 5002))
        self.into, _ = listener.accept()
        self.into.settimeout(30)
        listener.close()

    def _send(self):
        self.out.sendall(self.data)
        self.out.shutdown(socket.SHUT_WR)

    def result(self):
        """Receives it all; returns it."""
        self.start()
        while piece := self.into.recv(1 << 16):
            self.got += piece
        self.join()
        return bytes(self.got)


def stream_of(frames, data):
    """What a tap has seen of a TCP stream, put together; asserts that each frame is well formed."""
    seen = bytearray(len(data))
    first = None
    for frame in frames:
        packet = Ether(frame)
        if TCP not in packet or packet[TCP].dport != 5002:
            continue
        # Somebody who put segments together in memory that is ours would have changed this.
        assert packet[IP].len == len(frame) - 14
        if "S" in packet[TCP].flags:
            first = packet[TCP].seq + 1
            continue
        size = packet[IP].len - 4 * packet[IP].ihl - 4 * packet[TCP].dataofs
        at = (packet[TCP].seq - first) % (1 << 32)
        payload = frame[len(frame) - size:] if size else b""
        if size:
            seen[at:at + size] = payload
    return bytes(seen)


@pytest.mark.parameters(pairs=1)
@pytest.mark.parametrize("offload", ["on", "off"])
def test_taps_at_both_ends_see_what_was_sent(cable, offload):
    """TCP keeps a clone of what it sends, taps have more; what one does the others do not see."""
    be_silent(cable)
    cable.a.run("ethtool", "-K", cable.a.name, "tso", offload, "gso", offload)
    data = b"".join(numbered(number, 1000) for number in range(300))
    with cable.a.room.inside():
        tap_a = Wire(cable.a)
    with cable.b.room.inside():
        tap_b = Wire(cable.b)
    try:
        with tap_a, tap_b:
            assert Transfer(cable.a, cable.b, data).result() == data
            cable.b.settle()
            assert stream_of(tap_a.seen(outgoing=True), data) == data
            assert stream_of(tap_b.seen(outgoing=False), data) == data
    finally:
        cable.a.run("ethtool", "-K", cable.a.name, "tso", "on", "gso", "on")


@pytest.mark.parameters(pairs=1)
def test_tcpdump_at_both_ends_agrees(cable):
    """tcpdump at the sender and at the receiver write the same frames, with their sums in them:
    a sender that leaves these to its card has none yet."""
    cable.a.run("ethtool", "-K", cable.a.name, "tx", "off")
    be_silent(cable)
    nothing_in_the_way(cable)
    out, into = datagrams(cable.a, cable.b)
    dumps = []
    for end in cable.ends:
        with end.room.inside():
            dumps.append(Dump(end.name))
    for number in range(50):
        out.send(numbered(number, 700))
    everything(into, 50)
    sums = [dump.frames(50) for dump in dumps]
    assert sums[0] == sums[1]
    assert len(set(sums[0])) == 50


class Dump:
    """tcpdump of the datagrams on an interface, in the room this thread is in."""

    def __init__(self, name):
        self.process = subprocess.Popen(
            ["tcpdump", "-i", name, "-n", "-U", "--immediate-mode", "-s", "2000", "-B", "8192",
             "-w", "-", "udp", "port", "5000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            bufsize=0)
        line = self.process.stderr.readline()
        while b"listening on" not in line:
            assert line, "tcpdump has ended"
            line = self.process.stderr.readline()

    def read(self, size):
        """So many bytes of what it writes, which must come in time."""
        data = b""
        while len(data) < size:
            assert select.select([self.process.stdout], [], [], 30)[0], "tcpdump saw too little"
            piece = self.process.stdout.read(size - len(data))
            assert piece, "tcpdump has ended"
            data += piece
        return data

    def frames(self, count):
        """The hashes of so many frames, and ends it."""
        self.read(24)
        hashes = []
        for _ in range(count):
            size = struct.unpack_from("=8xI4x", self.read(16))[0]
            hashes.append(hashlib.sha256(self.read(size)).hexdigest())
        self.process.terminate()
        self.process.communicate(timeout=30)
        return hashes
