"""Segmentation: a descriptor holds a GSO skb, and the wire carries each of its frames."""

import socket

import pytest

from helpers import trace, vlan
from helpers.frames import GSO_UDP_L4, Tap, VnetHdr, to_finish, udp_frame, unsummed
from helpers.run import run
from helpers.stream import UDP_SEGMENT, datagrams, noise, transfer
from helpers.traffic import udp
from helpers.vnet import NOBODY
from helpers.wait import until

pytestmark = pytest.mark.ipv6

V6 = pytest.mark.parametrize("v6", [False, True], ids=["v4", "v6"])
HEADERS = {False: 42, True: 62}
SIZE = 300_000
LONGEST = 1514


def change(before, after):
    """What has been counted meanwhile at the near port and at the far one."""
    return [{name: new[name] - old[name] for name in new} for old, new in zip(before, after)]


def assert_same_frames(near, far):
    """Both ends have counted the same frames; the far one may not have wanted all of them."""
    assert near["tx_packets"] == far["rx_packets"] + far["rx_filtered"]
    assert far["rx_filtered"] or near["tx_bytes"] == far["rx_bytes"]


@V6
def test_tcp_gso_skbs_are_counted_as_frames(bench, v6):
    """Fewer descriptors than frames, and the counters tell of frames: as many as a tap sees."""
    bench.far.switch("gro")
    before = bench.settle()
    with Tap(bench.far) as tap:
        transfer(bench, SIZE, v6)
        near, far = change(before, bench.settle())
        frames = tap.frames()
    assert near["tx_packets"] >= SIZE // 1460
    # How long the GSO skbs are depends on how fast the sender is.
    assert near["tx0_posted"] < near["tx_packets"]
    assert_same_frames(near, far)
    assert far["rx_packets"] == len(frames)
    assert far["rx_bytes"] == sum(len(frame) for frame in frames)
    assert max(len(frame) for frame in frames) == LONGEST
    # Somebody may say something between the two looks.
    until(lambda: bench.near.stats()["tx_packets"] == bench.near.counter("tx_packets"),
          "the link counts the same frames")
    until(lambda: bench.far.stats()["rx_bytes"] == bench.far.counter("rx_bytes"),
          "the link counts the same bytes")


