"""VLAN tags: put into frames and taken out by the card or by the stack, in any combination."""

import pytest

from helpers import trace, vlan
from helpers.frames import Tap
from helpers.stream import UDP_SEGMENT, datagrams, noise
from helpers.traffic import roomy, udp

ENDS = (vlan.NEAR4, vlan.FAR4)
IPV4, CTAG, STAG = 0x0800, 0x8100, 0x88a8


def exchange(bench):
    """A datagram each way."""
    with datagrams(bench, ends=ENDS) as (sender, receiver):
        sender.send(noise(100))
        data, address = receiver.recvfrom(65535)
        assert data == noise(100)
        receiver.sendto(noise(333), address)
        assert sender.recv(65535) == noise(333)


@pytest.mark.parametrize("tx", [True, False], ids=["txvlan on", "txvlan off"])
@pytest.mark.parametrize("rx", [True, False], ids=["rxvlan on", "rxvlan off"])
def test_all_four_combinations(bench, tx, rx):
    """The tag is beside the frame where the card deals with it, and inside where not."""
    for port in (bench.near, bench.far):
        port.set_features({"tx-vlan-hw-insert": tx, "rx-vlan-hw-parse": rx})
    with vlan.vlans(bench, ("802.1Q", 5)):
        before = bench.settle()
        with trace.received(bench.far) as skbs:
            exchange(bench)
            arrived = skbs.all()
        after = bench.settle()
        with trace.sent(bench.near) as skbs:
            exchange(bench)
            sent = skbs.all()
    tagged = {"vlan_tagged": 1, "vlan_proto": CTAG, "vlan_tci": 5, "protocol": IPV4}
    untagged = {"vlan_tagged": 0, "protocol": CTAG}
    for skbs, wanted in ((sent, tagged if tx else untagged), (arrived, tagged if rx else untagged)):
        # On the way out the protocol is that of the packet, or of the tag inside.
        assert len(skbs) == 1
        assert {name: skbs[0][name] for name in wanted} == wanted
    # The tag counts wherever it is.
    assert after[0]["tx_bytes"] - before[0]["tx_bytes"] == 100 + 42 + 4
    assert after[1]["rx_bytes"] - before[1]["rx_bytes"] == 100 + 42 + 4


@pytest.mark.parametrize("protocol", ["802.1Q", "802.1ad"])
@pytest.mark.parametrize("hardware", [True, False], ids=["card", "stack"])
def test_trains_within_a_vlan(bench, protocol, hardware):
    """Segmentation with a tag, in every frame; with what was sent, in order and counted."""
    for port in (bench.near, bench.far):
        port.set_features({"tx-vlan-hw-insert": hardware, "rx-vlan-hw-parse": hardware,
                           "tx-vlan-stag-hw-insert": hardware})
    with vlan.vlans(bench, (protocol, 5)), datagrams(bench, ends=ENDS) as (sender, receiver):
        for gro in (True, False):
            bench.far.set_features({"rx-gro": gro})
            before = bench.settle()
            sender.setsockopt(17, UDP_SEGMENT, 500)
            sender.send(noise(1900))
            got = [receiver.recv(65535) for _ in range(4)]
            assert b"".join(got) == noise(1900)
            assert [len(one) for one in got] == [500, 500, 500, 400]
            near, far = bench.settle()
            counted = [(near[f"tx_{name}"] - before[0][f"tx_{name}"],
                        far[f"rx_{name}"] - before[1][f"rx_{name}"])
                       for name in ("packets", "bytes")]
            whole = 1900 + 4 * (42 + 4)
            assert counted == [(4, 4), (whole, whole)]
            assert near["tx0_posted"] - before[0]["tx0_posted"] == 1


@pytest.mark.parametrize("stag", [True, False], ids=["card", "stack"])
def test_service_tag_stays_inside(bench, stag):
    """The card can put in an 802.1ad tag; it takes out only 802.1Q ones, as it says."""
    bench.near.set_features({"tx-vlan-stag-hw-insert": stag})
    with vlan.vlans(bench, ("802.1ad", 9)):
        with trace.received(bench.far) as arrived, Tap(bench.far) as tap:
            exchange(bench)
            assert [(skb["vlan_tagged"], skb["protocol"]) for skb in arrived.all()] == [(0, STAG)]
            # By then the stack has taken it out.
            assert [one.tag for one in tap.seen()] == [(STAG, 9)]
        with trace.sent(bench.near) as sent:
            exchange(bench)
            assert [skb["vlan_tagged"] for skb in sent.all()] == [int(stag)]


@pytest.mark.parametrize("outer, inner", [("802.1ad", "802.1Q"), ("802.1Q", "802.1Q")])
@pytest.mark.parametrize("on", [True, False], ids=["card", "stack"])
def test_two_tags(bench, outer, inner, on):
    """Both tags are there in the right order, one of them the card's."""
    for port in (bench.near, bench.far):
        port.set_features({"tx-vlan-hw-insert": on, "rx-vlan-hw-parse": on,
                           "tx-vlan-stag-hw-insert": on})
    with vlan.vlans(bench, (outer, 9), (inner, 5)):
        before = bench.settle()
        with Tap(bench.far) as tap:
            exchange(bench)
            seen = tap.seen()
        after = bench.settle()
    assert [one.tag for one in seen] == [(STAG if outer == "802.1ad" else CTAG, 9)]
    assert seen[0].frame[12:18] == bytes.fromhex("810000050800")
    assert after[0]["tx_bytes"] - before[0]["tx_bytes"] == 100 + 42 + 8
    assert after[1]["rx_bytes"] - before[1]["rx_bytes"] == 100 + 42 + 8


@pytest.mark.parametrize("tags", [
    [("802.1Q", 5)], [("802.1ad", 9)], [("802.1ad", 9), ("802.1Q", 5)]],
    ids=["802.1Q", "802.1ad", "both"])
@pytest.mark.parametrize("on", [True, False], ids=["card", "stack"])
def test_echo_host_answers_in_the_same_vlan(bench, tags, on):
    """Also a tag that the card was to put in, and each segment of a GSO skb."""
    bench.echo.set_features({"tx-vlan-hw-insert": on, "tx-vlan-stag-hw-insert": on})
    with vlan.echo_vlan(bench.echo, *tags), udp(vlan.THEIRS) as sock:
        sock.send(noise(100))
        assert sock.recv(65535) == noise(100)
        before = bench.echo.settle()
        roomy(sock).setsockopt(17, UDP_SEGMENT, 500)
        sock.send(noise(1200))
        assert b"".join(sock.recv(65535) for _ in range(3)) == noise(1200)
        after = bench.echo.settle()
    assert after["echo_replies"] - before["echo_replies"] == 3
    assert after["tx_bytes"] - before["tx_bytes"] == 1200 + 3 * (42 + 4 * len(tags))
    assert after["rx_bytes"] - before["rx_bytes"] == 1200 + 3 * (42 + 4 * len(tags))
