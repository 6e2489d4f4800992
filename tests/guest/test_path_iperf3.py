"""iperf3 over a cable: TCP and UDP, in both directions, at both usual MTUs."""

import pytest

from helpers.talk import V4, V6, iperf3, ping_works

# As many datagrams as fit into a socket's buffer, for a receiver that is late.
DATAGRAMS = {1500: 60, 9000: 10}
MTUS = pytest.mark.parametrize("mtu", [1500, 9000])
LENGTH = 2 << 20


@MTUS
@pytest.mark.parametrize("words, family, headers", [
    ((), V4, 52), (("-R",), V4, 52), (("--bidir",), V6, 72)], ids=["forth", "back", "both"])
def test_tcp(shared, mtu, words, family, headers):
    """A lot is sent each way, in segments as large as the MTU allows; a client that reads gets all
    of it.
    """
    shared.mtu(mtu)
    report = iperf3(*shared.ends, "-n", LENGTH, *words, family=family)
    assert report["start"]["tcp_mss_default"] == mtu - headers
    moved = {name: end["bytes"] for name, end in report["end"].items() if name.startswith("sum_")}
    if "-R" in words:
        assert min(moved["sum_sent"], moved["sum_received"]) >= LENGTH
        return
    # It ends as soon as the client has sent, or read, so much; the other end may not have read it.
    assert len(moved) == (4 if "--bidir" in words else 2) and all(moved.values())
    assert max(moved["sum_sent"], moved.get("sum_received_bidir_reverse", 0)) >= LENGTH


@MTUS
@pytest.mark.parametrize("words", [(), ("-R",)], ids=["forth", "back"])
def test_udp(shared, mtu, words):
    """At a modest rate no datagram is lost, and none overtakes another."""
    shared.mtu(mtu)
    ping_works(shared.a, shared.b.v4)
    size, count = mtu - 28, DATAGRAMS[mtu]
    report = iperf3(*shared.ends, "-u", "-b", "1M", "-l", size, "-n", count * size, *words)
    result = report["end"]["sum"]
    assert result["packets"] >= count
    assert result["lost_packets"] == 0
    assert all(stream["udp"]["out_of_order"] == 0 for stream in report["end"]["streams"])
