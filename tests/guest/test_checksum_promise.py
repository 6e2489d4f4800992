"""What a port says of a checksum holds, whatever is between it and the stack; and the bytes that
programs and taps see are those that a wire would carry."""

import contextlib
import socket
import struct

import pytest

from helpers import bpf, trace, vlan
from helpers.bpf import TCX_INGRESS, XDP_HOOK
from helpers.frames import NOTHING_TO_FINISH, Tap, VnetHdr, is_summed, udp_frame
from helpers.run import run
from helpers.stream import UDP_SEGMENT, datagrams, noise, transfer

pytestmark = pytest.mark.ipv6

V6 = pytest.mark.parametrize("v6", [False, True], ids=["v4", "v6"])
RX = pytest.mark.parametrize("rx", [True, False], ids=["rx on", "rx off"])
HEADERS = {False: 42, True: 62}
SIZE = 300_000
LABEL = 0x88b5


@contextlib.contextmanager
def at_far(bench, program, hook=XDP_HOOK):
    """Has a program run at the far end while the block runs."""
    with contextlib.ExitStack() as stack:
        with bench.far.inside():
            stack.enter_context(bpf.attached(program, bench.far.index, hook))
        yield


def segments(bench, sender, receiver, count, size):
    """Sends datagrams in one piece; asserts that they arrive as they are."""
    before = sender.getsockopt(socket.SOL_UDP, UDP_SEGMENT)
    sender.setsockopt(socket.SOL_UDP, UDP_SEGMENT, size)
    sender.send(noise(count * size))
    sender.setsockopt(socket.SOL_UDP, UDP_SEGMENT, before)
    got = [receiver.recv(65535) for _ in range(count)]
    assert [len(one) for one in got] == count * [size]
    assert b"".join(got) == noise(count * size)
    bench.settle()


@RX
def test_program_that_moves_the_head(bench, log, rx):
    """It takes a label out: the sum of the whole frame is another then, and nobody has said one."""
    bench.far.set_features({"rx-checksum": rx})
    with at_far(bench, bpf.pop_label(LABEL)), datagrams(bench) as (sender, receiver), \
            VnetHdr(bench.near) as wire:
        ports = sender.getsockname()[1], receiver.getsockname()[1]
        for number in range(20):
            frame = udp_frame(bench, *ports, noise(99, number))
            wire.send(NOTHING_TO_FINISH, frame[:12] + struct.pack(">HH", LABEL, 42) + frame[12:])
            assert receiver.recv(2000) == noise(99, number)
    assert not [line for line in log.lines() if "csum" in line]


@V6
@pytest.mark.parametrize("hook", [XDP_HOOK, TCX_INGRESS], ids=["xdp", "tc"])
def test_nothing_is_said_to_a_program(bench, v6, hook):
    """It may take a header off, and what was said would be about the next one."""
    passes = bpf.leave({XDP_HOOK: bpf.PASS, TCX_INGRESS: bpf.OK}[hook])
    protocol = 0x86dd if v6 else 0x0800
    with datagrams(bench, v6) as (sender, receiver), trace.received(bench.far) as skbs:
        sender.send(noise(99))
        assert receiver.recv(2000) == noise(99)
        assert [skb["ip_summed"] for skb in skbs.all(protocol=protocol)] == [trace.CHECKED]
        with at_far(bench, passes, hook):
            sender.send(noise(99))
            assert receiver.recv(2000) == noise(99)
            assert [skb["ip_summed"] for skb in skbs.all(protocol=protocol)] == [trace.UNSUMMED]


@V6
def test_program_sees_the_frames_of_a_gso_skb(bench, v6):
    """Forty frames, of a UDP GSO skb; and TCP's, one by one: GRO does not go before XDP."""
    with at_far(bench, bpf.drop_longer(1514)):
        with datagrams(bench, v6) as (sender, receiver):
            segments(bench, sender, receiver, 40, 1200)
        transfer(bench, SIZE, v6)


def test_program_turns_off_what_a_wire_does_not_carry(bench):
    """The kernel does so with rx-gro-hw, as with every card, and leaves it off."""
    assert bench.far.features()["rx-gro-hw"]
    with at_far(bench, bpf.leave(bpf.PASS)):
        assert not bench.far.features()["rx-gro-hw"]
    assert not bench.far.features()["rx-gro-hw"]
    with bench.far.inside():
        run("ethtool", "-K", bench.far.name, "rx-gro-hw", "on")
    assert bench.far.features()["rx-gro-hw"]


