"""Nothing leaves that nobody put there: padding, names, registers, messages.

Memory is filled with junk before, so that what is not set shows.
"""

import socket
import struct

import pytest
from scapy.compat import raw
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import ARP, Ether

from helpers import ethtool
from helpers.packet import OURS, header, packet_socket, padded
from helpers.traffic import Wire, udp
from helpers.vnet import FAR4, HOST4
from helpers.wait import until

JUNK = 0x5a
# Of the kernel: what is free, what is new, what is freed (slub, KASAN, page poisoning).
POISON = [bytes([byte]) * 4 for byte in (JUNK, 0x6b, 0xa5, 0xaa)]
GDRVINFO, GREGS, SET_TEST = 0x03, 0x04, 0
RTM_NEWLINK, RTM_GETLINK, REQUEST = 16, 18, 1
SHORTEST = 60


def fill_memory():
    """Leaves junk where the next buffers of a port will be: in those of all small sizes, too."""
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with left, right:
        for size in (64, 100, 200, 400, 800, 1500, 3000):
            for _ in range(50):
                left.send(bytes([JUNK]) * size)
                right.recv(size)


def clean(data):
    """Whether nothing of it looks like memory that nobody has set."""
    return not any(poison in data for poison in POISON)


@pytest.fixture(name="dirty")
def dirty_fixture(port):
    """A port whose echo host has handled a lot of junk."""
    port.far_mac()
    with udp() as sock:
        for _ in range(100):
            sock.send(bytes([JUNK]) * 1400)
            sock.recv(1500)
    fill_memory()
    return port


def requests(port, far):
    """Short requests by what they are, and how many bytes of a reply are its packet."""
    ether = Ether(src=port.mac, dst=far)
    ip = IP(src=HOST4, dst=FAR4)
    asking = ARP(op=1, hwsrc=port.mac, psrc=HOST4, pdst=FAR4)
    return {
        "arp": (raw(ether / asking), 42),
        "ping": (raw(ether / ip / ICMP(id=1, seq=1) / b"x"), 43),
        "udp": (raw(ether / ip / UDP(sport=5000, dport=7) / b"x"), 43),
    }


@pytest.mark.parametrize("kind", ["arp", "ping", "udp"])
@pytest.mark.parametrize("padding", [0, 18, 200])
def test_padding_of_a_reply(dirty, kind, padding):
    """It is zeros up to the shortest frame, whatever came behind the request's packet."""
    request, length = requests(dirty, dirty.far_mac())[kind]
    with Wire(dirty) as wire:
        for _ in range(20):
            wire.send(request + bytes([JUNK]) * padding)
        replies = []
        until(lambda: replies.extend(wire.received()) or len(replies) >= 20, "replies come")
    for reply in replies:
        assert len(reply) == SHORTEST
        assert reply[length:] == bytes(SHORTEST - length), reply.hex()


def test_padding_of_a_short_frame(cable):
    """A frame arrives with the bytes that were sent, and zeros."""
    near, far = cable.a, cable.b
    fill_memory()
    with packet_socket(far) as into, packet_socket(near) as out:
        for size in range(14, SHORTEST + 1):
            frame = header(far.mac, near.mac, OURS) + bytes(range(size - 14))
            out.send(frame)
            assert into.recv(4096) == padded(frame)


@pytest.mark.parametrize("which", [SET_TEST, ethtool.SET_STATS, ethtool.SET_PRIV_FLAGS])
def test_names(dirty, which):
    """Behind its name, a name's place has zeros."""
    answer = ethtool.ask(dirty.name, struct.pack("=III", ethtool.GSTRINGS, which, 0),
                         ethtool.MOST * ethtool.STRING)
    count = struct.unpack_from("=I", answer, 8)[0]
    assert count > 0
    for number in range(count):
        place = answer[12 + number * ethtool.STRING:12 + (number + 1) * ethtool.STRING]
        name, end, rest = place.partition(b"\0")
        assert name.isascii() and end and not any(rest), place
    assert not any(answer[12 + count * ethtool.STRING:])


def test_driver_information(dirty):
    """The same goes for each of its texts."""
    answer = ethtool.ask(dirty.name, struct.pack("=I", GDRVINFO), 192)
    for place, length in ((4, 32), (36, 32), (68, 32), (100, 32), (132, 32)):
        text, _, rest = answer[place:place + length].partition(b"\0")
        assert text.isascii() and not any(rest), answer
    assert answer[4:].startswith(b"vnet_rs\0")


@pytest.mark.parametrize("is_up", [True, False])
def test_registers(dirty, is_up):
    """Each word has its meaning (vnet_rs/driver/dump.rs), and there are no others."""
    fill_memory()
    if not is_up:
        dirty.down()
    counters = dirty.counters()
    answer = ethtool.ask(dirty.name, struct.pack("=III", GREGS, 0, 4096), 4096)
    length = struct.unpack_from("=I", answer, 8)[0]
    words = struct.unpack_from(f"={length // 4}I", answer, 12)
    head = (int(is_up), 1_000_000, int(is_up), 8, 64, 32, 64, 32)
    assert words[:8] == head
    if is_up:
        sent, received = counters["tx0_posted"], counters["rx0_received"]
        assert words[8:12] == (256, sent, sent, sent)
        assert words[12:] == (256, 256 + received, received, received)
    else:
        assert words[8:] == ()
    assert not any(answer[12 + length:])


def paddings(data):
    """What stands between the attributes of a message."""
    while len(data) >= 4:
        length, _ = struct.unpack_from("=HH", data)
        assert length >= 4
        yield data[length:(length + 3) & ~3]
        data = data[(length + 3) & ~3:]


def test_netlink(dirty):
    """The message about a link has no byte that nobody set, nor has its padding."""
    fill_memory()
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as sock:
        sock.bind((0, 0))
        # struct ifinfomsg; then IFLA_EXT_MASK with all there is to see.
        body = struct.pack("=BxHiII", 0, 0, dirty.index, 0, 0) + struct.pack("=HHI", 8, 29, 1)
        sock.send(struct.pack("=IHHII", 16 + len(body), RTM_GETLINK, REQUEST, 1, 0) + body)
        data = sock.recv(1 << 16)
    length, kind = struct.unpack_from("=IH", data)
    assert kind == RTM_NEWLINK and length == len(data)
    # What the user chose may look like anything: addresses, the port's identity.
    assert clean(data), data.hex()
    assert all(not any(padding) for padding in paddings(data[32:]))
