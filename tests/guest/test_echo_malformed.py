"""Hostile frames to the far end: no reply, the right counter, and nothing breaks.

Frames go out through a packet socket, so that they can be anything. Which
counter is right stands in vnet_rs/cable/echo.rs.
"""

import random
import struct

import pytest
from scapy.compat import raw
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import (
    ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr, IPv6,
    IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting)
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether
from scapy.packet import Raw

from helpers import kernel
from helpers.traffic import Wire
from helpers.vnet import ECHO, FAR4, FAR6, HOST4, HOST6, Namespace, Port, books
from helpers.wait import until

BROADCAST = "ff:ff:ff:ff:ff:ff"
DATA = bytes(range(64))


class Lab:
    """A port and a packet socket on it, for many frames.

    The port has no address: its host takes no notice of the replies, and says
    nothing that would be counted.
    """

    def __init__(self, port, wire):
        self.port, self.wire = port, wire
        self.mac, self.far = port.mac, BROADCAST
        self.far = Ether(self.exchange(self.ether() / arp(hwsrc=self.mac))[0][0]).src

    def ether(self, **fields):
        """The Ethernet header of a frame to the far end."""
        return Ether(**({"src": self.mac, "dst": self.far} | fields))

    def exchange(self, *frames):
        """Sends frames; returns the replies and how much each echo counter has moved."""
        self.wire.received()
        before = self.port.counters()
        for frame in frames:
            self.wire.send(frame)
        wanted = before["tx0_completed"] + len(frames)
        until(lambda: self.port.counter("tx0_completed") >= wanted, "the frames are sent",
              pause=0.001)
        self.port.drain()
        after = self.port.counters()
        moved = {name: after[name] - before[name] for name in ECHO if after[name] != before[name]}
        return self.wire.received(), moved


@pytest.fixture(name="lab", scope="module")
def lab_fixture():
    """One port for all frames in this file: each test looks at differences."""
    kernel.have_loaded(ports=0, rate_kbps=0)
    with Namespace() as namespace:
        port = Port.add(namespace)
        port.set(mtu=9000)
        port.up()
        with Wire(port) as wire:
            yield Lab(port, wire)
            books(port)


def icmp(data=DATA, **ip):
    """An ICMP echo request."""
    return IP(**({"src": HOST4, "dst": FAR4} | ip)) / ICMP(id=1, seq=1) / data


def icmpv6(data=DATA, **ip):
    """An ICMPv6 echo request."""
    return IPv6(**({"src": HOST6, "dst": FAR6} | ip)) / ICMPv6EchoRequest(id=1, seq=1, data=data)


def udp(data=DATA, **fields):
    """A datagram to port 7."""
    return IP(src=HOST4, dst=FAR4) / UDP(**({"sport": 1234, "dport": 7} | fields)) / data


def udp6(data=DATA, **fields):
    """The same with IPv6."""
    return IPv6(src=HOST6, dst=FAR6) / UDP(**({"sport": 1234, "dport": 7} | fields)) / data


def solicitation(**fields):
    """A neighbour solicitation."""
    given = {"hlim": 255, "dst": FAR6, "target": FAR6} | fields
    return (IPv6(src=HOST6, dst=given["dst"], hlim=given["hlim"])
            / ICMPv6ND_NS(tgt=given["target"]))


def arp(**fields):
    """An ARP request, but for its sender's address."""
    return ARP(**({"op": 1, "psrc": HOST4, "pdst": FAR4} | fields))


def with_option(option):
    """An echo request with an IPv4 option."""
    return icmp(options=[Raw(option)])


def checksum_spoiled(packet, offset):
    """The packet with two bytes inverted."""
    data = bytearray(raw(packet))
    data[offset] ^= 0xff
    data[offset + 1] ^= 0xff
    return bytes(data)