@V6
@pytest.mark.parametrize("off", [(), ("gro",), ("rx",)], ids=["default", "gro off", "rx off"])
def test_tap_sees_the_frames_of_a_udp_gso_skb(bench, v6, off):
    """Each of them, with its sum."""
    bench.far.switch(*off)
    with Tap(bench.far) as tap, datagrams(bench, v6) as (sender, receiver):
        segments(bench, sender, receiver, 40, 1200)
        seen = [one for one in tap.seen() if len(one.frame) > 1000]
    assert [len(one.frame) for one in seen] == 40 * [1200 + HEADERS[v6]]
    assert all(one.is_summed and is_summed(one.frame, v6) for one in seen)


def test_receiver_that_asks_gets_udp_in_one_piece(bench):
    """rx-udp-gro-forwarding: the stack's GRO puts them together, as of any card."""
    bench.far.set_features({"rx-udp-gro-forwarding": True})
    with Tap(bench.far) as tap, datagrams(bench) as (sender, receiver):
        segments(bench, sender, receiver, 40, 1200)
        assert max(len(frame) for frame in tap.frames()) > 1514


@V6
def test_tcp_stays_whole_where_gro_would_make_it(bench, v6):
    """By default it crosses as it was sent."""
    with trace.received(bench.far) as skbs:
        transfer(bench, SIZE, v6)
        seen = skbs.all(protocol=0x86dd if v6 else 0x0800)
    whole = [skb for skb in seen if skb["gso_size"]]
    assert whole
    assert {skb["ip_summed"] for skb in whole} == {trace.NEVER_FILLED_IN}
    # TCPV4, or TCPV6, and nothing of the sender's.
    assert {skb["gso_type"] for skb in whole} == {0x10 if v6 else 0x1}


@V6
@pytest.mark.parametrize("off", ["rx-gro-hw", "rx-gro", "rx-checksum"])
def test_one_setting_for_what_a_wire_carries(bench, v6, off):
    """rx-gro-hw off: each frame by itself, and no sum left out. Others turn it off as well."""
    with bench.far.inside():
        run("ethtool", "-K", bench.far.name, off, "off")
    with trace.received(bench.far) as skbs:
        transfer(bench, SIZE, v6)
        with datagrams(bench, v6) as (sender, receiver):
            segments(bench, sender, receiver, 40, 1200)
        seen = skbs.all(protocol=0x86dd if v6 else 0x0800)
    assert len(seen) > SIZE // 1460 + 40
    assert max(skb["len"] for skb in seen) <= 1500
    assert {skb["gso_size"] for skb in seen} == {0}
    said = trace.UNSUMMED if off == "rx-checksum" else trace.CHECKED
    assert {skb["ip_summed"] for skb in seen} == {said}


@V6
def test_no_train_is_longer_than_what_gro_makes(bench, v6):
    """The receiver has said how long that is."""
    name = "gro_max_size" if v6 else "gro_ipv4_max_size"
    with bench.far.inside():
        run("ip", "link", "set", bench.far.name, name, 8000)
    try:
        with trace.received(bench.far) as skbs:
            transfer(bench, SIZE, v6)
            assert max(skb["len"] for skb in skbs.all()) < 8000
    finally:
        with bench.far.inside():
            run("ip", "link", "set", bench.far.name, name, 65536)


@pytest.mark.parametrize("off", ["rx-gro-hw", "rx-gro", "rx-checksum"])
def test_what_has_arrived_obeys_at_once(bench, off):
    """A GSO skb that waits in the ring while the setting changes is cut when it leaves it."""
    with bench.far.inside():
        run("ethtool", "-C", bench.far.name, "rx-usecs", 1_000_000, "rx-frames", 0)
    try:
        with datagrams(bench) as (sender, receiver), trace.received(bench.far) as skbs, \
                VnetHdr(bench.near) as wire:
            # TCP that nobody has asked for: the stack at the far end drops it.
            wire.send(*tcp_gso(bench, 5000))
            sender.send(noise(10))
            bench.far.set_features({off: False})
            if skbs.all():
                pytest.skip("this machine is too busy: the frames have not waited")
            with bench.far.inside():
                run("ethtool", "-C", bench.far.name, "rx-usecs", 0, "rx-frames", 1)
            assert receiver.recv(100) == noise(10)
            seen = skbs.all()
    finally:
        with bench.far.inside():
            run("ethtool", "-C", bench.far.name, "rx-usecs", 0, "rx-frames", 1)
    assert [skb["gso_size"] for skb in seen] == 6 * [0]
    assert trace.NEVER_FILLED_IN not in {skb["ip_summed"] for skb in seen}


