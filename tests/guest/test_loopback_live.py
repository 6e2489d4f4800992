"""`ethtool -K … loopback on|off` while frames are on their way: none is lost in silence.

A port with a loop has no receiver on the cable, as with the loop in the MAC of a card.

| a frame is | when the loop is closed | when it is opened |
|---|---|---|
| in the port's qdisc or ring, or on its wire | it comes back | it goes to the far end |
| in a line, from the port or to it | it arrives | it arrives |
| in the port's receive ring | it is received | it is received |
| in the other end's ring, or on its wire | it is lost: `tx0_no_carrier` | there is none |
| in the other end's qdisc | the stack drops it, as the carrier is gone | there is none |
"""

import pytest

from helpers.packet import header, packet_socket
from helpers.run import run
from helpers.traffic import numbered, receive_numbered, send_numbered
from helpers.wait import until
from helpers.way import MS, S, Way

COUNT, SIZE = 20, 500
# In kbit/s: a frame takes 0.2 s, so most have not left yet when something is changed.
SLOW = 20


def loop(end, on=True):
    """Closes the loop of an end, or opens it."""
    with end.room.inside():
        run("ethtool", "-K", end.name, "loopback", "on" if on else "off")


def fill(way, latency=4 * S):
    """Puts datagrams on their way, for long."""
    way.set(latency_ns=latency)
    way.post(COUNT)
    way.has_left()


def back(way, count):
    """Datagrams from the far end to the near one; returns when they have left the wire."""
    before = way.far.counter("tx0_completed")
    for number in range(count):
        way.into.sendto(numbered(number, 100), (way.near.v4, 5000))
    until(lambda: way.far.counter("tx0_completed") == before + count, "all have left")


def balance(way):
    """Nothing was purged, the books of the lines balance at both ends, and frames take the line."""
    for end in (way.near, way.far):
        until(lambda end=end: end.counter("line_entered") == end.counter("line_arrived"), "arrived")
        assert end.counter("line_purged") == 0
    way.set(latency_ns=1 * MS)
    until(lambda: way.near.has_carrier and way.far.has_carrier, "there is a link")
    entered = way.count("line_entered")
    assert way.carries(10) == list(range(10))
    assert way.count("line_entered") == entered + 10


@pytest.mark.parametrize("on", [True, False])
def test_what_is_still_to_be_sent(module, silent, on):
    """In the qdisc, in the ring and on the wire: it goes where the loop says that it goes now."""
    with Way("pair", silent) as way:
        loop(way.near, not on)
        way.set(rate_kbps=SLOW)
        with way.near.room.inside():
            way.near.plain_qdisc()
            way.near.set_bql("limit_max", 4 * SIZE)
        before, after = (way.far, way.near) if on else (way.near, way.far)
        with packet_socket(way.near, protocol=0) as sock:
            for _ in range(COUNT):
                sock.send(header(after.mac, way.near.mac) + bytes(SIZE))
        until(lambda: way.count("rx_filtered", before) > 0, "the first one has left")
        loop(way.near, on)
        way.set(rate_kbps=1_000_000)
        until(lambda: way.count("rx_filtered", before) + way.count("rx0_received", after) == COUNT,
              "all are somewhere")
        assert way.count("rx0_received", after) > COUNT / 2


def test_what_has_left(pair):
    """It is on the line to the other end, and arrives there."""
    fill(pair)
    loop(pair.near)
    receive_numbered(pair.into, COUNT, 100)
    loop(pair.near, on=False)
    balance(pair)


@pytest.mark.parametrize("is_opened", [False, True])
def test_what_is_on_its_way_here(pair, is_opened):
    """It has left the other end before, and arrives; also when the loop is open again by then."""
    fill(pair)
    loop(pair.far)
    if is_opened:
        loop(pair.far, on=False)
    receive_numbered(pair.into, COUNT, 100)
    loop(pair.far, on=False)
    balance(pair)


def test_both_ends(pair):
    """Frames are on their way both ways when both ends close their loops."""
    fill(pair)
    back(pair, COUNT)
    loop(pair.near)
    loop(pair.far)
    receive_numbered(pair.into, COUNT, 100)
    receive_numbered(pair.out, COUNT, 100)
    loop(pair.near, on=False)
    loop(pair.far, on=False)
    balance(pair)


@pytest.mark.parametrize("link", [
    {"latency_ns": 0}, {"line_frames": 2048}, {"line_frames": COUNT}], ids=str)
def test_another_link_meanwhile(pair, link):
    """The link changes while the loop is closed: what is on its way arrives all the same."""
    fill(pair, 8 * S)
    loop(pair.far)
    pair.set(**link)
    loop(pair.far, on=False)
    receive_numbered(pair.into, COUNT, 100)
    balance(pair)


def test_a_port_that_goes_leaves_the_line(pair):
    """A port is removed with its loop closed: the next one's link is as late as before."""
    pair.set(latency_ns=1 * MS)
    loop(pair.far)
    pair.far.ip.link("del", index=pair.far.index)
    with pair.far.room.inside():
        pair.item.on()
        run("ip", "link", "set", "far", "up")
    until(lambda: pair.near.has_carrier, "there is a link")
    entered = pair.count("line_entered")
    send_numbered(pair.out, COUNT, SIZE)
    until(lambda: pair.count("line_entered") == entered + COUNT, "all take the line")


def test_what_is_in_the_receive_ring(pair):
    """Its interrupt is put off: it is received."""
    with pair.far.room.inside():
        run("ethtool", "-C", "far", "rx-usecs", 1_000_000, "rx-frames", 1000)
    send_numbered(pair.out, COUNT, SIZE)
    until(lambda: pair.far.counter("rx0_delivered") == COUNT, "all are in the ring")
    loop(pair.far)
    receive_numbered(pair.into, COUNT, SIZE)


def test_what_the_other_end_sends(module, silent):
    """It is lost, and counted: the carrier is gone."""
    with Way("pair", silent, rate_kbps=SLOW) as way:
        send_numbered(way.out, COUNT, SIZE)
        until(lambda: way.count("rx0_received", way.far) > 0, "the first one has arrived")
        loop(way.far)
        until(way.is_through, "all has left the ring")
        received = way.count("rx0_received", way.far)
        assert 0 < received < COUNT
        assert way.count("tx0_no_carrier") == way.count("tx0_posted") - received
        assert way.near.stats()["tx_carrier_errors"] == way.count("tx0_no_carrier")
        assert way.count("rx_filtered", way.far) == 0


def test_what_an_echo_host_has(module, silent):
    """Requests are on their way to it, and its replies on their way back: they arrive."""
    with Way("echo", silent) as way:
        fill(way, 2 * S)
        loop(way.near)
        receive_numbered(way.into, COUNT, 100)
        assert way.count("line_purged") == 0
