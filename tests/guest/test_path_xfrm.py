"""IPsec over a cable, ESP in transport mode: data gets through, and only as ESP."""

import pytest
from scapy.layers.inet import IP

from helpers.capture import tcpdump
from helpers.packet import Tap
from helpers.talk import V4, V6, datagrams, ping_works, tcp_works, udp_works

KEYS = {
    "gcm": ("aead", "rfc4106(gcm(aes))", "0x" + "1f" * 20, 128),
    "cbc": ("enc", "cbc(aes)", "0x" + "2e" * 16,
            "auth-trunc", "hmac(sha256)", "0x" + "3d" * 32, 128),
}
ESP, FRAGMENT = 50, 44


def protect(cable, family, keys):
    """Keys and rules for both directions, at both ends."""
    a, b = cable.a.of(family), cable.b.of(family)
    for end in cable.ends:
        for spi, (source, target) in ((0x1001, (a, b)), (0x1002, (b, a))):
            end.run("ip", "xfrm", "state", "add", "src", source, "dst", target, "proto", "esp",
                    "spi", spi, "reqid", spi, "mode", "transport", *keys)
            end.run("ip", "xfrm", "policy", "add", "src", source, "dst", target,
                    "dir", "out" if source == end.of(family) else "in",
                    "tmpl", "proto", "esp", "reqid", spi, "mode", "transport")


def protocols(frames):
    """What has been sent: protocols of the network layer, without asking for neighbours."""
    four = {frame[23] for frame in frames if frame[12:14] == b"\x08\x00"}
    # A fragment says after its own header what it is one of.
    six = {frame[20] if frame[20] != FRAGMENT else frame[54]
           for frame in frames if frame[12:14] == b"\x86\xdd"}
    # Neighbours and multicast groups are nobody's secret.
    return four | six - {0, 58}


@pytest.mark.parametrize("family", [V4, V6])
@pytest.mark.parametrize("keys", KEYS)
def test_data_gets_through_as_esp(cable, family, keys):
    """Datagrams and connections arrive unchanged; on the wire there is nothing but ESP."""
    a, b = cable.ends
    ping_works(a, b.of(family))
    protect(cable, family, KEYS[keys])
    with Tap(a) as near, Tap(b) as far:
        # What was ESP goes on by a queue of the CPU that received it (xfrm_trans_queue()), so
        # datagrams that come by two CPUs overtake each other.
        udp_works(a, b, family, (0, 1, 500, 1400, 3000), at_once=1)
        tcp_works(a, b, family)
        tcp_works(b, a, family, length=20_000)
        assert protocols(near.frames()) == protocols(far.frames()) == {ESP}
        assert len(far.frames()) > 100


@pytest.mark.parametrize("protected", [True, False])
def test_data_cannot_be_read(cable, protected):
    """What is sent is not to be found on the wire; without protection it is."""
    a, b = cable.ends
    ping_works(a, b.v4)
    if protected:
        protect(cable, V4, KEYS["gcm"])
    with Tap(b) as tap, datagrams(a, b) as (here, there):
        here.send(b"in plain sight" * 10)
        assert there.recv(2000) == b"in plain sight" * 10
        assert bool(tap.frames(lambda frame: b"plain sight" in frame)) != protected


def test_tcpdump_sees_esp(cable):
    """tcpdump sees ESP in both directions, numbered, and no ping."""
    a, b = cable.ends
    ping_works(a, b.v4)
    protect(cable, V4, KEYS["cbc"])
    with tcpdump(a, 6, "ip") as packets:
        ping_works(a, b.v4, count=3)
    assert {packet[IP].proto for packet in packets} == {ESP}
    payloads = [bytes(packet[IP].payload) for packet in packets]
    for spi in (0x1001, 0x1002):
        numbers = [int.from_bytes(one[4:8], "big") for one in payloads
                   if int.from_bytes(one[:4], "big") == spi]
        assert sorted(numbers) == [1, 2, 3]


def test_wrong_key_gets_nothing_through(cable):
    """What was protected with another key is dropped and counted as such."""
    a, b = cable.ends
    ping_works(a, b.v4)
    protect(cable, V4, KEYS["gcm"])
    b.run("ip", "xfrm", "state", "flush")
    wrong = ("aead", "rfc4106(gcm(aes))", "0x" + "55" * 20, 128)
    b.run("ip", "xfrm", "state", "add", "src", a.v4, "dst", b.v4, "proto", "esp",
          "spi", 0x1001, "reqid", 0x1001, "mode", "transport", *wrong)
    result = a.run("ping", "-n", "-c", 2, "-i", "0.2", "-W", 1, b.v4, check=False)
    assert "0 received" in result.stdout
    shown = b.run("ip", "-s", "xfrm", "state").stdout
    assert "failed 2" in shown, shown