def tcp_gso(bench, size):
    """A GSO skb of TCP in segments of 1000 bytes, and what is said of it."""
    frame = udp_frame(bench, 5000, 9, noise(size))
    tcp = struct.pack(">HHIIBBHHH", 5000, 9, 1, 0, 0x50, 0x10, 1000, 0, 0)
    ip = bytearray(frame[14:34])
    struct.pack_into(">H", ip, 2, 20 + 20 + size)
    ip[9], ip[10:12] = socket.IPPROTO_TCP, b"\0\0"
    struct.pack_into(">H", ip, 10, ~ones_sum(bytes(ip)) & 0xffff)
    start = ones_sum(bytes(ip[12:20]) + struct.pack(">HH", socket.IPPROTO_TCP, 20 + size))
    tcp = tcp[:16] + struct.pack(">H", start) + tcp[18:]
    header = struct.pack("=BBHHHH", 1, 1, 54, 1000, 34, 16)
    return header, frame[:14] + bytes(ip) + tcp + noise(size)


def ones_sum(data):
    """The ones' complement sum."""
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


@V6
def test_sockets_and_upper_devices_see_sums(bench, v6):
    """A raw socket, and a tap at a VLAN: the sum is in the frame, although the sender left it."""
    with datagrams(bench, v6) as (sender, receiver), raw_socket(bench, v6) as raw:
        sender.send(noise(300))
        assert receiver.recv(2000) == noise(300)
        packet = raw.recv(2000)
    if v6:
        assert v6_sum(packet) == 0xffff
    else:
        assert is_summed(bytes(14) + packet)


def raw_socket(bench, v6):
    """Sees each UDP packet that the far end receives."""
    with bench.far.inside():
        sock = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_RAW,
                             socket.IPPROTO_UDP)
    sock.settimeout(5)
    return sock


def v6_sum(datagram):
    """The sum of a UDP datagram over IPv6, with its pseudo header."""
    addresses = b"".join(socket.inet_pton(socket.AF_INET6, one)
                         for one in ("2001:db8:1::1", "2001:db8:1::2"))
    data = addresses + struct.pack(">HH", socket.IPPROTO_UDP, len(datagram)) + datagram
    return ones_sum(data + bytes(len(data) % 2))


def test_tap_at_a_vlan_sees_sums(bench):
    """A tap that is not at the port itself, as the port cannot know."""
    with vlan.vlans(bench, ("802.1Q", 5)), \
            datagrams(bench, ends=(vlan.NEAR4, vlan.FAR4)) as (sender, receiver):
        with bench.far.inside():
            tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            tap.bind(("vlan0", 3))
        with tap:
            tap.settimeout(5)
            sender.send(noise(300))
            assert receiver.recv(2000) == noise(300)
            frame = tap.recv(2000)
            while len(frame) != 342:
                frame = tap.recv(2000)
            assert is_summed(frame)


@contextlib.contextmanager
def promiscuous(port):
    """Has a port receive what is for others."""
    run("ip", "link", "set", port.name, "promisc", "on")
    try:
        yield
    finally:
        run("ip", "link", "set", port.name, "promisc", "off")


def test_what_xdp_hands_on_are_frames(bench):
    """To another device, or back: TCP does not stall, as it does when a GSO skb is to be handed on.
    """
    back = bpf.redirect(bench.far.index)
    # Or its GRO would put together what comes back.
    bench.near.switch("gro")
    with at_far(bench, bpf.frame_is_in_bounds(1515, bpf.leave(bpf.ABORTED)) + back), \
            promiscuous(bench.near):
        # All of it comes back to the near port, which has sent it: not longer than a frame.
        with Tap(bench.near) as tap, VnetHdr(bench.near) as wire:
            wire.send(*tcp_gso(bench, 5000))
            bench.settle()
            lengths = [len(frame) for frame in tap.frames()]
    assert lengths == 5 * [1054]
