"""netfilter on the way out over a cable: source NAT in POSTROUTING, drops in OUTPUT."""

import pytest

from helpers.nft import counted, rules
from helpers.packet import Tap
from helpers.talk import (V4, V6, UDP, connection, datagrams, exchange, expected, noise,
                          ping_works)

ALIAS = {V4: "192.0.2.77", V6: "2001:db8::77"}
FAMILIES = pytest.mark.parametrize("family", [V4, V6])


@pytest.fixture(name="translated")
def translated_fixture(cable):
    """A cable where all from the near end leaves under another address."""
    cable.a.ip.addr("add", index=cable.a.index, address=ALIAS[V4], prefixlen=32)
    # Deprecated: or it would be chosen by itself.
    cable.a.run("ip", "addr", "add", f"{ALIAS[V6]}/128", "dev", cable.a.name, "nodad",
                "preferred_lft", 0)
    rules(cable.a.room, "add table inet t", "add counter inet t out",
          "add chain inet t post { type nat hook postrouting priority srcnat; }",
          f"add rule inet t post oifname {cable.a.name} ip saddr {cable.a.v4} "
          f"counter name out snat ip to {ALIAS[V4]}",
          f"add rule inet t post oifname {cable.a.name} ip6 saddr {cable.a.v6} "
          f"meta l4proto != ipv6-icmp counter name out snat ip6 to {ALIAS[V6]}")
    return cable


@FAMILIES
def test_udp_from_a_translated_source(translated, family):
    """The far end sees the other address and answers it; the answer finds its way back."""
    a, b = translated.ends
    with a.socket(family, UDP) as here, b.socket(family, UDP) as there:
        there.bind((b.of(family), 0))
        here.connect(there.getsockname())
        for number in range(5):
            here.send(noise(1000, number))
            data, address = there.recvfrom(2000)
            assert data == noise(1000, number)
            assert address[0] == ALIAS[family]
            there.sendto(data[::-1], address)
            assert here.recv(2000) == data[::-1]
    # One flow is translated once, by its first packet.
    assert counted(a.room) == {"out": 1}


@FAMILIES
def test_tcp_from_a_translated_source(translated, family):
    """The same with a connection, and a lot of data both ways."""
    one, other = noise(300_000, 1), noise(300_000, 2)
    with connection(*translated.ends, family) as (here, there):
        assert there.getpeername()[0] == ALIAS[family]
        assert here.getsockname()[0] == translated.a.of(family)
        assert exchange(here, there, one, other) == (expected(one), expected(other))


def test_ping_from_a_translated_source(translated):
    """Pings are translated too, and the far end sees no other source."""
    with Tap(translated.b) as tap:
        ping_works(translated.a, translated.b.v4)
        sources = {frame[26:30] for frame in tap.frames(
            lambda frame: frame[12:14] == b"\x08\x00" and frame[30:34] == bytes([192, 0, 2, 2]))}
    assert sources == {bytes([192, 0, 2, 77])}


@FAMILIES
def test_drop_in_output(cable, family):
    """What OUTPUT drops is counted there and never leaves; all else does."""
    a, b = cable.ends
    # What waits for a neighbour may be overtaken by what comes after it.
    ping_works(a, b.of(family), count=1)
    with datagrams(a, b, family) as (here, there):
        port = there.getsockname()[1]
        rules(a.room, "add table inet t", "add counter inet t dropped", "add counter inet t kept",
              "add chain inet t output { type filter hook output priority 0; }",
              f"add rule inet t output udp dport {port} @th,64,8 0x21 "
              "counter name dropped drop",
              f"add rule inet t output udp dport {port} counter name kept")
        for number in range(10):
            if number % 3:
                here.send(b"+%d" % number)
            else:
                with pytest.raises(PermissionError):
                    here.send(b"!%d" % number)
        assert [there.recv(100) for _ in range(6)] == [b"+%d" % n for n in (1, 2, 4, 5, 7, 8)]
    assert counted(a.room) == {"dropped": 4, "kept": 6}


def test_drop_in_postrouting(cable):
    """The sender does not get to know what POSTROUTING drops; nothing leaves."""
    a, b = cable.ends
    ping_works(a, b.v4, count=1)
    rules(a.room, "add table inet t", "add counter inet t dropped",
          "add chain inet t post { type filter hook postrouting priority 0; }",
          "add rule inet t post icmp type echo-request counter name dropped drop")
    with Tap(b) as tap:
        result = a.run("ping", "-n", "-c", 3, "-i", "0.2", "-W", 1, b.v4, check=False)
        assert "3 packets transmitted, 0 received" in result.stdout
        assert not tap.frames(lambda frame: frame[12:14] == b"\x08\x00" and frame[23] == 1)
    assert counted(a.room) == {"dropped": 3}


def test_drop_at_egress(cable):
    """A rule at the device itself sees each frame on its way out."""
    a, b = cable.ends
    ping_works(a, b.v4, count=1)
    rules(a.room, "add table netdev t", "add counter netdev t dropped",
          f"add chain netdev t out {{ type filter hook egress device {a.name} priority 0; }}",
          "add rule netdev t out udp length 108 counter name dropped drop")
    with datagrams(a, b) as (here, there):
        for number in range(6):
            here.send(noise(100 + number % 2, number))
        assert [there.recv(200) for _ in range(3)] == [noise(101, n) for n in (1, 3, 5)]
    assert counted(a.room) == {"dropped": 3}
