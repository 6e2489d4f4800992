"""A live change loses nothing, wherever a frame is at that moment.

| a frame is | how it gets there here | what could lose it |
|---|---|---|
| in a qdisc | the byte limit, on a slow wire | fewer queues, a carrier that bounces |
| in the transmit ring, posted | a slow wire | new rings, fewer queues, the self-test |
| on the wire | a slow wire | the same, another rate, the loop |
| in the delay line | a link with latency | another link, the loop, the self-test |
| in the receive ring | an interrupt that is put off | new rings, fewer queues |
| with GRO | `gro_flush_timeout` | new NAPI instances: -G, -L, the self-test |
| in the backlog of another CPU, or a socket | | nothing that a driver does |

The last two need no test of their own: what all changes here let through has been there. The loop
has a file of its own, test_loopback_live.py.
"""

import contextlib
import os

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from helpers.cpu import on_cpu
from helpers.packet import packet_socket
from helpers.queues import set_channels
from helpers.run import run
from helpers.traffic import receive_numbered, send_numbered
from helpers.wait import until
from helpers.way import MS, Way, everything

ETH_P_IP = 0x0800
COUNT, SIZE = 60, 500
# A frame takes 5 ms, all of them 0.3 s.
RATE = 900


def ethtool(*words):
    """A change by ethtool, of the port that the option is followed by."""
    def change(way, end):
        with end.room.inside():
            run("ethtool", words[0], end.name, *words[1:])
    return change


def configured(**attributes):
    """A change of the item."""
    def change(way, end):
        way.set(**attributes)
    return change


def linked(**attributes):
    """A change by ip-link."""
    def change(way, end):
        end.set(**attributes)
    return change


def feature(name):
    """A feature off and on again, or on and off."""
    return [ethtool("-K", name, "off"), ethtool("-K", name, "on")]


def flagged(name):
    """A fault that comes and goes."""
    return [ethtool("--set-priv-flags", name, "on"), ethtool("--set-priv-flags", name, "off")]


CHANGES = {
    "rings": [ethtool("-G", "tx", 512, "rx", 512), ethtool("-G", "tx", 1024, "rx", 4096)],
    "coalesce": [ethtool("-C", "rx-usecs", 50, "rx-frames", 10, "tx-usecs", 100),
                 ethtool("-C", "rx-usecs", 0, "rx-frames", 1, "tx-usecs", 0, "tx-frames", 1)],
    "speed": [ethtool("-s", "speed", 2, "autoneg", "off")],
    "rate": [configured(rate_kbps=500), configured(rate_kbps=2000)],
    "no rate": [configured(rate_kbps=0)],
    "overhead": [configured(overhead_bytes=100)],
    "latency": [configured(latency_ns=1 * MS), configured(latency_ns=0)],
    "line": [configured(line_frames=512), configured(line_bytes=1 << 20)],
    "self-test": [ethtool("-t", "offline")],
    "mtu": [linked(mtu=9000), linked(mtu=1400)],
    "promiscuous": [linked(flags=0x100, change=0x100), linked(flags=0, change=0x100)],
    "spread": [ethtool("-X", "equal", 1), ethtool("-X", "default")],
    "message level": [ethtool("-s", "msglvl", "link", "on")],
    "lose-interrupts": flagged("lose-interrupts"), "storm-interrupts": flagged("storm-interrupts"),
    "hang-engine": flagged("hang-engine"), "never-stop": flagged("never-stop"),
} | {name: feature(name) for name in (
    "rx", "tx", "sg", "tso", "gso", "gro", "rxvlan", "txvlan", "rxhash", "tx-udp-segmentation")}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_on_its_way_arrives(module, silent, name):
    """Datagrams in the qdisc, the ring, on the wire and in the line, and a change at each end."""
    with Way("pair", silent, rate_kbps=RATE) as way:
        way.set(latency_ns=20 * MS)
        with way.near.room.inside():
            way.near.plain_qdisc()
            way.near.set_bql("limit_max", 8 * SIZE)
        changes = way.near.carrier_changes, way.far.carrier_changes
        send_numbered(way.out, COUNT, SIZE)
        for change in CHANGES[name]:
            for end in (way.near, way.far):
                change(way, end)
        # The rest need not take its time.
        way.set(rate_kbps=1_000_000)
        receive_numbered(way.into, COUNT, SIZE)
        assert changes == (way.near.carrier_changes, way.far.carrier_changes)
        until(way.is_through, "all is through")
        counters = way.near.counters(), way.far.counters()
        for counter in ("tx0_purged", "rx0_purged", "rx_missed", "line_purged", "line_full"):
            assert not any(one[counter] for one in counters), counter


@contextlib.contextmanager
def two_queues(silent, shared=False, **attributes):
    """A way whose ends have two queues, with a qdisc for each, or one for both."""
    with Way("pair", silent, queues=2, **attributes) as way:
        with way.near.room.inside():
            run("tc", "qdisc", "replace", "dev", "near", "root", "handle", "1:",
                *(("pfifo", "limit", 10000) if shared else ("mq",)))
            for queue in () if shared else (1, 2):
                run("tc", "qdisc", "replace", "dev", "near", "parent", f"1:{queue}",
                    "pfifo", "limit", 10000)
            for queue in range(2):
                path = f"queues/tx-{queue}/byte_queue_limits/limit_max"
                way.near.sysfs(path).write_text(str(8 * SIZE))
        yield way


TWO_CPUS = pytest.mark.skipif(os.cpu_count() < 2, reason="takes two CPUs")


