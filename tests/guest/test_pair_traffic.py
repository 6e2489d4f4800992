"""A pair as a cable: what goes in at one end comes out at the other, whole and in order."""

import re
import socket
import time

import pytest
from scapy.layers.l2 import Dot1AD, Dot1Q, Ether

from helpers.kernel import Trace
from helpers.pair import (
    be_silent, books_of_pair, datagrams, know_each_other, nothing_in_the_way)
from helpers.talk import at_once
from helpers.traffic import Wire, numbered, receive_numbered, send_numbered

pytestmark = pytest.mark.parameters(pairs=1, rx_ring=1024)

ETH_P_TEST = 0x0810
SO_MARK = 36


def ways(cable):
    """Both directions of a cable."""
    return (cable.a, cable.b), (cable.b, cable.a)


def test_ping_both_ways(cable):
    """Each end answers the other, by IPv4 and IPv6; and answers come from nowhere else."""
    for one, other in ways(cable):
        for address in (other.v4, other.v6):
            assert "3 received" in one.run("ping", "-n", *at_once(3), address).stdout
    nobody = cable.a.neighbour4(99)
    assert cable.a.run("ping", "-n", "-c", 1, "-W", 1, nobody, check=False).returncode != 0
    books_of_pair(cable)


@pytest.mark.parametrize("size", [1, 1472])
def test_datagrams_both_ways_in_order(cable, size):
    """What both ends send at the same time arrives, unchanged and in order."""
    know_each_other(cable)
    nothing_in_the_way(cable)
    there, back = (datagrams(*way) for way in ways(cable))
    for number in range(200):
        there[0].send(numbered(number, size + 4))
        back[0].send(numbered(number, size + 4))
    for _, into in (there, back):
        receive_numbered(into, 200, size + 4)
    books_of_pair(cable)


@pytest.mark.parametrize("size", [1472, 8972])
def test_jumbo_frames(cable, size):
    """With an MTU of 9000 at both ends, frames of that size cross; and no larger ones."""
    cable.mtu(9000)
    be_silent(cable)
    out, into = datagrams(cable.a, cable.b)
    before = cable.b.counters()
    send_numbered(out, 50, size)
    receive_numbered(into, 50, size)
    after = cable.b.settle()
    assert after["rx_packets"] - before["rx_packets"] == 50
    assert after["rx_bytes"] - before["rx_bytes"] == 50 * (size + 42)
    ping = cable.a.run("ping", "-n", "-c", 1, "-M", "do", "-s", 8973, cable.b.v4, check=False)
    assert "Message too long" in ping.stdout
    books_of_pair(cable)


def test_frame_larger_than_the_receivers_mtu(cable):
    """The MTU is about what is sent: a receiver takes what comes, and sends no larger ones."""
    cable.a.set(mtu=9000)
    be_silent(cable)
    out, into = datagrams(cable.a, cable.b)
    send_numbered(out, 20, 4000)
    receive_numbered(into, 20, 4000)
    before = cable.a.counter("rx_packets")
    assert cable.a.run("ping", "-n", "-c", 1, "-M", "do", "-s", 4000, cable.b.v4).returncode == 0
    # The answer comes in three pieces.
    assert cable.a.settle()["rx_packets"] - before == 3
    books_of_pair(cable)


def crossing(cable, trace):
    """The address of the skb of a datagram, as the sender's and the receiver's side show it."""
    sent = re.findall(rf"net_dev_start_xmit: dev={cable.a.name} .*skbaddr=(\w+)", trace)
    got = re.findall(rf"napi_gro_receive_entry: dev={cable.b.name} .*skbaddr=(\w+)", trace)
    return sent, got


def test_payload_is_not_copied(cable):
    """The skb that is sent is the one that arrives."""
    be_silent(cable)
    out, into = datagrams(cable.a, cable.b)
    with Trace("net/net_dev_start_xmit", "net/napi_gro_receive_entry", name="vnet_pair") as trace:
        send_numbered(out, 20, 1000)
        receive_numbered(into, 20, 1000)
        sent, got = crossing(cable, trace.text())
    assert len(sent) == 20
    assert sent == got