def dest_options(data):
    """An echo request behind a destination options header with these bytes."""
    header = struct.pack("BB", 58, (len(data) - 6) // 8) + data
    message = raw(icmpv6())[40:]
    return IPv6(src=HOST6, dst=FAR6, nh=60) / (header + message)


# (name, what is behind the Ethernet header, EtherType, what counts it)
REFUSED = [
    # Lengths
    ("IPv4, nothing", b"", 0x0800, "malformed"),
    ("IPv4, one byte", b"\x45", 0x0800, "malformed"),
    ("IPv4, 19 bytes", raw(icmp())[:19], 0x0800, "malformed"),
    ("IPv4, longer than the frame", icmp(len=1500), 0x0800, "malformed"),
    ("IPv4, shorter than its header", icmp(len=19), 0x0800, "malformed"),
    ("IPv4, length 0", icmp(len=0), 0x0800, "malformed"),
    ("IPv4, header length 0", icmp(ihl=0), 0x0800, "malformed"),
    ("IPv4, header length 4", icmp(ihl=4), 0x0800, "malformed"),
    ("IPv4, header longer than the packet", icmp(ihl=15, len=40), 0x0800, "malformed"),
    ("IPv4, version 6", icmp(version=6), 0x0800, "malformed"),
    ("IPv6, nothing", b"", 0x86dd, "malformed"),
    ("IPv6, 39 bytes", raw(icmpv6())[:39], 0x86dd, "malformed"),
    ("IPv6, longer than the frame", icmpv6(plen=1500), 0x86dd, "malformed"),
    ("IPv6, version 4", icmpv6(version=4), 0x86dd, "malformed"),
    ("ARP, nothing", b"", 0x0806, "malformed"),
    ("ARP, 27 bytes", raw(arp())[:27], 0x0806, "malformed"),
    ("ARP, wrong address lengths", arp(hwlen=8, plen=4), 0x0806, "malformed"),
    ("ICMP, 7 bytes", IP(src=HOST4, dst=FAR4, proto=1) / DATA[:7], 0x0800, "malformed"),
    ("ICMP, no bytes", IP(src=HOST4, dst=FAR4, proto=1), 0x0800, "malformed"),
    ("UDP, 7 bytes", IP(src=HOST4, dst=FAR4, proto=17) / DATA[:7], 0x0800, "malformed"),
    ("UDP, too long", udp(len=100), 0x0800, "malformed"),
    ("UDP, too short", udp(len=60), 0x0800, "malformed"),
    ("UDP, length 0", udp(len=0), 0x0800, "malformed"),
    ("UDP over IPv6, too long", udp6(len=100), 0x86dd, "malformed"),
    ("ND, truncated", IPv6(src=HOST6, dst=FAR6, nh=58, hlim=255) / b"\x87\0\0\0\0", 0x86dd,
     "malformed"),
    ("ND, option of length 0", solicitation() / b"\x01\0\0\0\0\0\0\0", 0x86dd, "malformed"),
    ("ND, option too long", solicitation() / b"\x01\x02\0\0\0\0\0\0", 0x86dd, "malformed"),
    ("VLAN, truncated", b"\0", 0x8100, "malformed"),
    ("VLAN, nothing inside", b"\0\x01\x08\0", 0x8100, "malformed"),
    # Options and extension headers
    ("IPv4, option of length 0", with_option(b"\x44\0\0\0"), 0x0800, "malformed"),
    ("IPv4, option of length 1", with_option(b"\x44\x01\0\0"), 0x0800, "malformed"),
    ("IPv4, option too long", with_option(b"\x44\x09\0\0"), 0x0800, "malformed"),
    ("IPv4, option without a length", with_option(b"\x01\x01\x01\x44"), 0x0800, "malformed"),
    ("IPv4, loose source route", with_option(b"\x83\x07\x04\xc0\0\x02\x09\0"), 0x0800, "ignored"),
    ("IPv4, strict source route", with_option(b"\x89\x07\x04\xc0\0\x02\x09\0"), 0x0800,
     "ignored"),
    ("IPv6, extension too long", IPv6(src=HOST6, dst=FAR6, nh=60) / b"\x3a\x09\0\0\0\0\0\0",
     0x86dd, "malformed"),
    ("IPv6, option too long", dest_options(b"\x1e\x05\0\0\0\0"), 0x86dd, "malformed"),
    ("IPv6, option not to be skipped", dest_options(b"\x5e\x04\0\0\0\0"), 0x86dd, "ignored"),
    ("IPv6, routing header",
     IPv6(src=HOST6, dst=FAR6) / IPv6ExtHdrRouting(addresses=[FAR6]) / raw(icmpv6())[40:],
     0x86dd, "ignored"),
    ("IPv6, five extension headers",
     IPv6(src=HOST6, dst=FAR6, nh=60) / (b"\x3c\0\x01\x04\0\0\0\0" * 5), 0x86dd, "ignored"),
    # Fragments
    ("IPv4, first fragment", icmp(flags="MF"), 0x0800, "fragments"),
    ("IPv4, last fragment", icmp(frag=10), 0x0800, "fragments"),
    ("IPv6, fragment", IPv6(src=HOST6, dst=FAR6) / IPv6ExtHdrFragment(m=1, nh=58) / DATA,
     0x86dd, "fragments"),
    ("IPv6, fragment header truncated", IPv6(src=HOST6, dst=FAR6, nh=44) / b"\x3a\0\0", 0x86dd,
     "malformed"),
    # Checksums
    ("IPv4 header checksum", checksum_spoiled(icmp(), 10), 0x0800, "bad_checksum"),
    ("ICMP checksum", checksum_spoiled(icmp(), 22), 0x0800, "bad_checksum"),
    ("ICMP data", checksum_spoiled(icmp(), 40), 0x0800, "bad_checksum"),
    ("UDP checksum", checksum_spoiled(udp(), 26), 0x0800, "bad_checksum"),
    ("ICMPv6 checksum", checksum_spoiled(icmpv6(), 42), 0x86dd, "bad_checksum"),
    ("UDP over IPv6, checksum", checksum_spoiled(udp6(), 46), 0x86dd, "bad_checksum"),
    ("UDP over IPv6, no checksum", udp6(chksum=0), 0x86dd, "bad_checksum"),
    ("ND checksum", checksum_spoiled(solicitation(), 42), 0x86dd, "bad_checksum"),
    # Not for us to answer
    ("ICMP reply", IP(src=HOST4, dst=FAR4) / ICMP(type=0) / DATA, 0x0800, "ignored"),
    ("ICMP, code 1", IP(src=HOST4, dst=FAR4) / ICMP(type=8, code=1) / DATA, 0x0800, "ignored"),
    ("ICMP error", IP(src=HOST4, dst=FAR4) / ICMP(type=3, code=3) / DATA, 0x0800, "ignored"),
    ("UDP, port 9", udp(dport=9), 0x0800, "ignored"),
    ("UDP, from port 7", udp(sport=7), 0x0800, "ignored"),
    ("UDP, from port 0", udp(sport=0), 0x0800, "ignored"),
    ("TCP", IP(src=HOST4, dst=FAR4, proto=6) / DATA, 0x0800, "ignored"),
    ("IPv4, to itself", icmp(src=FAR4), 0x0800, "ignored"),
    ("IPv4, from a group", icmp(src="224.0.0.1"), 0x0800, "ignored"),
    ("IPv4, from nobody", icmp(src="0.0.0.0"), 0x0800, "ignored"),
    ("IPv4, to a group", icmp(dst="224.0.0.1"), 0x0800, "ignored"),
    ("IPv4, to all", icmp(dst="255.255.255.255"), 0x0800, "ignored"),
    ("IPv4, from loopback", icmp(src="127.0.0.1"), 0x0800, "ignored"),
    ("IPv6, to itself", icmpv6(src=FAR6), 0x86dd, "ignored"),
    ("IPv6, to all nodes", icmpv6(dst="ff02::1"), 0x86dd, "ignored"),
    ("IPv6, from nobody", icmpv6(src="::"), 0x86dd, "ignored"),
    ("ND, from a router's distance", solicitation(hlim=64), 0x86dd, "ignored"),
    ("ND, for a group", solicitation(target="ff02::1"), 0x86dd, "ignored"),
    ("ND, for the asker's own", solicitation(target=HOST6), 0x86dd, "ignored"),
    ("ND, for another than it is sent to", solicitation(target="2001:db8::7"), 0x86dd, "ignored"),
    ("ND, with another's address",
     solicitation() / ICMPv6NDOptSrcLLAddr(lladdr="02:00:00:00:00:77"), 0x86dd, "ignored"),
    ("ARP reply", arp(op=2), 0x0806, "ignored"),
    ("ARP, another protocol", arp(ptype=0x86dd), 0x0806, "ignored"),
    ("ARP, another's address", arp(hwsrc="02:00:00:00:00:77"), 0x0806, "ignored"),
    ("ARP, for a group", arp(pdst="224.0.0.1"), 0x0806, "ignored"),
    ("another EtherType", DATA, 0x88cc, "ignored"),
    ("LLC", DATA, 60, "ignored"),
]


@pytest.mark.parametrize("payload, ethertype, why", [case[1:] for case in REFUSED],
                         ids=[case[0] for case in REFUSED])
def test_no_reply(lab, payload, ethertype, why):
    """The frame gets no reply, and its counter says why."""
    if isinstance(payload, ARP) and not payload.fields.get("hwsrc"):
        payload = payload.copy()
        payload.hwsrc = lab.mac
    replies, moved = lab.exchange(lab.ether(type=ethertype) / payload)
    assert not replies
    assert moved == {f"echo_{why}": 1}


@pytest.mark.parametrize("fields", [
    {"dst": "02:00:00:00:00:55"}, {"src": "01:00:5e:00:00:01"}, {"src": "00:00:00:00:00:00"},
    {"dst": BROADCAST}, {"dst": "01:00:5e:00:00:01"},
], ids=["to another host", "from a group", "from zero", "broadcast", "multicast"])
def test_frame_for_nobody_here_is_ignored(lab, fields):
    """An IPv4 request in a frame that is not from a host to the far end gets no reply."""
    replies, moved = lab.exchange(lab.ether(**fields) / icmp())
    assert not replies
    assert moved == {"echo_ignored": 1}


def test_frame_from_the_far_ends_own_address_is_ignored(lab):
    """Whoever claims to be the far end gets no reply."""
    replies, moved = lab.exchange(lab.ether(src=lab.far) / icmp())
    assert not replies
    assert moved == {"echo_ignored": 1}


def test_three_tags_are_ignored(lab):
    """A frame with three VLAN tags gets no reply."""
    tags = Dot1AD(vlan=1) / Dot1Q(vlan=2) / Dot1Q(vlan=3)
    replies, moved = lab.exchange(lab.ether() / tags / icmp())
    assert not replies
    assert moved == {"echo_ignored": 1}


@pytest.mark.parametrize("length", range(14, 34 + 8 + 2))
def test_truncated_anywhere(lab, length):
    """An echo request that ends too early gets no reply, wherever it ends."""
    whole = raw(lab.ether() / icmp())
    replies, moved = lab.exchange(whole[:length])
    assert not replies
    assert moved == {"echo_malformed": 1}


@pytest.mark.parametrize("seed", range(4))
def test_random_bytes(lab, seed):
    """Noise to the far end, with any EtherType: counted, not answered, and nothing breaks."""
    chance = random.Random(seed)
    to_far = bytes.fromhex((lab.far + lab.mac).replace(":", ""))
    frames = []
    for _ in range(100):
        kind = chance.choice([0x0800, 0x0806, 0x86dd, 0x8100, 0x88a8, chance.randrange(65536)])
        noise = chance.randbytes(chance.choice([0, 1, 20, 40, 64, 200, 1500, 9000]))
        frames.append(to_far + struct.pack(">H", kind) + noise[:9000])
    replies, moved = lab.exchange(*frames)
    assert not replies
    assert sum(moved.values()) == 100
    assert "echo_replies" not in moved


@pytest.mark.parametrize("seed", range(4))
def test_good_frames_with_a_few_wrong_bytes(lab, seed):
    """Requests with a few bytes changed: what comes back is at least a frame to us."""
    chance = random.Random(seed)
    sources = [raw(lab.ether() / packet) for packet in (
        icmp(), icmpv6(), udp(), udp6(), solicitation(), arp(hwsrc=lab.mac),
        with_option(b"\x44\x08\x05\0\0\0\0\0"), dest_options(b"\x1e\x04\0\0\0\0"))]
    frames = []
    for _ in range(100):
        frame = bytearray(chance.choice(sources))
        for _ in range(chance.randrange(1, 4)):
            frame[chance.randrange(12, len(frame))] = chance.randrange(256)
        frames.append(bytes(frame))
    replies, moved = lab.exchange(*frames)
    assert sum(moved.values()) == 100
    assert len(replies) == moved.get("echo_replies", 0)
    assert all(Ether(reply).dst == lab.mac and Ether(reply).src == lab.far for reply in replies)


def test_far_end_still_answers(lab):
    """After all this the far end is as good as new."""
    assert lab.exchange(lab.ether() / icmp())[1] == {"echo_replies": 1}
    assert lab.port.counter("tx0_busy") == 0


@pytest.mark.parametrize("tags", [
    Dot1Q(vlan=5, prio=3), Dot1AD(vlan=7), Dot1AD(vlan=7) / Dot1Q(vlan=5),
    Dot1Q(vlan=4094) / Dot1Q(vlan=1),
], ids=["802.1Q", "802.1ad", "802.1ad and 802.1Q", "two 802.1Q"])
def test_tagged_request_is_answered_in_its_tags(lab, tags):
    """One tag or two: the reply has the same ones."""
    request = raw(lab.ether() / tags / icmp())
    replies, moved = lab.exchange(request)
    assert moved == {"echo_replies": 1}
    end = len(request) - len(raw(icmp()))
    assert replies[0][12:end] == request[12:end]
    reply = Ether(replies[0])
    assert (reply.dst, reply.src) == (lab.mac, lab.far)
    assert reply[ICMP].type == 0
    assert reply[Raw].load == DATA


@pytest.mark.parametrize("build, headers", [(icmp, 28), (udp, 28), (icmpv6, 48), (udp6, 48)],
                         ids=["ICMP", "UDP", "ICMPv6", "UDP over IPv6"])
@pytest.mark.parametrize("length", [65, 8999, 9000])
def test_reply_is_right_to_the_last_byte(lab, build, headers, length):
    """Up to 9000 bytes: addresses swapped, data and length the same, checksums right."""
    data = bytes(index & 0xff for index in range(length - headers))
    request = Ether(raw(lab.ether() / build(data)))
    replies, moved = lab.exchange(raw(request))
    assert moved == {"echo_replies": 1}
    reply = Ether(replies[0])
    assert (reply.src, reply.dst) == (lab.far, lab.mac)
    assert (reply.payload.src, reply.payload.dst) == (request.payload.dst, request.payload.src)
    assert len(replies[0]) == 14 + length
    assert replies[0].endswith(data)
    assert checksums_are_right(reply.payload)


def checksums_are_right(packet):
    """Whether scapy would have computed the same checksums."""
    anew = packet.copy()
    for layer in (IP, ICMP, UDP):
        if layer in anew:
            del anew[layer].chksum
    if ICMPv6EchoReply in anew:
        del anew[ICMPv6EchoReply].cksum
    return raw(anew) == raw(packet)


def test_options_do_not_come_back(lab):
    """A request with harmless options gets a plain reply."""
    request = lab.ether() / with_option(b"\x01\x44\x08\x05\0\0\0\0\0\0\0\0")
    replies, moved = lab.exchange(request)
    assert moved == {"echo_replies": 1}
    reply = Ether(replies[0])
    assert reply[IP].ihl == 5
    assert reply[ICMP].type == 0
    assert checksums_are_right(reply.payload)


def test_extension_headers_do_not_come_back(lab):
    """A request with options to be skipped gets a plain reply."""
    packet = (IPv6(src=HOST6, dst=FAR6) / IPv6ExtHdrHopByHop(options=[])
              / IPv6ExtHdrDestOpt(options=[]) / ICMPv6EchoRequest(data=DATA))
    replies, moved = lab.exchange(lab.ether() / packet)
    assert moved == {"echo_replies": 1}
    reply = Ether(replies[0])
    assert reply[IPv6].nh == 58
    assert raw(reply)[-len(DATA):] == DATA


def test_short_request_gets_a_padded_reply(lab):
    """The shortest request is answered with a frame of 60 bytes, padded with zeroes."""
    request = lab.ether() / IP(src=HOST4, dst=FAR4) / ICMP()
    replies, moved = lab.exchange(request)
    assert moved == {"echo_replies": 1}
    assert len(replies[0]) == 60
    assert replies[0][42:] == bytes(18)


def test_padding_does_not_come_back(lab):
    """Bytes behind the packet are not echoed."""
    request = raw(lab.ether() / IP(src=HOST4, dst=FAR4) / ICMP()) + b"secret" * 10
    replies, moved = lab.exchange(request)
    assert moved == {"echo_replies": 1}
    assert b"secret" not in replies[0]


def test_datagram_without_checksum_is_answered_with_one(lab):
    """UDP over IPv4 may do without a checksum; the reply has one."""
    replies, moved = lab.exchange(lab.ether() / udp(chksum=0))
    assert moved == {"echo_replies": 1}
    reply = Ether(replies[0])
    assert reply[UDP].chksum != 0
    assert checksums_are_right(reply.payload)
