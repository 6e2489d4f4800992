"""Checksums of what is sent: left to the card, and filled in by it."""

import pytest

from helpers import trace
from helpers.bench import FAR4 as CABLE4
from helpers.bench import FAR6 as CABLE6
from helpers.frames import (
    NOTHING_TO_FINISH, Tap, VnetHdr, is_summed, to_finish, udp_frame, unsummed)
from helpers.snmp import udp_checksum_errors
from helpers.stream import datagrams, noise
from helpers.traffic import echo_numbered, udp
from helpers.vnet import FAR4, HOST4

pytestmark = pytest.mark.ipv6

V6 = pytest.mark.parametrize("v6", [False, True], ids=["v4", "v6"])
SIZES = (1, 2, 17, 18, 333, 1452)


def near_frames(tap, port):
    """The datagrams to a UDP port that a tap has seen."""
    return [one for one in tap.seen() if port.to_bytes(2, "big") in one.frame[34:60]]


@V6
@pytest.mark.parametrize("tx, rx, summed_at", [
    (True, True, trace.CHECKED), (True, False, trace.UNSUMMED),
    (False, True, trace.CHECKED), (False, False, trace.UNSUMMED)])
def test_checksum_is_there(bench, v6, tx, rx, summed_at):
    """Whoever has filled it in, it is right; and the receiving card says so if it is to."""
    bench.near.set_features({"tx-checksum-ip-generic": tx})
    bench.far.set_features({"rx-checksum": rx})
    with datagrams(bench, v6) as (sender, receiver), Tap(bench.far) as tap, \
            trace.received(bench.far) as skbs, trace.sent(bench.near) as given:
        port = receiver.getsockname()[1]
        for size in SIZES:
            sender.send(noise(size))
            assert receiver.recv(65535) == noise(size)
        seen = near_frames(tap, port)
        protocol = 0x86dd if v6 else 0x0800
        assert {skb["ip_summed"] for skb in skbs.all(protocol=protocol)} == {summed_at}
        wanted = trace.NEVER_FILLED_IN if tx else trace.UNSUMMED
        assert {skb["ip_summed"] for skb in given.all(protocol=protocol)} == {wanted}
    assert len(seen) == len(SIZES)
    for one in seen:
        assert one.is_summed
        assert is_summed(one.frame, v6)


@pytest.mark.parametrize("tx", [True, False], ids=["tx on", "tx off"])
def test_echo_host_finds_good_checksums(bench, tx):
    """The host at the far end checks each."""
    bench.echo.set_features({"tx-checksum-ip-generic": tx})
    for size in (4, 17, 18, 333, 1452):
        echo_numbered(3, size)
    assert bench.echo.counter("echo_bad_checksum") == 0


@V6
@pytest.mark.parametrize("rx", [True, False], ids=["rx on", "rx off"])
@pytest.mark.parametrize("tx", [True, False], ids=["tx on", "tx off"])
def test_packet_socket_leaves_it_to_the_card(bench, v6, rx, tx):
    """A frame with a checksum that is to be filled in arrives; without that word it does not."""
    bench.near.set_features({"tx-checksum-ip-generic": tx})
    bench.far.set_features({"rx-checksum": rx})
    start = 54 if v6 else 34
    with datagrams(bench, v6) as (sender, receiver), VnetHdr(bench.near) as wire:
        ports = sender.getsockname()[1], receiver.getsockname()[1]
        with bench.far.inside():
            before = udp_checksum_errors(v6)
        for size in SIZES:
            frame = unsummed(udp_frame(bench, *ports, noise(size), v6), v6)
            assert not is_summed(frame, v6)
            wire.send(NOTHING_TO_FINISH, frame)
            wire.send(to_finish(start), frame)
            assert receiver.recv(65535) == noise(size)
        receiver.setblocking(False)
        with pytest.raises(BlockingIOError):
            receiver.recv(65535)
        with bench.far.inside():
            assert udp_checksum_errors(v6) - before == len(SIZES)


def test_echo_host_gets_it_filled_in(bench):
    """So does one to the echo host, which answers only what is right."""
    mac = bench.echo.far_mac(FAR4)
    before = bench.echo.settle()
    with udp(FAR4) as sock, VnetHdr(bench.echo) as wire:
        # With these data there is no port with which the sum of the pseudo header would do.
        frame = udp_frame(bench, sock.getsockname()[1], 7, noise(97), ends=(HOST4, FAR4))
        frame = bytes.fromhex((mac + bench.echo.mac).replace(":", "")) + frame[12:]
        wire.send(NOTHING_TO_FINISH, unsummed(frame))
        wire.send(to_finish(34), unsummed(frame))
        assert sock.recv(65535) == noise(97)
    after = bench.echo.settle()
    assert after["echo_replies"] - before["echo_replies"] == 1
    assert after["echo_bad_checksum"] - before["echo_bad_checksum"] == 1


@pytest.mark.parametrize("address", [CABLE4, CABLE6])
def test_fragments_of_a_datagram(bench, address):
    """A datagram in fragments is summed by the stack, whatever the card can do."""
    with datagrams(bench, ":" in address) as (sender, receiver):
        for size in (1473, 3001, 9000):
            sender.send(noise(size))
            assert receiver.recv(65535) == noise(size)
