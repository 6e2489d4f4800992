"""The delay line: how late frames are, how many there can be, and what becomes of them."""

import time

import pytest

from helpers import kernel
from helpers.pair import is_clear
from helpers.queues import set_channels, set_rings
from helpers.traffic import receive_numbered
from helpers.wait import until
from helpers.way import MS, S, Way, silent_rooms

COUNT = 50


def line_books(way):
    """The books of the line balance when it is empty; returns the counters."""
    until(lambda: way.on_their_way() == 0, "the line is empty")
    counters = way.near.counters()
    assert counters["line_entered"] == counters["line_arrived"] + counters["line_purged"]
    return counters


def fill(way, count=COUNT, latency=10 * S):
    """Puts frames on their way, for long."""
    way.set(latency_ns=latency)
    way.post(count)
    way.has_left()
    assert way.on_their_way() == count


@pytest.fixture(name="drops")
def drops_fixture():
    """What the module drops, with reasons."""
    with kernel.Drops() as drops:
        yield drops


def test_latency_is_a_lower_bound(way):
    """There and back takes the latency twice, each time."""
    way.set(latency_ns=100 * MS)
    for _ in range(5):
        start = time.monotonic_ns()
        way.out.send(b"there")
        _, sender = way.into.recvfrom(100)
        if way.is_pair:
            way.into.sendto(b"back", sender)
            way.out.recv(100)
        assert time.monotonic_ns() - start >= 200 * MS
    assert line_books(way)["line_arrived"] == (5 if way.is_pair else 10)


def test_sender_is_rid_of_what_is_on_its_way(pair):
    """It has been sent: the ring is empty, and so is the socket's buffer."""
    fill(pair)
    until(lambda: is_clear(pair.out), "the send buffer is free")
    pair.near.drain()
    assert pair.near.bql("inflight") == 0
    assert pair.near.counter("tx0_reaped") == pair.near.counter("tx0_posted")


def test_limit_in_frames(way, drops):
    """What finds no room is dropped for that, and nothing else."""
    way.set(line_frames=10, latency_ns=2 * S)
    assert way.carries(30) == list(range(10))
    assert way.count("line_full") == 20
    assert drops.reasons() == 20 * ["FULL_RING"]
    assert line_books(way)["line_entered"] == (10 if way.is_pair else 20)
    assert way.near.stats()["tx_packets"] == way.near.counter("tx_packets")
    # There is room again.
    assert way.carries(10) == list(range(10))


def test_limit_in_bytes(way, drops):
    """The same for bytes: 87 full frames have 128 KiB."""
    way.set(line_bytes=1 << 17, latency_ns=2 * S)
    assert way.carries(100, size=1458) == list(range(87))
    assert way.count("line_full") == 13
    assert drops.reasons() == 13 * ["FULL_RING"]
    line_books(way)


def test_held_frames_need_room_too(pair):
    """A line of one frame, where each waits for the next one."""
    pair.set(line_frames=1, reorder_ppm=1_000_000)
    numbers = pair.carries(20)
    assert numbers[0] == 0
    assert len(numbers) == 20 - pair.count("line_full")
    line_books(pair)


def test_sender_goes_down(pair, drops):
    """What is on its way is the cable's, and arrives."""
    fill(pair)
    pair.near.down()
    pair.set(latency_ns=0)
    receive_numbered(pair.into, COUNT, 100)
    assert line_books(pair)["line_purged"] == 0
    assert drops.reasons() == []
    pair.near.up()
    until(lambda: pair.near.has_carrier, "there is a link")
    pair.near.room.run("ping", "-n", "-c", 1, "-W", 30, pair.near.neighbour4(2))


def test_replies_find_nobody(module, silent, drops):
    """A port goes down while an echo host's replies are on their way to it: they are purged when
    they arrive, and counted; then it works as before.
    """
    with Way("echo", silent) as way:
        way.set(latency_ns=3 * S)
        way.post(COUNT)
        until(lambda: way.count("echo_replies") == COUNT, "the host has answered")
        way.near.down()
        received = way.count("rx0_delivered")
        until(lambda: way.count("line_purged") + received == COUNT, "all have arrived")
        line_books(way)
        assert drops.count("DEV_READY") == way.count("line_purged")
        way.near.up()
        way.set(latency_ns=0)
        way.near.room.run("ping", "-n", "-c", 1, "-W", 30, way.near.neighbour4(2))


