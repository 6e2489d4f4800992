"""`ethtool -K … loopback on`: what a port sends comes back to it."""

import pytest

from helpers.bench import FAR4, NEAR4
from helpers.frames import Tap
from helpers.run import run
from helpers.stream import datagrams, noise, transfer
from helpers.traffic import Flood, can_echo, receive_numbered, send_numbered, udp
from helpers.wait import until

pytestmark = pytest.mark.parameters(pairs=1, ports=1, sink=1)

NOBODY = "02:00:00:00:00:99"
NAMES = ["near", "echo", "sink"]


def frame(to, source, size=100):
    """A frame of an experimental EtherType."""
    return bytes.fromhex((to + source).replace(":", "") + "88b5") + noise(size)


def loop(port, on):
    """Switches it as people do."""
    with port.inside():
        run("ethtool", "-K", port.name, "loopback", "on" if on else "off")


def comes_back(port):
    """How often a frame that a port sends to itself arrives there."""
    with Tap(port) as tap:
        sent = frame(port.mac, port.mac)
        tap.sock.send(sent)
        port.settle()
        return tap.frames().count(sent)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_sent_comes_back(bench, name):
    """Once, unchanged, counted both ways, and only as long as the loop is there."""
    port = getattr(bench, name)
    assert comes_back(port) == 0
    loop(port, True)
    before = port.settle()
    assert comes_back(port) == 1
    after = port.settle()
    for counter, by in (("tx_packets", 1), ("rx_packets", 1), ("tx_bytes", 114),
                        ("rx_bytes", 114), ("echo_replies", 0), ("echo_ignored", 0)):
        assert after[counter] - before[counter] == by, counter
    loop(port, False)
    assert comes_back(port) == 0


@pytest.mark.parametrize("name", NAMES)
def test_what_comes_back_is_filtered(bench, name):
    """A frame for nobody comes back, and is not for us."""
    port = getattr(bench, name)
    loop(port, True)
    before = port.settle()
    with Tap(port) as tap:
        tap.sock.send(frame(NOBODY, port.mac))
        after = port.settle()
        assert tap.frames() == []
    assert after["rx_filtered"] - before["rx_filtered"] == 1


def test_peer_loses_its_link(bench):
    """Who loops does not listen; the peer sees that, and sees it end."""
    loop(bench.near, True)
    until(lambda: not bench.far.has_carrier, "the peer's link is gone")
    assert bench.near.has_carrier
    with Tap(bench.far) as tap:
        assert comes_back(bench.near) == 1
        assert tap.frames() == []
    loop(bench.near, False)
    until(lambda: bench.far.has_carrier, "the peer's link is back")
    assert bench.near.has_carrier
    transfer(bench, 100_000)
    transfer(bench, 100_000, back=True)


def test_both_ends_loop(bench):
    """Each hears itself alone."""
    for port in (bench.near, bench.far):
        loop(port, True)
    for port in (bench.near, bench.far):
        until(lambda port=port: port.has_carrier, f"{port.name} has a link")
        with port.inside():
            assert comes_back(port) == 1
    loop(bench.near, False)
    until(lambda: not bench.near.has_carrier, "the one that waits for the other has no link")
    loop(bench.far, False)
    until(lambda: bench.near.has_carrier and bench.far.has_carrier, "there is a link")
    transfer(bench, 100_000)


def test_loop_needs_no_peer(bench):
    """There is a link while the peer is down; without the loop there is none."""
    bench.far.down()
    until(lambda: not bench.near.has_carrier, "the link is gone")
    loop(bench.near, True)
    until(lambda: bench.near.has_carrier, "the loop is a link")
    assert comes_back(bench.near) == 1
    loop(bench.near, False)
    until(lambda: not bench.near.has_carrier, "the link is gone again")
    bench.far.up()
    until(lambda: bench.near.has_carrier, "the link is back")
    transfer(bench, 100_000)


@pytest.mark.parametrize("name", NAMES)
def test_loop_survives_down_and_up(bench, name):
    """It belongs to the port; it may be switched while the port is down, too."""
    port = getattr(bench, name)
    loop(port, True)
    port.down()
    port.up()
    until(lambda: port.has_carrier, "there is a link")
    assert comes_back(port) == 1
    port.down()
    loop(port, False)
    port.up()
    until(lambda: port.has_carrier, "there is a link")
    assert comes_back(port) == 0


def test_switched_under_traffic(bench):
    """A flood goes on at both ends while the loop comes and goes; afterwards all is well."""
    # Or they are asked for again after a while, perhaps in vain when the last loop ends.
    bench.near.neighbour(bench.far.mac, FAR4)
    bench.far.neighbour(bench.near.mac, NEAR4)
    bench.echo.far_mac()
    before = [port.settle() for port in bench.ports]
    with bench.far.inside():
        flood_back = udp(NEAR4, 9)
    with Flood(udp(FAR4, 9), udp(port=9), udp(port=7), flood_back):
        for _ in range(4):
            for port in (bench.near, bench.echo, bench.sink):
                loop(port, True)
            until(lambda: bench.near.has_carrier, "the loop is a link")
            for port in (bench.near, bench.echo, bench.sink):
                loop(port, False)
    # What one end still had to send may have arrived after a look at the other.
    bench.settle()
    counted = [{name: new[name] - old[name] for name in new}
               for old, new in zip(before, [port.settle() for port in bench.ports])]
    for one in counted:
        assert one["tx0_posted"] == one["tx0_completed"] + one["tx0_purged"]
        assert one["tx0_completed"] == one["tx_packets"] + one["tx0_no_carrier"]
    for one in counted[2:]:
        assert one["tx0_no_carrier"] == 0, "who has no peer never loses its link"
    # Whatever was sent by either end was received or filtered by one of them.
    pair = counted[:2]
    assert sum(one["tx_packets"] for one in pair) == sum(
        one[name] for one in pair
        for name in ("rx_packets", "rx_missed", "rx_filtered", "rx_no_memory"))
    with datagrams(bench) as (sender, receiver):
        send_numbered(sender, 50, 500)
        receive_numbered(receiver, 50, 500)
    assert can_echo()
