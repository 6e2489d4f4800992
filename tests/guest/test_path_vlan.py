"""VLANs over a cable, the tag inserted by the device or by the stack."""

import pytest

from helpers.packet import Tap
from helpers.talk import V4, V6, ping_works, tcp_works, udp_works

OFFLOAD = "tx-vlan-hw-insert"


class Tagged:
    """An end's VLAN device; it talks as an end does."""

    def __init__(self, end, number, protocol="802.1Q"):
        self.end, self.room = end, end.room
        self.name = f"v{number}"
        host = 1 if end.v4.endswith(".1") else 2
        self.v4, self.v6 = f"198.18.{number}.{host}", f"2001:db8:{number:x}00::{host}"
        self.run("ip", "link", "add", "link", end.name, "name", self.name, "type", "vlan",
                 "protocol", protocol, "id", number)
        self.run("ip", "addr", "add", f"{self.v4}/24", "dev", self.name)
        self.run("ip", "addr", "add", f"{self.v6}/64", "dev", self.name, "nodad")
        self.run("ip", "link", "set", self.name, "up")

    def of(self, family):
        """The address in a family."""
        return self.v6 if family == V6 else self.v4

    def run(self, *command, **how):
        """Runs a command in the end's room."""
        return self.end.run(*command, **how)

    def socket(self, *what):
        """A socket in the end's room."""
        return self.end.socket(*what)


def offload(end):
    """What ethtool says of the offload: on, off, and whether that is fixed."""
    shown = end.run("ethtool", "-k", end.name).stdout
    return next(line.split(":")[1].split() for line in shown.splitlines()
                if line.strip().startswith(f"{OFFLOAD}:")
                or line.strip().startswith("tx-vlan-offload:"))


def set_offload(cable, state):
    """Turns the insertion of tags on or off at both ends, or skips where that cannot be."""
    for end in cable.ends:
        is_now = offload(end)
        if is_now[0] != state and "[fixed]" in is_now:
            pytest.skip(f"{OFFLOAD} is {' '.join(is_now)}")
        end.run("ethtool", "-K", end.name, OFFLOAD, state)
        assert offload(end)[0] == state


def tagged_with(number, protocol=0x8100):
    """Whether a frame bears a tag."""
    tag = protocol.to_bytes(2, "big") + number.to_bytes(2, "big")
    return lambda frame: frame[12:16] == tag


@pytest.mark.parametrize("state", ["on", "off"])
@pytest.mark.parametrize("protocol", ["802.1Q", "802.1ad"])
def test_traffic_within_a_vlan(cable, state, protocol):
    """All kinds of traffic up to the full MTU, whoever inserts the tag; it is on the wire."""
    set_offload(cable, state)
    near, far = (Tagged(end, 42, protocol) for end in cable.ends)
    kind = {"802.1Q": 0x8100, "802.1ad": 0x88a8}[protocol]
    with Tap(cable.b) as tap:
        ping_works(near, far.v4, size=1472)
        full = [frame for frame in tap.frames(tagged_with(42, kind)) if len(frame) == 1518]
        assert len(full) == 6
        assert not tap.frames(lambda frame: frame[12:14] == b"\x08\x00")
    for family in (V4, V6):
        udp_works(near, far, family)
        tcp_works(near, far, family)
        tcp_works(far, near, family)


def test_vlans_do_not_hear_each_other(cable):
    """Each number is a network of its own, and so is what bears no tag."""
    ones, others = ([Tagged(end, number) for end in cable.ends] for number in (1, 2))
    for near, far in (ones, others, cable.ends):
        ping_works(near, far.v4)
    with Tap(others[1]) as tap:
        udp_works(*ones)
        udp_works(*cable.ends)
        assert not tap.frames(lambda frame: frame[12:14] == b"\x08\x00")
        udp_works(*others)
        assert tap.frames(lambda frame: frame[12:14] == b"\x08\x00")


def test_vlan_within_a_vlan(cable):
    """Two tags, jumbo frames: the longest that there are."""
    cable.mtu(9000)
    inner = []
    for end in cable.ends:
        outer = Tagged(end, 7, "802.1ad")
        end_in_outer = type("Outer", (), {
            "name": outer.name, "v4": end.v4, "run": end.run, "socket": end.socket,
            "room": end.room})
        inner.append(Tagged(end_in_outer, 8))
    near, far = inner
    with Tap(cable.b) as tap:
        ping_works(near, far.v4, size=8972)
        longest = max(tap.frames(tagged_with(7, 0x88a8)), key=len)
        assert longest[16:20] == bytes.fromhex("81000008")
        assert len(longest) == 9000 + 14 + 8
    tcp_works(near, far)