def test_speed_is_the_cables(cable):
    """Set at one end, it is the other's too; and frames from there take their time."""
    for one, other in ways(cable):
        speeds = 10 if one is cable.a else 100
        one.run("ethtool", "-s", one.name, "speed", speeds, "autoneg", "off")
        for end in (one, other):
            assert end.shown("speed") == str(speeds)
    cable.a.run("ethtool", "-s", cable.a.name, "speed", 1, "autoneg", "off")
    try:
        know_each_other(cable)
        with cable.b.room.inside():
            cable.b.plain_qdisc()
        out, into = datagrams(cable.b, cable.a)
        cable.b.settle()
        began = time.monotonic()
        send_numbered(out, 20, 1458)
        receive_numbered(into, 20, 1458)
        # 20 frames of 1524 bytes on the wire, 8 us each byte; never faster.
        assert time.monotonic() - began >= 0.24
    finally:
        cable.a.run("ethtool", "-s", cable.a.name, "speed", 1000, "autoneg", "off")


@pytest.mark.parametrize("offload", ["on", "off"])
def test_vlan_tag_crosses(cable, offload):
    """Tags arrive as they were sent, one or two, put in by the card or not."""
    for end in cable.ends:
        end.run("ethtool", "-K", end.name, "txvlan", offload, "rxvlan", offload)
    try:
        head = Ether(src=cable.a.mac, dst=cable.b.mac)
        frames = [bytes(head / tag / bytes(60)) for tag in (
            Dot1Q(vlan=7, prio=3, type=ETH_P_TEST), Dot1AD(vlan=8, type=ETH_P_TEST),
            Dot1AD(vlan=9) / Dot1Q(vlan=10, type=ETH_P_TEST))]
        with cable.a.room.inside():
            sender = Wire(cable.a)
        with cable.b.room.inside():
            receiver = Wire(cable.b)
        with sender, receiver:
            for frame in frames:
                sender.send(frame)
            cable.a.settle()
            cable.b.settle()
            got = [frame for frame in receiver.received() if frame[:12] == frames[0][:12]]
        assert got == frames
    finally:
        for end in cable.ends:
            end.run("ethtool", "-K", end.name, "txvlan", "on", "rxvlan", "on")


def test_vlan_devices_talk(cable):
    """A VLAN at both ends carries traffic, and another VLAN does not hear it."""
    for end, host in zip(cable.ends, (1, 2)):
        for vlan, net in ((5, "198.51.100."), (6, "203.0.113.")):
            name = f"tagged{vlan}"
            end.run("ip", "link", "add", "link", end.name, "name", name, "type", "vlan", "id", vlan)
            end.run("ip", "addr", "add", f"{net}{host}/24", "dev", name)
            end.run("ip", "link", "set", name, "up")
    assert cable.a.run("ping", "-n", "-c", 2, "-i", "0.2", "198.51.100.2").returncode == 0
    cable.b.run("ip", "link", "set", "tagged5", "down")
    ping = cable.a.run("ping", "-n", "-c", 1, "-W", 1, "198.51.100.2", check=False)
    assert ping.returncode != 0


def count_datagrams(end, hook, match):
    """Has the end's room count the datagrams that match, before the stack has done anything."""
    end.run("nft", "add table netdev seen; add chain netdev seen ours "
            f"{{ type filter hook {hook} device {end.name} priority 0; }}; "
            f"add rule netdev seen ours ip protocol udp {match} counter")


def counted(end):
    """How many that were."""
    found = end.run("nft", "list", "chain", "netdev", "seen", "ours").stdout
    return int(re.search(r"counter packets (\d+)", found).group(1))


@pytest.mark.parametrize("option, noted, clear", [
    (socket.SO_PRIORITY, "meta priority 0:5", "meta priority none"),
    (SO_MARK, "meta mark 5", "meta mark 0")], ids=["priority", "mark"])
def test_metadata_does_not_cross(cable, option, noted, clear):
    """What the sender's stack notes in an skb is not on the wire."""
    be_silent(cable)
    count_datagrams(cable.a, "egress", noted)
    count_datagrams(cable.b, "ingress", clear)
    out, into = datagrams(cable.a, cable.b)
    out.setsockopt(socket.SOL_SOCKET, option, 5)
    send_numbered(out, 10, 100)
    receive_numbered(into, 10, 100)
    assert counted(cable.a) == 10
    assert counted(cable.b) == 10
