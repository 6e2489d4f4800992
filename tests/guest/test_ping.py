"""ICMP and ICMPv6 echo, in all sizes."""

import pytest

from helpers.run import run
from helpers.snmp import pings
from helpers.talk import at_once, flood_ping
from helpers.traffic import udp
from helpers.vnet import FAR4, FAR6, books

# What precedes the data: the IP header and 8 bytes of ICMP.
HEADERS = {FAR4: 28, FAR6: 48}


def ping(far, size, count=2, check=True, more=()):
    """Pings; `ping` compares the data by itself. All replies have to come."""
    result = run("ping", "-n", *at_once(count), "-s", size, *more, far, check=False)
    if check:
        assert f"{count} packets transmitted, {count} received, 0% packet loss" in result.stdout
        assert "wrong data" not in result.stdout
    return result


@pytest.mark.parametrize("more", [1, 500])
def test_fragments_get_no_reply_and_are_counted(port, more):
    """A ping larger than the MTU goes out in two pieces; neither gets a reply."""
    port.far_mac()
    before = port.settle()
    result = ping(FAR4, 1500 - 28 + more, count=1, check=False, more=("-W", 1))
    assert "1 packets transmitted, 0 received" in result.stdout
    after = books(port)
    assert after["echo_fragments"] - before["echo_fragments"] == 2
    assert after["echo_replies"] == before["echo_replies"]


@pytest.mark.ipv6
def test_ipv6_fragments_get_no_reply_and_are_counted(port):
    """The same with IPv6."""
    port.far_mac(FAR6)
    before = port.counter("echo_fragments")
    result = ping(FAR6, 1500 - 48 + 1, count=1, check=False, more=("-W", 1))
    assert "1 packets transmitted, 0 received" in result.stdout
    port.settle()
    assert port.counter("echo_fragments") - before == 2


@pytest.mark.parametrize("size", [0, 1, 8, 17, 18, 19, 56, 1471, 1472])
def test_ping(port, size):
    """Each ping up to the MTU gets its reply, with the data unchanged."""
    ping(FAR4, size)
    books(port)


@pytest.mark.ipv6
@pytest.mark.parametrize("size", [0, 1, 8, 17, 18, 19, 56, 1451, 1452])
def test_ping_ipv6(port, size):
    """The same with IPv6."""
    ping(FAR6, size)
    books(port)


@pytest.mark.ipv6
@pytest.mark.parametrize("far", [FAR4, FAR6])
def test_jumbo_ping(port, far):
    """With an MTU of 9000 the largest ping fits."""
    port.set(mtu=9000)
    for size in (8000, 9000 - HEADERS[far] - 1, 9000 - HEADERS[far]):
        ping(far, size)
    books(port)


@pytest.mark.ipv6
@pytest.mark.parametrize("far, step", [(FAR4, 1), (FAR6, 7)])
def test_every_size_up_to_the_mtu(port, far, step):
    """Datagrams of every size come back from port 7 as they were sent."""
    port.far_mac(far)
    with udp(far) as sock:
        for size in range(0, 1500 - HEADERS[far] + 1, step):
            data = bytes((size + index) & 0xff for index in range(size))
            sock.send(data)
            assert sock.recv(2000) == data
    books(port)


def flood_without_loss(port, far, count):
    """Asserts that each of many pings is answered, and that the queue was never too late."""
    flood_ping(far, count)
    counters = books(port)
    assert counters["tx0_busy"] == counters["rx_missed"] == 0
    sent, answered = pings(far == FAR6)
    assert sent == answered >= count


@pytest.mark.parameters(rate_kbps=0)
def test_flood_ping_without_loss(port):
    """1000 pings as fast as they go on an unlimited wire: none is lost."""
    flood_without_loss(port, FAR4, 1000)


@pytest.mark.parameters(rate_kbps=0)
@pytest.mark.ipv6
def test_flood_ping_ipv6_without_loss(port):
    """The same with IPv6."""
    flood_without_loss(port, FAR6, 1000)


@pytest.mark.parameters(rate_kbps=1000000)
def test_flood_ping_on_a_gigabit_wire(port):
    """The same through the wire's timer."""
    flood_without_loss(port, FAR4, 300)
