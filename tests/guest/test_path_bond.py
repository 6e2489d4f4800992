"""A bond over two cables: one is in use, and the other when that one fails."""

import contextlib
import json
import pathlib
import socket

import pytest

from helpers.cpu import Beside
from helpers.packet import Tap
from helpers.talk import connection, datagrams, expected, noise, ping_works, received, tcp_works
from helpers.traffic import PACKET_OUTGOING
from helpers.wait import until


class Bond:
    """Two cables; at the near end a bond over them, at the far end a bridge."""

    def __init__(self, one, other):
        self.cables = one, other
        self.near, self.far = one.a, one.b
        for end in (*one.ends, *other.ends):
            end.down()
            end.run("ip", "addr", "flush", "dev", end.name)
        self.room = one.a.room
        self.build(self.room, "bond0", one.a, other.a,
                   "type", "bond", "mode", "active-backup", "miimon", 20)
        self.build(one.b.room, "br0", one.b, other.b, "type", "bridge", "forward_delay", 0)
        for end, name in ((one.a, "bond0"), (one.b, "br0")):
            end.run("ip", "addr", "add", f"{end.v4}/24", "dev", name)

    @staticmethod
    def build(room, name, one, other, *what):
        """Makes a device over two."""
        room.run("ip", "link", "add", name, *what)
        for end in (one, other):
            room.run("ip", "link", "set", end.name, "master", name)
            end.up()
        room.run("ip", "link", "set", name, "up")

    def active(self):
        """The name of the end that is in use."""
        path = pathlib.Path("class/net/bond0/bonding/active_slave")
        return (self.room.sys / path).read_text().strip()

    @staticmethod
    def forwards(end):
        """Whether the bridge forwards at an end: it hears of a carrier up to a second later."""
        ports = json.loads(end.run("bridge", "-j", "link").stdout)
        return any(port["ifname"] == end.name and port["state"] == "forwarding" for port in ports)

    def use(self, cable):
        """Waits until a cable is in use."""
        until(lambda: self.active() == cable.a.name and self.forwards(cable.b),
              f"{cable.a.name} is in use", pause=0.05)


@pytest.fixture(name="bond")
def bond_fixture(rooms, lay):
    """A bond whose first cable is in use."""
    near, far = rooms(2)
    bond = Bond(lay(near, far), lay(near, far, number=1))
    bond.use(bond.cables[0])
    return bond


def pings_at(end):
    """A tap, and what to look for in it."""
    return Tap(end), lambda frame: frame[12:14] == b"\x08\x00" and frame[23] == 1


def test_traffic_takes_the_active_cable(bond):
    """Data arrives, and by no other cable than the one in use."""
    one, other = bond.cables
    (used, ping), (idle, _) = pings_at(one.a), pings_at(other.a)
    with used, idle:
        ping_works(bond.near, bond.far.v4)
        tcp_works(bond.near, bond.far)
        assert len(used.frames(ping)) == 6
        assert not idle.frames(ping)


def break_near(cable):
    """Takes the near end down."""
    cable.a.down()


def break_far(cable):
    """Takes the far end down: the near one has no carrier any more."""
    cable.b.down()


@pytest.mark.parametrize("break_cable", [break_near, break_far])
def test_failover(bond, break_cable):
    """When the cable in use fails the other one takes over, there and back again."""
    one, other = bond.cables
    ping_works(bond.near, bond.far.v4)
    break_cable(one)
    bond.use(other)
    ping_works(bond.near, bond.far.v4)
    one.a.up()
    one.b.up()
    break_cable(other)
    bond.use(one)
    ping_works(bond.near, bond.far.v4)


def send_and_finish(sock, data):
    """Sends all there is to send."""
    sock.sendall(data)
    sock.shutdown(socket.SHUT_WR)


def test_connection_survives_a_failover(bond):
    """A connection in full swing goes on over the other cable, and loses nothing."""
    one, other = bond.cables
    data = noise(1_000_000)
    with connection(bond.near, bond.far) as (here, there):
        sender = Beside(target=send_and_finish, args=(here, data), daemon=True)
        sender.start()
        start = there.recv(100_000, socket.MSG_WAITALL)
        one.a.down()
        assert received(there, start) == expected(data)
        sender.join()
    assert bond.active() == other.a.name


def test_bond_has_one_address(bond):
    """Whichever cable is in use, the far end sees the same address."""
    one, other = bond.cables
    mac = bond.room.ip.get_links(ifname="bond0")[0].get_attr("IFLA_ADDRESS")
    for cable, next_one in ((one, other), (other, None)):
        with Tap(cable.b) as tap, datagrams(bond.near, bond.far) as (here, there):
            here.send(b"hello")
            assert there.recv(10) == b"hello"
            frame, = tap.frames(lambda frame: b"hello" in frame)
            assert frame[6:12].hex(":") == mac
        if next_one:
            cable.a.down()
            bond.use(next_one)


@pytest.mark.parametrize("mode", [
    ("balance-rr",), ("balance-xor", "xmit_hash_policy", "layer3+4"),
    ("802.3ad", "lacp_rate", "fast", "xmit_hash_policy", "layer3+4")], ids=lambda mode: mode[0])
def test_both_cables_carry(rooms, lay, mode):
    """A bond at each end: both cables are used, and one is enough when the other fails."""
    near, far = rooms(2)
    one, other = lay(near, far), lay(near, far, number=1)
    for end in (*one.ends, *other.ends):
        end.down()
        end.run("ip", "addr", "flush", "dev", end.name)
    for first, second in ((one.a, other.a), (one.b, other.b)):
        Bond.build(first.room, "bond0", first, second, "type", "bond", "mode", *mode, "miimon", 20)
        first.run("ip", "addr", "add", f"{first.v4}/24", "dev", "bond0")

    def both_are_used():
        with contextlib.ExitStack() as stack:
            taps = [stack.enter_context(Tap(cable.a)) for cable in (one, other)]
            # Each from a port of its own, which the hash goes by.
            for _ in range(16):
                with datagrams(one.a, one.b) as (here, there):
                    there.settimeout(2)
                    here.send(b"hello")
                    with contextlib.suppress(TimeoutError):
                        there.recv(10)
            return all(tap.frames(lambda frame: frame.endswith(b"hello"), PACKET_OUTGOING)
                       for tap in taps)
    until(both_are_used, "both cables are used", seconds=120)
    tcp_works(one.a, one.b)
    one.a.down()
    until(lambda: one.a.run("ping", "-n", "-c", 1, "-W", 2, one.b.v4, check=False).returncode == 0,
          "the other cable takes over", seconds=60)
    ping_works(one.a, one.b.v4)
    tcp_works(one.a, one.b)
