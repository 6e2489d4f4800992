"""macvlan on top of an end of a cable: devices with addresses of their own."""

import contextlib
import socket

import pytest

from helpers.cable import End, Room
from helpers.packet import Tap, header, packet_socket, padded
from helpers.talk import V4, V6, ping_works, tcp_works, udp_works
from helpers.vnet import NOBODY


@pytest.fixture(name="macvlans")
def macvlans_fixture(cable):
    """Two macvlan devices on the near end, each in a room of its own as containers have it."""
    with contextlib.ExitStack() as stack:
        ends = []
        for number in (0, 1):
            room = stack.enter_context(Room())
            end = End(room, f"mv{number}", 0, 11 + number)
            cable.a.run("ip", "link", "add", "link", cable.a.name, "name", end.name,
                        "type", "macvlan", "mode", "bridge")
            index = cable.a.ip.link_lookup(ifname=end.name)[0]
            cable.a.ip.link("set", index=index, net_ns_fd=room.fd)
            end.up()
            end.address()
            stack.callback(lambda one: one.ip.link("del", index=one.index), end)
            ends.append(end)
        yield ends


@pytest.mark.parametrize("family", [V4, V6])
def test_traffic_with_the_far_end(cable, macvlans, family):
    """Both devices and the end below talk with the far end."""
    for near in (*macvlans, cable.a):
        ping_works(near, cable.b.of(family))
    udp_works(macvlans[0], cable.b, family)
    tcp_works(macvlans[0], cable.b, family)
    tcp_works(cable.b, macvlans[1], family)


def test_far_end_sees_their_own_addresses(cable, macvlans):
    """Each device is a neighbour with an address of its own."""
    for near in macvlans:
        ping_works(cable.b, near.v4)
    macs = [cable.b.neighbour_of(near.v4) for near in macvlans]
    assert macs == [near.mac for near in macvlans]
    assert len({*macs, cable.a.mac}) == 3


def test_unicast_is_received_by_whom_it_is_for(cable, macvlans):
    """A frame for one device gets there, and to no other; a frame for nobody to none."""
    one, other = macvlans
    with packet_socket(cable.b, protocol=0) as there, Tap(one) as here, Tap(other) as elsewhere:
        to_one, to_nobody = (
            padded(header(mac, cable.b.mac) + b"hello") for mac in (one.mac, NOBODY))
        there.send(to_nobody)
        there.send(to_one)
        assert here.wait(1, to_one.__eq__, socket.PACKET_HOST) == [to_one]
        assert not here.frames(to_nobody.__eq__)
        assert not elsewhere.frames(lambda frame: frame in (to_one, to_nobody))


def test_broadcast_is_received_by_all(cable, macvlans):
    """A broadcast reaches the end below and both devices on top."""
    frame = padded(header("ff:ff:ff:ff:ff:ff", cable.b.mac) + b"hello")
    with packet_socket(cable.b, protocol=0) as there, contextlib.ExitStack() as stack:
        taps = [stack.enter_context(Tap(end)) for end in (*macvlans, cable.a)]
        there.send(frame)
        for tap in taps:
            assert tap.wait(1, frame.__eq__, socket.PACKET_BROADCAST) == [frame]


def test_devices_on_one_end_talk_without_the_cable(cable, macvlans):
    """In bridge mode what one device has for the other does not leave."""
    one, other = macvlans
    with Tap(cable.b) as tap:
        ping_works(one, other.v4)
        assert not tap.frames(lambda frame: frame[12:14] == b"\x08\x00")


@pytest.mark.parametrize("mode", ["private", "vepa", "passthru"])
def test_other_modes(cable, mode):
    """In each of the others a device talks with the far end; passthru has the end's address."""
    with Room() as room:
        near = End(room, "mv0", 0, 11)
        cable.a.run("ip", "link", "add", "link", cable.a.name, "name", near.name,
                    "type", "macvlan", "mode", mode)
        index = cable.a.ip.link_lookup(ifname=near.name)[0]
        cable.a.ip.link("set", index=index, net_ns_fd=room.fd)
        near.up()
        near.address()
        try:
            assert (near.mac == cable.a.mac) == (mode == "passthru")
            ping_works(near, cable.b.v4)
            udp_works(near, cable.b)
            tcp_works(near, cable.b)
        finally:
            room.ip.link("del", index=near.index)
