"""Link-layer sockets over a cable: raw and datagram, own protocols, own frames, the table."""

import os
import socket

import pytest

from helpers.packet import (DGRAM, OURS, PACKET_MR_MULTICAST, RAW, Tap, header, join, octets,
                            packet_socket, padded)
from helpers.talk import noise
from helpers.traffic import ETH_P_ALL, PACKET_OUTGOING, PACKET_QDISC_BYPASS, SOL_PACKET
from helpers.vnet import NOBODY
from helpers.wait import until

MULTICAST = "01:00:5e:00:00:42"
BROADCAST = "ff:ff:ff:ff:ff:ff"


def ours(frame):
    """Whether a frame is of our protocol."""
    return frame[12:14] == OURS.to_bytes(2, "big")


@pytest.mark.parametrize("size", [0, 1, 45, 46, 47, 1000, 1500])
def test_raw_frame_of_our_own_protocol(shared, size):
    """A frame arrives exactly as it was given to the socket, header and all, and its padding."""
    a, b = shared.ends
    frame = header(b.mac, a.mac) + noise(size)
    with packet_socket(a, protocol=0) as here, packet_socket(b) as there:
        assert here.send(frame) == len(frame)
        data, address = there.recvfrom(2000)
    assert data == padded(frame)
    assert address == (b.name, OURS, socket.PACKET_HOST, 1, octets(a.mac))


def test_frame_may_not_be_longer_than_the_mtu(shared):
    """One byte more than the MTU and a header is refused, and the far end sees nothing."""
    a, b = shared.ends
    with packet_socket(a, protocol=0) as here, packet_socket(b) as there:
        with pytest.raises(OSError, match="Message too long"):
            here.send(header(b.mac, a.mac) + noise(1501))
        here.send(header(b.mac, a.mac) + b"next")
        assert there.recv(2000)[14:18] == b"next"


def test_datagram_of_our_own_protocol(shared):
    """The kernel makes the header, and takes it off again."""
    a, b = shared.ends
    data = noise(1500)
    with packet_socket(a, DGRAM) as here, packet_socket(b, DGRAM) as there, Tap(b) as tap:
        here.sendto(data, (a.name, OURS, 0, 0, octets(b.mac)))
        got, address = there.recvfrom(2000)
        assert tap.wait(1, ours) == [header(b.mac, a.mac) + data]
    assert got == data
    assert address[4] == octets(a.mac)
    assert address[1] == OURS


def test_other_protocols_are_not_heard(shared):
    """A socket for our protocol hears that and no other."""
    a, b = shared.ends
    with packet_socket(a, protocol=0) as here, packet_socket(b) as there:
        for protocol in (OURS + 1, 0x88b5, OURS):
            here.send(header(b.mac, a.mac, protocol) + protocol.to_bytes(2, "big"))
        assert there.recv(2000)[14:16] == OURS.to_bytes(2, "big")
        there.setblocking(False)
        with pytest.raises(BlockingIOError):
            there.recv(2000)


def test_eth_p_all_sees_what_goes_out(shared):
    """At the near end as outgoing, at the far end for whom it is."""
    a, b = shared.ends
    frames = {far: header(far, a.mac) + noise(100) for far in (b.mac, BROADCAST, MULTICAST)}
    kinds = {b.mac: socket.PACKET_HOST, BROADCAST: socket.PACKET_BROADCAST,
             MULTICAST: socket.PACKET_MULTICAST}
    with packet_socket(a, protocol=0) as here, Tap(a) as near, Tap(b) as far:
        join(far.sock, b, PACKET_MR_MULTICAST, MULTICAST)
        for frame in frames.values():
            here.send(frame)
        assert far.wait(3, ours) == list(frames.values())
        assert near.wait(3, ours, PACKET_OUTGOING) == list(frames.values())
        assert near.frames(ours) == list(frames.values())
        for mac, kind in kinds.items():
            assert far.frames(ours, kind) == [frames[mac]]


