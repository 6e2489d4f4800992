"""Network-layer raw sockets over a cable: an own protocol, an own header, bound addresses."""

import socket
import struct

import pytest
from scapy.layers.inet import IP
from scapy.packet import Raw

from helpers.talk import V4, V6, noise

OSPF = 89
IP_PKTINFO = 8
BINDTODEVICE = socket.SO_BINDTODEVICE


def raw(end, protocol=OSPF, family=V4):
    """A raw socket in the end's room."""
    return end.socket(family, socket.SOCK_RAW, protocol)


def silent(sock):
    """Whether nothing waits to be received."""
    sock.setblocking(False)
    try:
        sock.recv(2000)
    except BlockingIOError:
        return True
    return False


@pytest.mark.parametrize("size", [0, 1, 1480, 1481, 20000])
def test_own_protocol(shared, size):
    """The receiver sees the header that the kernel has made, and the data as it was."""
    a, b = shared.ends
    with raw(a) as here, raw(b) as there:
        here.sendto(noise(size), (b.v4, 0))
        data, address = there.recvfrom(65535)
    packet = IP(data)
    assert address == (a.v4, 0)
    assert (packet.src, packet.dst, packet.proto) == (a.v4, b.v4, OSPF)
    assert data[packet.ihl * 4:] == noise(size)


@pytest.mark.parametrize("size", [0, 1, 1452, 1453, 20000])
def test_own_protocol_ipv6(shared, size):
    """With IPv6 the receiver sees the data alone."""
    a, b = shared.ends
    with raw(a, family=V6) as here, raw(b, family=V6) as there:
        here.sendto(noise(size), (b.v6, 0))
        data, address = there.recvfrom(65535)
    assert data == noise(size)
    assert address[0] == a.v6


def test_other_protocols_are_not_heard(shared):
    """A raw socket hears its own protocol and no other."""
    a, b = shared.ends
    with raw(a) as here, raw(a, OSPF + 1) as other, raw(b) as there:
        other.sendto(b"other", (b.v4, 0))
        here.sendto(b"ours", (b.v4, 0))
        assert there.recv(2000)[20:] == b"ours"
        assert silent(there)


def test_own_header(shared):
    """With IP_HDRINCL the header arrives as it was written, even from somebody else."""
    a, b = shared.ends
    packet = IP(src=a.neighbour4(77), dst=b.v4, proto=OSPF, ttl=77, tos=0x48, id=0x1234,
                flags="DF") / Raw(noise(100))
    with raw(a, socket.IPPROTO_RAW) as here, raw(b) as there:
        here.sendto(bytes(packet), (b.v4, 0))
        assert there.recv(2000) == bytes(packet)


def test_own_header_is_completed(shared):
    """What is left at zero of the header is filled in: source, identification, checksum."""
    a, b = shared.ends
    head = struct.pack(">BBHHHBBH4x4s", 0x45, 0, 0, 0, 0, 9, OSPF, 0, socket.inet_aton(b.v4))
    with raw(a) as here, raw(b) as there:
        here.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
        # One identification in 65536 happens to be 0, but not two in a row.
        for _ in range(2):
            here.sendto(head + b"data", (b.v4, 0))
        other, data = there.recv(2000), there.recv(2000)
    packet = IP(data)
    assert (packet.src, packet.ttl, packet.len) == (a.v4, 9, 24)
    assert packet.id or IP(other).id
    right = packet.chksum
    del packet.chksum
    assert IP(bytes(packet)).chksum == right
    assert data[20:] == b"data"


def test_bound_to_an_address(cable):
    """A socket bound to one of several addresses hears what is for that one."""
    a, b = cable.ends
    b.ip.addr("add", index=b.index, address="192.0.2.22", prefixlen=24)
    with raw(a) as here, raw(b) as one, raw(b) as other, raw(b) as free:
        one.bind((b.v4, 0))
        other.bind(("192.0.2.22", 0))
        here.sendto(b"one", (b.v4, 0))
        assert free.recv(2000)[20:] == b"one"
        here.sendto(b"other", ("192.0.2.22", 0))
        assert free.recv(2000)[20:] == b"other"
        assert one.recv(2000)[20:] == b"one"
        assert other.recv(2000)[20:] == b"other"
        assert silent(one) and silent(other)


def test_source_is_the_bound_address(cable):
    """A socket bound to an address sends from it."""
    a, b = cable.ends
    other = a.neighbour4(11)
    a.ip.addr("add", index=a.index, address=other, prefixlen=24)
    with raw(a) as here, raw(b) as there:
        here.bind((other, 0))
        here.sendto(b"", (b.v4, 0))
        assert there.recvfrom(2000)[1][0] == other


@pytest.fixture(name="two")
def two_fixture(rooms, lay):
    """Two cables between the same rooms."""
    first, second = rooms(2)
    return lay(first, second), lay(first, second, number=1)


def test_bound_to_a_device_hears_that_device(two):
    """What comes in by the other cable is not heard."""
    one, other = two
    with raw(one.a) as here, raw(one.b) as bound, raw(one.b) as free:
        bound.setsockopt(socket.SOL_SOCKET, BINDTODEVICE, other.b.name.encode())
        here.sendto(b"one", (one.b.v4, 0))
        assert free.recv(2000)[20:] == b"one"
        here.sendto(b"other", (other.b.v4, 0))
        assert free.recv(2000)[20:] == b"other"
        assert bound.recv(2000)[20:] == b"other"
        assert silent(bound)


def test_bound_to_a_device_sends_by_that_device(two):
    """Whatever the routes say, the packet takes the cable that the socket is bound to."""
    one, other = two
    with raw(one.a) as here, raw(one.b) as there:
        there.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        came_by = {}
        for device in (one.a.name, other.a.name):
            here.setsockopt(socket.SOL_SOCKET, BINDTODEVICE, device.encode())
            here.sendto(device.encode(), (one.b.v4, 0))
            data, extra, _, _ = there.recvmsg(2000, 64)
            came_by[data[20:].decode()] = struct.unpack_from("=i", extra[0][2])[0]
    assert came_by == {one.a.name: one.b.index, other.a.name: other.b.index}