@TWO_CPUS
@pytest.mark.parametrize("shared", [False, True])
def test_what_waits_for_a_queue_that_goes_arrives(module, silent, shared):
    """-L 1 while most wait in the qdisc of queue 1, and some in its ring."""
    with two_queues(silent, shared, rate_kbps=300) as way:
        with on_cpu(1):
            send_numbered(way.out, COUNT, SIZE)
        assert 0 < way.near.counter("tx1_posted") < COUNT, "all has been in the ring"
        with way.near.room.inside():
            set_channels(way.near, 1)
        receive_numbered(way.into, COUNT, SIZE)
        with way.near.room.inside():
            set_channels(way.near, 2)
        assert way.near.counter("tx1_purged") == 0


@TWO_CPUS
def test_what_tc_has_given_to_a_queue_that_goes_arrives(module, silent):
    """-L 1 while frames wait whose queue skbedit has chosen, where the driver is not asked."""
    with two_queues(silent, rate_kbps=300) as way:
        with way.near.room.inside():
            run("tc", "qdisc", "replace", "dev", "near", "clsact")
            run("tc", "filter", "add", "dev", "near", "egress", "matchall",
                "action", "skbedit", "queue_mapping", 1)
        send_numbered(way.out, COUNT, SIZE)
        assert 0 < way.near.counter("tx1_posted") < COUNT, "all has been in the ring"
        with way.near.room.inside():
            set_channels(way.near, 1)
        receive_numbered(way.into, COUNT, SIZE)


@TWO_CPUS
def test_what_has_come_to_a_queue_that_goes_is_received(module, silent):
    """-L 1 while datagrams are in receive ring 1, whose interrupt is put off."""
    with two_queues(silent) as way, way.far.room.inside():
        run("ethtool", "-X", "far", "weight", 0, 1)
        run("ethtool", "-C", "far", "rx-usecs", 1_000_000, "rx-frames", 1000)
        send_numbered(way.out, 20, SIZE)
        until(lambda: way.far.counter("rx1_delivered") == 20, "all are in the ring")
        run("ethtool", "-X", "far", "default")
        set_channels(way.far, 1)
        receive_numbered(way.into, 20, SIZE)


@TWO_CPUS
def test_a_queue_that_does_not_run_empty_stays(module, silent, log):
    """-L 1 while the engine hangs: EBUSY, the log says why, all is as before, nothing is lost."""
    # At this rate the watchdog allows a hang of 20 s, so that no reset comes on a busy machine.
    with two_queues(silent, rate_kbps=100_000) as way:
        way.set(hang_engine=1)
        with on_cpu(1):
            send_numbered(way.out, COUNT, SIZE)
        log.lines()
        with way.near.room.inside():
            result = set_channels(way.near, 1, check=False)
        assert "Device or resource busy" in result.stdout
        assert any("a queue that is to go has frames in it" in line for line in log.lines())
        way.set(hang_engine=0)
        receive_numbered(way.into, COUNT, SIZE)
        with on_cpu(1):
            before = way.near.counter("tx1_posted")
            send_numbered(way.out, 1, SIZE)
        assert way.near.counter("tx1_posted") == before + 1, "queue 1 is chosen again"


def segment(way, number):
    """A TCP segment that GRO keeps: more is to follow."""
    frame = Ether(src=way.near.mac, dst=way.far.mac) / IP(src=way.near.v4, dst=way.far.v4)
    return bytes(frame / TCP(sport=1, dport=2, flags="A", seq=1000 * number) / bytes(1000))


def received(end):
    """How many skbs an end's polls have taken in."""
    return sum(value for name, value in end.counters().items()
               if name.startswith("rx") and name.endswith("_received"))


def held_back(way, sock, tap):
    """Sends segments until GRO holds one back, and returns that. A poll that a timer tick divides
    holds nothing back: what it has got is from a jiffy before.
    """
    for number in range(100):
        frame, before = segment(way, number), received(way.far)
        sock.send(frame)
        until(lambda: received(way.far) > before, "it has been polled")
        way.far.drain()
        if frame not in everything(tap):
            return frame
    raise AssertionError("GRO holds none back")


@pytest.mark.parametrize("change", [
    ethtool("-G", "rx", 1024), ethtool("-L", "combined", 1), ethtool("-t", "offline")],
    ids=["-G", "-L", "-t"])
def test_what_gro_holds_back_goes_to_the_stack(module, silent, change):
    """A segment that waits for others with GRO is received when NAPI is set up anew."""
    with Way("pair", silent, queues=min(2, os.cpu_count())) as way:
        way.far.sysfs("gro_flush_timeout").write_text(str(3600 * 1000 * MS))
        with packet_socket(way.far, protocol=ETH_P_IP) as tap, packet_socket(way.near) as sock:
            frame = held_back(way, sock, tap)
            change(way, way.far)
            until(lambda: frame in everything(tap), "the stack has it")
        way.far.sysfs("gro_flush_timeout").write_text("0")


def test_what_has_left_does_not_need_its_sender(pair):
    """The sender goes down while datagrams are on a line of 2 s: they arrive."""
    pair.set(latency_ns=2000 * MS)
    send_numbered(pair.out, 10, SIZE)
    pair.has_left()
    pair.near.down()
    try:
        pair.into.settimeout(10)
        receive_numbered(pair.into, 10, SIZE)
    finally:
        pair.near.up()


def test_a_cut_cable_loses_what_is_on_it(pair):
    """The carrier flaps while datagrams are on a line of 3 s: none of them arrives."""
    pair.set(latency_ns=3000 * MS)
    send_numbered(pair.out, 10, SIZE)
    pair.has_left()
    before = pair.near.carrier_changes
    pair.set(flap_carrier=1)
    until(lambda: pair.near.carrier_changes > before, "the cable is cut")
    pair.set(flap_carrier=0)
    pair.into.settimeout(6)
    with pytest.raises(TimeoutError):
        pair.into.recv(SIZE)
