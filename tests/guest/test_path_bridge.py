"""A bridge between a cable and a veth pair: it learns, floods, forwards."""

import json

import pytest

from helpers.cable import KIND, Cable, Room, have_pairs
from helpers.packet import Tap, header, packet_socket, padded
from helpers.talk import V4, V6, ping_works, tcp_works, udp_works
from helpers.vnet import NOBODY

SOMEBODY = "02:00:00:00:00:77"


class Bridged:
    """A near end, a bridge with a port to it and one to the far end, and the far end."""

    def __init__(self, cable, other):
        self.near, self.far = cable.a, other.b
        self.room = cable.b.room
        self.ports = cable.b, other.a
        self.room.run("ip", "link", "add", "br0", "type", "bridge", "forward_delay", 0)
        for port in self.ports:
            self.room.run("ip", "addr", "flush", "dev", port.name)
            self.room.run("ip", "link", "set", port.name, "master", "br0")
        self.room.run("ip", "link", "set", "br0", "up")
        # All in the first cable's network.
        self.far.v4, self.far.v6 = self.near.neighbour4(9), self.near.neighbour6(9)
        self.far.address()

    def learned(self):
        """Which address lies behind which port."""
        rows = json.loads(self.room.run("bridge", "-j", "fdb", "show", "br", "br0").stdout)
        return {row["mac"]: row["ifname"] for row in rows if row.get("state") != "permanent"}


@pytest.fixture(name="bridged", scope="module", params=sorted({"veth", KIND}))
def bridged_fixture(request):
    """A cable, and behind the bridge a veth pair or another cable; for all tests."""
    have_pairs(ports=0)
    with Room() as near, Room() as middle, Room() as far, Cable(near, middle) as cable, \
            Cable(middle, far, number=1, kind=request.param) as other:
        yield Bridged(cable, other)


@pytest.mark.parametrize("family", [V4, V6])
def test_traffic_over_a_bridge(bridged, family):
    """Pings, datagrams and connections get through unchanged, in both directions."""
    near, far = bridged.near, bridged.far
    ping_works(near, far.of(family), size=1400)
    udp_works(near, far, family)
    tcp_works(near, far, family)
    tcp_works(far, near, family)


def test_bridge_learns_who_is_where(bridged):
    """Each address is found behind the port that it came by."""
    ping_works(bridged.near, bridged.far.v4)
    learned = bridged.learned()
    assert learned[bridged.near.mac] == bridged.ports[0].name
    assert learned[bridged.far.mac] == bridged.ports[1].name


def test_bridge_floods_what_it_does_not_know(bridged):
    """A frame for nobody gets to the far end as it is, and does not come back."""
    near, far = bridged.near, bridged.far
    frame = padded(header(NOBODY, near.mac) + b"for nobody")
    with packet_socket(near, protocol=0) as here, Tap(near) as back, \
            Tap(far, promiscuous=True) as there:
        here.send(frame)
        assert there.wait(1, frame.__eq__) == [frame]
        ping_works(near, far.v4)
        assert back.frames(frame.__eq__) == [frame]


def test_bridge_keeps_to_the_port_it_has_learned(bridged):
    """What is for somebody behind the same port is not forwarded."""
    near, far = bridged.near, bridged.far
    with packet_socket(near, protocol=0) as here, Tap(far, promiscuous=True) as there:
        here.send(header("ff:ff:ff:ff:ff:ff", SOMEBODY) + b"hello")
        there.wait(1, lambda frame: b"hello" in frame)
        here.send(header(SOMEBODY, near.mac) + b"secret")
        ping_works(near, far.v4)
        assert not there.frames(lambda frame: b"secret" in frame)
