"""The echo host answers for some addresses only (configfs: answers_for)."""

import pytest

from helpers import configfs
from helpers.cable import KIND, Cable, Room, have_pairs
from helpers.configfs import Item
from helpers.run import run
from helpers.vnet import FAR4, FAR6, Port

pytestmark = pytest.mark.ipv6
ELSEWHERE4, ELSEWHERE6 = "198.51.100.0/24", "2001:db8:ffff::/64"


def answers(address, *how):
    """Whether somebody answers a ping."""
    result = run("ping", "-n", "-c", 1, "-W", 1, *how, address, check=False)
    return "1 received" in result.stdout


@pytest.fixture(name="make")
def make_fixture(namespace, item):
    """Makes a port whose host answers for what is given."""
    def make(**attributes):
        for name, value in attributes.items():
            item[name] = value
        item.on()
        port = Port(namespace)
        port.up()
        port.address()
        return port
    return make


def test_inside_and_outside(make):
    """Pings and neighbours of the prefix are answered, nobody else's."""
    port = make(answers_for="192.0.2.0/30", answers_for6="2001:db8::/126")
    for inside, outside in ((FAR4, "192.0.2.4"), (FAR6, "2001:db8::4")):
        assert answers(inside, "-W", 30)
        replies = port.counter("echo_replies")
        assert not answers(outside)
        assert port.counter("echo_replies") == replies
        # Nor if it need not be asked for.
        port.neighbour(port.far_mac(inside), outside)
        replies = port.counter("echo_replies")
        assert not answers(outside)
        assert port.counter("echo_replies") == replies


def test_routers_obey(make):
    """They say nothing of packets to what is not behind them."""
    port = make(answers_for="192.0.2.0/30", answers_for6="2001:db8::/126", hops=3)
    for inside, outside in ((FAR4, "192.0.2.99"), (FAR6, "2001:db8::99")):
        port.neighbour(port.far_mac(inside), outside)
        replies = port.counter("echo_replies")
        assert not answers(outside, "-t", "1")
        assert port.counter("echo_replies") == replies
        assert not answers(inside, "-t", "1")
        assert port.counter("echo_replies") == replies + 1


class Bridged:
    """Two hosts on a bridge, with an echo port beside."""

    def __init__(self, cable, other, item):
        self.near, self.far, self.item = cable.a, other.b, item
        self.room = cable.b.room
        self.room.run("ip", "link", "add", "br0", "type", "bridge", "forward_delay", 0)
        with self.room.inside():
            item.on()
        for name in (cable.b.name, other.a.name, item["name"]):
            self.room.run("ip", "addr", "flush", "dev", name)
            self.room.run("ip", "link", "set", name, "master", "br0", "up")
        self.room.run("ip", "link", "set", "br0", "up")
        self.far.v4, self.far.v6 = self.near.neighbour4(9), self.near.neighbour6(9)
        self.far.address()

    def replies(self):
        """How much the echo host has answered."""
        return Port(self.room, self.item["name"]).counter("echo_replies")

    def pings(self):
        """How many of 10 pings are answered by who was meant, to each of the addresses."""
        good = 0
        for _ in range(10):
            for far in (self.far.v4, self.far.v6):
                self.near.run("ip", "neigh", "flush", "dev", self.near.name)
                shown = self.near.run("ping", "-n", "-c", 1, "-W", 30, far, check=False).stdout
                good += "1 received" in shown and self.near.neighbour_of(far) == self.far.mac
        return good / 2


@pytest.mark.parametrize("limited", [True, False])
def test_echo_port_in_a_bridge(limited):
    """It answers for everybody there, unless it is told for whom."""
    have_pairs(ports=0)
    configfs.have_mounted()
    limits = {"answers_for": ELSEWHERE4, "answers_for6": ELSEWHERE6} if limited else {}
    with Room() as near, Room() as middle, Room() as far, Cable(near, middle) as cable, \
            Cable(middle, far, number=1, kind=KIND) as other, \
            Item("host", name="host", **limits) as item:
        bridged = Bridged(cable, other, item)
        with middle.inside():
            before = bridged.replies()
            if limited:
                assert bridged.pings() == 10
                assert bridged.replies() == before == 0
            else:
                bridged.pings()
                assert bridged.replies() >= 10
        middle.clear()
