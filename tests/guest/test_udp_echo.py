"""UDP port 7, by ordinary sockets."""

import socket

import pytest

from helpers.traffic import can_echo, echo_numbered, udp
from helpers.vnet import FAR4, FAR6, books

BOTH = pytest.mark.parametrize("far", [FAR4, FAR6])


@pytest.mark.ipv6
@BOTH
@pytest.mark.parametrize("number", [1, 6, 8, 9, 53, 65535])
def test_other_ports_are_silent(port, far, number):
    """No other port answers; the frame counts as ignored."""
    port.far_mac(far)
    before = port.counter("echo_ignored")
    with udp(far, number) as sock:
        sock.send(b"hello")
        port.settle()
        sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            sock.recv(100)
    assert port.counter("echo_ignored") > before


def test_port_7_to_port_7_is_silent(port):
    """Two echo hosts must not talk for ever: from port 7 there is no reply."""
    port.far_mac()
    before = port.settle()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("", 7))
        sock.sendto(b"hello", (FAR4, 7))
        after = books(port)
    assert after["echo_replies"] == before["echo_replies"]
    assert after["echo_ignored"] - before["echo_ignored"] == 1


@pytest.mark.ipv6
@BOTH
def test_empty_datagram(port, far):
    """A datagram without data comes back without data."""
    with udp(far) as sock:
        sock.send(b"")
        assert sock.recv(100) == b""
    books(port)


@pytest.mark.ipv6
@BOTH
@pytest.mark.parametrize("size", [4, 18, 19, 500, 1452])
def test_datagrams_come_back(port, far, size):
    """Ten datagrams come back as they were, in order.

    After a first one: what waits for a neighbour may be overtaken.
    """
    assert can_echo(far=far)
    echo_numbered(10, size, far)
    books(port)


def test_every_address_beyond_answers(port):
    """The far end is whoever is asked for."""
    for number in (3, 100, 254):
        with udp(f"192.0.2.{number}") as sock:
            sock.send(b"hello")
            data, address = sock.recvfrom(100)
            assert (data, address) == (b"hello", (f"192.0.2.{number}", 7))
    books(port)
