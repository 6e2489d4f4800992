"""Checksums of what arrives: whoever summed it up, no bad one gets to a socket."""

import pytest

from helpers import trace, vlan
from helpers.bench import FAR4, FAR6, NEAR4, NEAR6
from helpers.frames import NOTHING_TO_FINISH, VnetHdr, checksum_offset, udp_frame, with_bad_checksum
from helpers.snmp import udp_checksum_errors
from helpers.stream import datagrams
from helpers.wait import until

pytestmark = pytest.mark.ipv6

V6 = pytest.mark.parametrize("v6", [False, True], ids=["v4", "v6"])
RX = pytest.mark.parametrize("rx", [True, False], ids=["rx on", "rx off"])
# Of a bad one and a good one.
HANDED_OVER = {True: [trace.UNSUMMED, trace.CHECKED], False: 2 * [trace.UNSUMMED]}


def ports_of(sender, receiver):
    """The ports of two sockets."""
    return sender.getsockname()[1], receiver.getsockname()[1]


def assert_bad_is_refused(bench, receiver, v6, good, bad):
    """Sends a bad frame and then a good one: only that arrives, and the bad one is counted."""
    with bench.far.inside():
        before = udp_checksum_errors(v6)
    with VnetHdr(bench.near) as wire:
        wire.send(NOTHING_TO_FINISH, bad)
        wire.send(NOTHING_TO_FINISH, good)
    assert receiver.recv(65535) == b"good", "the bad frame was received"
    with bench.far.inside():
        until(lambda: udp_checksum_errors(v6) - before == 1, "the bad frame is counted")


@V6
@RX
@pytest.mark.parametrize("size", [1, 101, 1400])
def test_bad_checksum_is_refused(bench, log, v6, rx, size):
    """With the card summing up and without, short (and padded) or long, odd or even."""
    bench.far.set_features({"rx-checksum": rx})
    with datagrams(bench, v6) as (sender, receiver):
        sport, dport = ports_of(sender, receiver)
        frame = udp_frame(bench, sport, dport, b"x" * size, v6)
        bad = with_bad_checksum(frame, checksum_offset(v6))
        good = udp_frame(bench, sport, dport, b"good", v6)
        with trace.received(bench.far) as skbs:
            assert_bad_is_refused(bench, receiver, v6, padded(good), padded(bad))
            seen = skbs.all(protocol=0x86dd if v6 else 0x0800)
    # The card says that a sum is right, or nothing: the stack finds out what is bad.
    assert [skb["ip_summed"] for skb in seen] == HANDED_OVER[rx]
    assert not [line for line in log.lines() if "csum" in line]


def padded(frame):
    """With what a wire may have behind a short frame: anything."""
    return frame.ljust(60, b"\xa5")


@V6
@RX
@pytest.mark.parametrize("size", [1, 2, 17, 333, 1452])
def test_good_checksum_is_accepted(bench, log, v6, rx, size):
    """Whatever the length, and whatever the padding."""
    bench.far.set_features({"rx-checksum": rx})
    payload = bytes(number & 0xff for number in range(size))
    with datagrams(bench, v6) as (sender, receiver), VnetHdr(bench.near) as wire:
        with bench.far.inside():
            before = udp_checksum_errors(v6)
        wire.send(NOTHING_TO_FINISH, padded(
            udp_frame(bench, *ports_of(sender, receiver), payload, v6)))
        assert receiver.recv(65535) == payload
        with bench.far.inside():
            assert udp_checksum_errors(v6) == before
    assert not [line for line in log.lines() if "csum" in line]


@pytest.fixture(name="tagged")
def tagged_fixture(bench):
    """A bench with VLAN 5 at both ends."""
    with vlan.vlans(bench, ("802.1Q", 5)):
        yield bench


@V6
@RX
@pytest.mark.parametrize("rxvlan", [True, False], ids=["rxvlan on", "rxvlan off"])
def test_checksum_behind_a_tag(tagged, log, v6, rx, rxvlan):
    """The same within a VLAN, whoever takes out the tag."""
    tagged.far.set_features({"rx-checksum": rx, "rx-vlan-hw-parse": rxvlan})
    ends = (vlan.NEAR6, vlan.FAR6) if v6 else (vlan.NEAR4, vlan.FAR4)
    with datagrams(tagged, v6, ends) as (sender, receiver):
        ports = ports_of(sender, receiver)
        frame = udp_frame(tagged, *ports, b"x" * 99, v6, vlan=5, ends=ends)
        bad = with_bad_checksum(frame, checksum_offset(v6, tagged=True))
        good = udp_frame(tagged, *ports, b"good", v6, vlan=5, ends=ends)
        assert_bad_is_refused(tagged, receiver, v6, padded(good), bad)
    assert not [line for line in log.lines() if "csum" in line]


@RX
def test_fragments_are_summed_up(bench, rx):
    """A datagram in several IP fragments, each of which has a part of the sum."""
    bench.far.set_features({"rx-checksum": rx})
    bench.near.switch("tx")
    for v6, address in ((False, (NEAR4, FAR4)), (True, (NEAR6, FAR6))):
        with datagrams(bench, v6, address) as (sender, receiver):
            for size in (3000, 4001):
                payload = bytes(number & 0xff for number in range(size))
                sender.send(payload)
                assert receiver.recv(65535) == payload
