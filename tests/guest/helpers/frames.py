"""Frames as bytes, and packet sockets that leave work to the hardware."""

import contextlib
import socket
import struct
import typing

from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Dot1Q, Ether

from helpers.traffic import (
    ETH_P_ALL, PACKET_AUXDATA, PACKET_OUTGOING, SOL_PACKET, TP_STATUS_VLAN_VALID, roomy)

PACKET_VNET_HDR = 15
TP_STATUS_CSUMNOTREADY = 8
NEEDS_CSUM = 1
GSO_NONE, GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4 = 0, 1, 4, 5
ETH_LEN, UDP_CSUM = 14, 6


def udp_frame(bench, sport, dport, payload, v6=False, vlan=None, ends=None):
    """A UDP datagram from the near port to the far one, with all its checksums."""
    source, destination = ends or (("2001:db8:1::1", "2001:db8:1::2") if v6
                                   else ("198.51.100.1", "198.51.100.2"))
    frame = Ether(src=bench.near.mac, dst=bench.far.mac)
    if vlan is not None:
        frame /= Dot1Q(vlan=vlan)
    packet = IPv6(src=source, dst=destination) if v6 else IP(src=source, dst=destination)
    return bytes(frame / packet / UDP(sport=sport, dport=dport) / payload)


def with_bad_checksum(frame, offset):
    """The frame with the checksum at `offset` off by one, and not 0, which means none."""
    old = struct.unpack_from(">H", frame, offset)[0]
    new = next(value for value in (old ^ 1, old ^ 3) if value != 0)
    return frame[:offset] + struct.pack(">H", new) + frame[offset + 2:]


def checksum_offset(v6=False, tagged=False):
    """Where in a frame the UDP checksum is."""
    return ETH_LEN + (4 if tagged else 0) + (40 if v6 else 20) + UDP_CSUM


def is_summed(frame, v6=False):
    """Whether an untagged frame has a good UDP checksum."""
    udp = ETH_LEN + (40 if v6 else 20)
    length = struct.unpack_from(">H", frame, udp + 4)[0]
    return fold(pseudo_header(frame, length, v6) + frame[udp:udp + length]) == 0xffff


def pseudo_header(frame, length, v6):
    """The pseudo header that a UDP checksum covers besides the datagram."""
    addresses = frame[ETH_LEN + 8:ETH_LEN + 40] if v6 else frame[ETH_LEN + 12:ETH_LEN + 20]
    return addresses + struct.pack(">HH", socket.IPPROTO_UDP, length)


def fold(data):
    """The ones' complement sum of `data`."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def unsummed(frame, v6=False):
    """The frame with the checksum left to the hardware: the pseudo header's sum in its place."""
    udp = ETH_LEN + (40 if v6 else 20)
    length = struct.unpack_from(">H", frame, udp + 4)[0]
    place = udp + UDP_CSUM
    start = struct.pack(">H", fold(pseudo_header(frame, length, v6)))
    return frame[:place] + start + frame[place + 2:]


def to_finish(start, kind=GSO_NONE, size=0, header=0, offset=UDP_CSUM):
    """The struct virtio_net_hdr for a frame whose checksum is to be filled in."""
    return struct.pack("=BBHHHH", NEEDS_CSUM, kind, header, size, start, offset)


NOTHING_TO_FINISH = bytes(10)


class VnetHdr:
    """A packet socket with a struct virtio_net_hdr before each frame."""

    def __init__(self, port):
        with port.inside():
            self.sock = roomy(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
            self.sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
            self.sock.bind((port.name, 0))

    def send(self, header, frame):
        """Sends a frame."""
        return self.sock.send(header + frame)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()


class Seen(typing.NamedTuple):
    """A frame that was seen, and the notes beside it."""

    frame: bytes
    is_summed: bool
    tag: tuple | None


class Tap:
    """Sees the frames that come and go at a port, as `tcpdump` does."""

    def __init__(self, port, incoming=True):
        self.incoming = incoming
        with port.inside():
            self.sock = roomy(socket.socket(
                socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)))
            self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
            self.sock.bind((port.name, ETH_P_ALL))
            self.sock.setblocking(False)

    def seen(self):
        """The frames that were seen since the last call."""
        seen = []
        with contextlib.suppress(BlockingIOError):
            while True:
                data, extra, _, address = self.sock.recvmsg(1 << 17, 64)
                if (address[2] != PACKET_OUTGOING) == self.incoming:
                    seen.append(Seen(data, *beside(extra)))
        return seen

    def frames(self):
        """The frames alone."""
        return [one.frame for one in self.seen()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()


def beside(extra):
    """The stack's notes beside a frame: whether it has a checksum, and its tag."""
    for _, kind, data in extra:
        if kind == PACKET_AUXDATA:
            status, tag, protocol = struct.unpack("=I12xHH", data)
            has_tag = status & TP_STATUS_VLAN_VALID
            return not status & TP_STATUS_CSUMNOTREADY, (protocol, tag) if has_tag else None
    return None, None