@V6
@pytest.mark.parametrize("off", ["tso", "sg", "tx"])
def test_without_tso_each_descriptor_is_a_frame(bench, v6, off):
    """With TSO off, or what it needs, the stack cuts; the same frames cross."""
    bench.near.switch("tso6" if (v6, off) == (True, "tso") else off)
    before = bench.settle()
    transfer(bench, SIZE // 3, v6)
    near, far = change(before, bench.settle())
    assert near["tx0_posted"] == near["tx_packets"] >= SIZE // 3 // 1460
    assert_same_frames(near, far)


@V6
@pytest.mark.parametrize("off", [(), ("gro",), ("rx",)], ids=["default", "gro off", "rx off"])
def test_udp_train_arrives_as_frames(bench, v6, off):
    """As what a wire would carry: a receiver that wants more has its stack put it together."""
    bench.far.switch(*off)
    with trace.received(bench.far) as skbs, Tap(bench.far) as tap, \
            datagrams(bench, v6) as (sender, receiver):
        sender.setsockopt(socket.SOL_UDP, UDP_SEGMENT, 100)
        sender.send(noise(1050))
        got = [receiver.recv(65535) for _ in range(11)]
        seen = skbs.all(protocol=0x86dd if v6 else 0x0800)
        lengths = [len(frame) for frame in tap.frames()]
    assert b"".join(got) == noise(1050)
    assert [len(one) for one in got] == 10 * [100] + [50]
    assert [skb["gso_size"] for skb in seen] == 11 * [0]
    assert lengths == 10 * [100 + HEADERS[v6]] + [50 + HEADERS[v6]]


@V6
@pytest.mark.parametrize("uso", [True, False], ids=["uso on", "uso off"])
def test_udp_train_is_counted_as_frames(bench, v6, uso):
    """UDP_SEGMENT: the card cuts, or the stack does."""
    bench.near.set_features({"tx-udp-segmentation": uso})
    with datagrams(bench, v6) as (sender, receiver):
        before = bench.settle()
        sender.setsockopt(socket.SOL_UDP, UDP_SEGMENT, 100)
        sender.send(noise(1050))
        assert b"".join(receiver.recv(65535) for _ in range(11)) == noise(1050)
        near, far = change(before, bench.settle())
    assert near["tx0_posted"] == (1 if uso else 11)
    assert near["tx_packets"] == 11
    assert near["tx_bytes"] == 1050 + 11 * HEADERS[v6]
    assert_same_frames(near, far)


@pytest.mark.parametrize("uso", [True, False], ids=["uso on", "uso off"])
def test_echo_host_answers_each_segment(bench, uso):
    """To the far end they are frames like others."""
    bench.echo.set_features({"tx-udp-segmentation": uso})
    with udp() as sock:
        sock.send(b"first, for the neighbour")
        assert sock.recv(65535) == b"first, for the neighbour"
        before = bench.echo.settle()
        sock.setsockopt(socket.SOL_UDP, UDP_SEGMENT, 101)
        sock.send(noise(999))
        got = [sock.recv(65535) for _ in range(10)]
    assert [len(one) for one in got] == 9 * [101] + [90]
    assert b"".join(got) == noise(999)
    after = bench.echo.settle()
    assert after["echo_replies"] - before["echo_replies"] == 10
    assert after["tx0_posted"] - before["tx0_posted"] == (1 if uso else 10)
    assert after["echo_bad_checksum"] == 0


@V6
def test_tcp_gso_skbs_within_a_vlan(bench, v6):
    """With a tag as without."""
    with vlan.vlans(bench, ("802.1Q", 5)):
        before = bench.settle()
        transfer(bench, SIZE, v6, ends=(vlan.NEAR6, vlan.FAR6) if v6 else (vlan.NEAR4, vlan.FAR4))
        near, far = change(before, bench.settle())
    assert near["tx_packets"] >= SIZE // 1460
    # How long the GSO skbs are depends on how fast the sender is.
    assert near["tx0_posted"] < near["tx_packets"]
    assert_same_frames(near, far)


def test_packet_socket_sends_gso(bench):
    """A packet socket may ask for segments, too."""
    with datagrams(bench) as (sender, receiver), VnetHdr(bench.near) as wire:
        ports = sender.getsockname()[1], receiver.getsockname()[1]
        before = bench.settle()
        frame = unsummed(udp_frame(bench, *ports, noise(1000)))
        wire.send(to_finish(34, GSO_UDP_L4, 300, 42), frame)
        got = [receiver.recv(65535) for _ in range(4)]
        near, far = change(before, bench.settle())
    assert [len(one) for one in got] == [300, 300, 300, 100]
    assert b"".join(got) == noise(1000)
    assert (near["tx0_posted"], near["tx_packets"]) == (1, 4)
    assert_same_frames(near, far)


def test_train_of_frames_that_are_too_long(bench):
    """Segments longer than the longest frame do not fit on the wire, and are refused as such."""
    with datagrams(bench) as (sender, receiver), VnetHdr(bench.near) as wire:
        ports = sender.getsockname()[1], receiver.getsockname()[1]
        before, errors = bench.settle(), bench.near.stats()["tx_errors"]
        frame = unsummed(udp_frame(bench, *ports, noise(40_000)))
        wire.send(to_finish(34, GSO_UDP_L4, 20_000, 42), frame)
        near, _ = change(before, bench.settle())
    assert (near["tx0_too_long"], near["tx0_posted"]) == (1, 0)
    assert bench.near.stats()["tx_errors"] == errors + 1


def test_purged_train_counts_as_its_frames(bench):
    """`ip -s link` counts frames, also those that a port that goes down does not send."""
    port = bench.echo
    port.neighbour(NOBODY)
    # Or some wait above the ring.
    port.no_byte_limit()
    # So slow that the watchdog does not look for minutes.
    run("ethtool", "-s", port.name, "speed", 1, "autoneg", "off")
    port.flag("hang-engine", True)
    try:
        before, dropped = port.counters(), port.stats()["tx_dropped"]
        with udp(port=9) as sock:
            sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1400)
            for _ in range(2):
                sock.send(noise(56_000))
            port.down()
        purged = port.counter("tx0_purged") - before["tx0_purged"]
        # IPv6 may say something by itself, in a frame each; the core drops it if the port is down.
        late = port.stats()["tx_dropped"] - dropped - (2 * 40 + purged - 2)
        assert 0 <= late <= 3
    finally:
        port.flag("hang-engine", False)
        run("ethtool", "-s", port.name, "speed", 1000, "autoneg", "off")
        port.up()


def test_train_that_waits_when_the_receiver_changes_its_mind(bench, log):
    """It has arrived in one piece, and the stack now wants to check sums itself."""
    with datagrams(bench) as (sender, receiver), bench.far.inside():
        # The interrupt comes late enough for all of this to happen before, but on a busy machine.
        run("ethtool", "-C", bench.far.name, "rx-usecs", 1_000_000, "rx-frames", 1000)
        sender.setsockopt(socket.SOL_UDP, UDP_SEGMENT, 100)

        def changed_in_time():
            bench.far.switch("rx", on=True)
            before = bench.settle()[1]
            sender.send(noise(1000))
            until(lambda: bench.far.counter("rx0_delivered") > before["rx0_delivered"],
                  "it has arrived", pause=0.002)
            bench.far.switch("rx")
            waited = bench.far.counter("rx0_received") == before["rx0_received"]
            assert b"".join(receiver.recv(65535) for _ in range(10)) == noise(1000)
            return waited
        try:
            until(changed_in_time, "it changes while a GSO skb waits", seconds=120)
        finally:
            run("ethtool", "-C", bench.far.name, "rx-usecs", 0, "rx-frames", 1)
    assert not [line for line in log.lines() if "WARNING" in line]