def test_only_eth_p_all_sees_what_goes_out(shared):
    """A socket for the protocol itself does not hear what its own end sends."""
    a, b = shared.ends
    with packet_socket(a) as here, packet_socket(b) as there:
        here.send(header(b.mac, a.mac) + b"forth")
        assert there.recv(2000)[14:19] == b"forth"
        there.send(header(a.mac, b.mac) + b"back")
        assert here.recv(2000)[14:18] == b"back"


def test_promiscuous_socket_sees_frames_for_others(shared):
    """What is for nobody here arrives as such."""
    a, b = shared.ends
    frame = header(NOBODY, a.mac) + noise(100)
    with packet_socket(a, protocol=0) as here, Tap(b, promiscuous=True) as tap:
        until(lambda: b.attr("IFLA_PROMISCUITY") == 1, "the end is promiscuous")
        here.send(frame)
        assert tap.wait(1, ours, socket.PACKET_OTHERHOST) == [frame]


def queued(end):
    """How many packets have gone through the qdisc of an end."""
    shown = end.run("tc", "-s", "qdisc", "show", "dev", end.name).stdout
    return int(shown.split("Sent")[1].split("bytes")[1].split()[0])


@pytest.mark.parametrize("bypass", [False, True])
def test_qdisc_bypass(cable, bypass):
    """With bypass frames arrive just so, but the qdisc has not seen them."""
    a, b = cable.ends
    # Or it would say something by itself.
    a.room.sysctl("net/ipv6/conf/all/disable_ipv6", 1)
    a.run("tc", "qdisc", "replace", "dev", a.name, "root", "pfifo")
    with packet_socket(a, protocol=0) as here, packet_socket(b) as there, Tap(a) as tap:
        here.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, bypass)
        before = queued(a)
        frames = [header(b.mac, a.mac) + noise(200, number) for number in range(20)]
        for frame in frames:
            here.send(frame)
        assert [there.recv(2000) for _ in frames] == frames
        assert queued(a) - before == (0 if bypass else 20)
        # Who goes around the qdisc is not shown to taps either.
        assert len(tap.frames(ours)) == (0 if bypass else 20)


def test_bound_socket_does_not_hear_other_interfaces(rooms, lay):
    """Of two cables between the same rooms, a bound socket hears one."""
    first, second = rooms(2)
    one, other = lay(first, second), lay(first, second, number=1)
    with packet_socket(one.b) as bound, packet_socket(one.b, bound=False) as free, \
            packet_socket(other.a, protocol=0) as there, \
            packet_socket(one.a, protocol=0) as here:
        there.send(header(other.b.mac, other.a.mac) + b"other")
        assert free.recvfrom(2000)[1][0] == other.b.name
        here.send(header(one.b.mac, one.a.mac) + b"one")
        data, address = bound.recvfrom(2000)
        assert (data[14:17], address[0]) == (b"one", one.b.name)
        assert free.recvfrom(2000)[1][0] == one.b.name


def table(end):
    """/proc/net/packet, by inode."""
    with end.room.inside(), open("/proc/thread-self/net/packet", encoding="ascii") as lines:
        rows = [line.split() for line in lines][1:]
    return {int(row[8]): row for row in rows}


def test_sockets_are_listed(shared):
    """/proc/net/packet has the socket with its type, protocol and interface, until it closes."""
    a = shared.a
    with packet_socket(a) as raw, packet_socket(a, DGRAM, ETH_P_ALL, bound=False) as free:
        rows = table(a)
        inodes = [os.fstat(sock.fileno()).st_ino for sock in (raw, free)]
        assert rows[inodes[0]][2:6] == [str(RAW.value), f"{OURS:04x}", str(a.index), "1"]
        assert rows[inodes[1]][2:6] == [str(DGRAM.value), f"{ETH_P_ALL:04x}", "0", "1"]
    assert not set(inodes) & set(table(a))