def test_nobody_is_there_any_more(pair, drops):
    """The other end has gone down: frames arrive, and are dropped."""
    fill(pair, latency=8 * S)
    pair.far.down()
    until(lambda: pair.count("line_purged") == COUNT, "all are counted")
    until(lambda: drops.reasons() == COUNT * ["DEV_READY"], "all are dropped")
    line_books(pair)
    assert pair.count("rx0_delivered", pair.far) == 0


def test_the_other_end_comes_back_in_time(pair):
    """Frames that are on their way meanwhile arrive."""
    fill(pair, latency=8 * S)
    pair.far.down()
    pair.far.up()
    pair.set(latency_ns=0)
    receive_numbered(pair.into, COUNT, 100)
    assert line_books(pair)["line_purged"] == 0


@pytest.mark.parametrize("how", ["del", "power", "rmdir"])
@pytest.mark.parametrize("kind", ["pair", "echo"])
def test_port_goes_away(module, silent, drops, how, kind):
    """With the cable goes what is on its way: all is dropped for that, once. If the other end of a
    pair is still there, so is the cable, and it arrives.
    """
    with Way(kind, silent) as way, kernel.Probes("free_netdev") as probes:
        fill(way)
        before = probes.hits("free_netdev")
        stays = kind == "pair" and how == "del"
        if not stays:
            way.sockets.close()
        if how == "del":
            way.near.ip.link("del", index=way.near.index)
            assert way.item["power"] == "0"
        elif how == "power":
            way.off()
        else:
            way.item.path.rmdir()
        gone = 2 if kind == "pair" and how != "del" else 1
        until(lambda: probes.hits("free_netdev") >= before + gone, "it is freed")
        if stays:
            way.set(latency_ns=0)
            receive_numbered(way.into, COUNT, 100)
            assert drops.reasons() == []
        else:
            # configfs keeps the cable until `power`, and the replies find nobody.
            reason = "DEV_READY" if how == "del" else "QUEUE_PURGE"
            until(lambda: drops.reasons() == COUNT * [reason], "all are dropped")


@pytest.mark.parametrize("which", [0, 1], ids=["sender's", "receiver's"])
def test_namespace_goes_away(module, drops, which):
    """With either end's namespace nothing of it is left on the way, and the module can go. What was
    sent arrives, or finds nobody.
    """
    with Way("pair", None) as way:
        with silent_rooms(1) as stays:
            with silent_rooms(1) as goes:
                way.rooms = (*goes, *stays) if which == 0 else (*stays, *goes)
                way.on()
                fill(way)
                if which:
                    way.sockets.close()
                else:
                    way.out.close()
            if which:
                until(lambda: drops.count("DEV_READY") == COUNT, "all are dropped")
                assert drops.reasons() == COUNT * ["DEV_READY"]
            else:
                receive_numbered(way.into, COUNT, 100)
                assert drops.reasons() == []
                way.sockets.close()
            assert way.item["power"] == "0"
    kernel.have_unloaded()


def test_rings_change(way):
    """`ethtool -G` and `-L` at both ends while frames are on their way lose none."""
    fill(way, latency=5 * S)
    for end in {way.near, way.far}:
        with end.room.inside():
            set_rings(end, tx=128, rx=128)
            set_channels(end, 2)
            set_rings(end, tx=256, rx=512)
            set_channels(end, 1)
    assert way.arrived() == list(range(COUNT))
    assert line_books(way)["line_purged"] == 0


def test_nothing_runs_when_nothing_is_on_its_way(way):
    """The timer fires for what arrives, and then no more."""
    way.set(latency_ns=100 * MS)
    assert way.carries(10) == list(range(10))
    time.sleep(0.2)
    fires = way.count("timer_fires")
    assert fires > 0
    time.sleep(1)
    assert way.count("timer_fires") == fires


def test_frames_that_come_late_come_in_order(pair):
    """Many more than the engine sends at a time, and longer than the latency, keep their order."""
    pair.set(latency_ns=1000)
    for first in range(0, 800, 200):
        assert pair.carries(200, first) == list(range(first, first + 200))
    assert line_books(pair)["line_arrived"] == 800


@pytest.mark.exact
def test_late_timer_lets_the_receiver_poll(module, silent):
    """Where frames take time, no more of them arrive at once than a ring holds.

    These do within 1 us. Whatever looks for them is later than that, and finds all of them. With
    several CPUs, the one that polls may be held up while another one brings more.
    """
    with Way("pair", silent, rx_ring=64, rate_kbps=400_000_000, latency_ns=5 * MS) as way:
        assert way.carries(600) == list(range(600))
        assert way.count("rx_missed", way.far) == 0
        line_books(way)
