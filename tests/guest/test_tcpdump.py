"""tcpdump on a port sees what goes and what comes."""

import contextlib
import subprocess

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6EchoRequest, IPv6
from scapy.utils import rdpcap

from helpers.run import run
from helpers.vnet import FAR4, FAR6, HOST4, HOST6
from helpers.wait import until


@contextlib.contextmanager
def tcpdump(port, tmp_path, *words):
    """Runs tcpdump while the block runs; the result has the packets afterwards."""
    dump, log = tmp_path / "dump.pcap", tmp_path / "log"
    packets = []
    with log.open("w") as errors:
        process = subprocess.Popen(
            ["tcpdump", "-U", "-n", "-Z", "root", "-i", port.name, "-w", str(dump), *words],
            stderr=errors)
        try:
            until(lambda: "listening on" in log.read_text(), "tcpdump listens")
            yield packets
            until(lambda: len(rdpcap(str(dump))) >= port.expected, "tcpdump has seen all")
        finally:
            process.terminate()
            process.wait(timeout=30)
    packets.extend(rdpcap(str(dump)))


@pytest.mark.parametrize("direction, words, kinds", [
    ("both", (), {8: 3, 0: 3}), ("out", ("-Q", "out"), {8: 3}), ("in", ("-Q", "in"), {0: 3}),
])
def test_tcpdump_sees_pings(port, tmp_path, direction, words, kinds):
    """Requests go out, replies come in, each from the right address."""
    port.far_mac()
    port.settle()
    port.expected = sum(kinds.values())
    with tcpdump(port, tmp_path, *words, "icmp") as packets:
        run("ping", "-n", "-c", 3, "-i", "0.2", FAR4)
    seen = {kind: [one for one in packets if one[ICMP].type == kind] for kind in (8, 0)}
    assert {kind: len(ones) for kind, ones in seen.items() if ones} == kinds, direction
    assert all((one[IP].src, one[IP].dst) == (HOST4, FAR4) for one in seen[8])
    assert all((one[IP].src, one[IP].dst) == (FAR4, HOST4) for one in seen[0])
    assert all(one.src == port.mac for one in seen[8])
    assert all(one.dst == port.mac and one.src == port.far_mac() for one in seen[0])


@pytest.mark.ipv6
def test_tcpdump_sees_ipv6_pings(port, tmp_path):
    """The same with IPv6."""
    port.far_mac(FAR6)
    port.expected = 6
    with tcpdump(port, tmp_path, "icmp6 and host 2001:db8::2 and (ip6[40]=128 or ip6[40]=129)") \
            as packets:
        run("ping", "-n", "-c", 3, "-i", "0.2", FAR6)
    requests = [one for one in packets if ICMPv6EchoRequest in one]
    replies = [one for one in packets if ICMPv6EchoReply in one]
    assert (len(requests), len(replies)) == (3, 3)
    assert all((one[IPv6].src, one[IPv6].dst) == (HOST6, FAR6) for one in requests)
    assert all((one[IPv6].src, one[IPv6].dst) == (FAR6, HOST6) for one in replies)
