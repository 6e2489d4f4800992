"""Down, MTU, address, deletion, rmmod and a dying namespace, while traffic flows."""

import contextlib
import pathlib

import pytest
from pyroute2 import IPRoute
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from helpers import kernel
from helpers.pktgen import Pktgen
from helpers.traffic import (
    DISCARD_PORT, ECHO_PORT, Flood, Wire, can_echo, flood, roomy, send_numbered, udp)
from helpers.vnet import FAR4, NOBODY, Namespace, Port, books, take_away
from helpers.wait import until

SLOW = pytest.mark.parameters(tx_ring=16, rate_kbps=20000)
FAST = pytest.mark.parameters(tx_ring=16, rate_kbps=0)


def purged_is_told(port, load=True):
    """Asserts that `ip -s link` shows as dropped what the port purged or refused.

    Under load there is more: what the stack itself drops because a device is down.
    """
    counters, stats = port.counters(), port.stats()
    ours = counters["tx0_purged"] + counters["tx0_down"]
    assert stats["tx_dropped"] >= ours if load else stats["tx_dropped"] == ours
    assert stats["rx_dropped"] == counters["rx0_purged"]
    assert stats["tx_errors"] == 0


def fill(port, count=8, sock=None):
    """Puts frames into a ring whose wire needs 12 s for each."""
    port.neighbour(NOBODY)
    port.no_byte_limit()
    with sock or udp(port=DISCARD_PORT) as sender:
        send_numbered(sender, count, 1458)
        until(lambda: port.counter("tx0_posted") > count, "the ring has frames")


@pytest.mark.parameters(rate_kbps=1, tx_ring=16)
def test_frames_on_the_wire_are_purged_with_a_reason(port):
    """A port that goes down frees what it has not sent, counts it, and says why."""
    fill(port)
    with kernel.Drops() as drops:
        port.down()
        counters = books(port)
        assert counters["tx0_purged"] >= 7
        assert drops.count("QUEUE_PURGE") == counters["tx0_purged"]
    purged_is_told(port, load=False)


@pytest.mark.parameters(rate_kbps=1, tx_ring=16)
def test_purge_says_why_when_the_port_is_deleted(port):
    """The same for a port that is deleted while it is up."""
    fill(port)
    with kernel.Drops() as drops:
        port.ip.link("del", index=port.index)
        assert drops.count("QUEUE_PURGE") >= 7


@pytest.mark.parameters(rate_kbps=1, tx_ring=16)
def test_purge_says_why_at_rmmod(port):
    """The same at rmmod."""
    fill(port)
    with kernel.Drops() as drops:
        kernel.unload()
        assert not port.ns.ports()
        # Unloading drops the module's name from the trace, not the reason.
        assert drops.text().count("QUEUE_PURGE") >= 7


@pytest.mark.parameters(rate_kbps=1, tx_ring=16)
def test_frames_on_the_wire_are_freed_with_the_namespace(module):
    """The same when the namespace dies."""
    with kernel.Drops() as drops:
        with Namespace() as namespace:
            port = up_again(namespace)
            # An skb keeps its socket, which keeps its namespace alive; not so one
            # that came from another namespace.
            fill(port, sock=route_from_outside(namespace))
        until(lambda: drops.count("QUEUE_PURGE") >= 7, "the frames are freed")


@pytest.mark.parameters(rate_kbps=1, tx_ring=4)
def test_full_ring_goes_down_and_up(port):
    """A stopped queue runs again after down and up."""
    fill(port, 4)
    assert port.counter("tx_stops") == 1
    port.down()
    port.up()
    counters = books(port)
    assert counters["tx0_purged"] >= 3
    port.neighbour(NOBODY)
    with udp(port=DISCARD_PORT) as sock:
        sock.send(b"x")
    after = books(port)
    assert after["tx0_completed"] > counters["tx0_completed"]


def test_sending_to_a_port_that_is_down_is_refused(link):
    """A packet socket that bypasses the qdisc gets an error, and the port gets nothing."""
    link.up()
    with Wire(link, bypass=True) as wire:
        wire.send(bytes(60))
        link.settle()
        link.down()
        with pytest.raises(OSError, match="down"):
            wire.send(bytes(60))
    assert books(link)["tx0_posted"] == 1


@pytest.mark.parametrize("far_port", [ECHO_PORT, DISCARD_PORT])
@pytest.mark.parametrize("bypass", [False, True], ids=["udp", "packet socket"])
@pytest.mark.parametrize("kind", [
    pytest.param("slow", marks=SLOW), pytest.param("fast", marks=FAST)])
def test_down_and_up_under_load(port, kind, far_port, bypass):
    """Down and up ten times in the middle of a flood: the books balance, and it works."""
    mac = port.far_mac()
    port.no_byte_limit()
    load = flood(far_port) if not bypass else bypassing_flood(port, mac, far_port)
    with load:
        for _ in range(10):
            before = port.counter("tx0_posted")
            until(lambda: port.counter("tx0_posted") > before, "traffic flows")
            port.down()
            port.up()
            port.neighbour(mac)
    books(port)
    purged_is_told(port)
    assert can_echo()


def bypassing_flood(port, mac, far_port):
    """A flood of datagrams from a packet socket that takes no qdisc."""
    frame = bytes(Ether(src=port.mac, dst=mac) / IP(src="192.0.2.1", dst=FAR4)
                  / UDP(sport=1000, dport=far_port) / bytes(200))
    load = Flood(Wire(port, bypass=True).sock)
    load.payload = frame
    return load


@SLOW
def test_mtu_changes_under_load(port):
    """MTU changes in the middle of a flood lose nothing."""
    port.far_mac()
    with flood(ECHO_PORT):
        for mtu in (9000, 68, 1500, 600, 9000) * 3:
            port.set(mtu=mtu)
    books(port)
    assert port.counter("tx0_purged") == 0
    port.set(mtu=1500)
    assert can_echo()


@SLOW
def test_address_changes_under_load(port):
    """So do changes of the port's address."""
    port.far_mac()
    with flood(ECHO_PORT):
        for number in range(20):
            port.set(address=f"02:00:00:00:01:{number:02x}")
    books(port)
    assert port.counter("tx0_purged") == 0
    assert can_echo()


@pytest.mark.parametrize("kind", [
    pytest.param("slow", marks=SLOW), pytest.param("fast", marks=FAST)])
def test_deletion_under_load(port, kind):
    """A port is deleted in the middle of a flood, ten times over."""
    mac = port.far_mac()
    with flood(ECHO_PORT):
        for _ in range(10):
            port.ip.link("del", index=port.index)
            Port.add(port.ns)
            port.up()
            port.address()
            port.neighbour(mac)
            until(lambda: port.counter("tx0_posted") > 0, "traffic flows")
    books(port)


@pytest.mark.parametrize("kind", [
    pytest.param({"tx_ring": 16, "rate_kbps": 20000}, id="slow"),
    pytest.param({"tx_ring": 16, "rate_kbps": 0}, id="fast")])
@pytest.mark.usefixtures("no_module")
def test_rmmod_under_load(namespace, kind):
    """The module is unloaded in the middle of a flood, five times over."""
    kernel.load(ports=0, **kind)
    port = up_again(namespace)
    port.far_mac()
    with flood(ECHO_PORT):
        for _ in range(5):
            kernel.unload()
            assert not namespace.ports()
            kernel.load(ports=0, **kind)
            port = up_again(namespace)
            port.neighbour(NOBODY)
            until(lambda: port.counter("tx0_posted") > 0, "traffic flows")
    books(port)


def up_again(namespace):
    """A new port with addresses."""
    port = Port.add(namespace)
    port.up()
    port.address()
    return port


@pytest.mark.parametrize("ending", ["down", "del", "rmmod"])
@pytest.mark.parametrize("kind", [
    pytest.param("slow", marks=SLOW), pytest.param("fast", marks=FAST)])
def test_end_under_pktgen(port, kind, ending):
    """The port goes while pktgen, which takes no qdisc, sends with shared skbs."""
    with Pktgen(port, NOBODY, cpu=1) as pktgen:
        pktgen.start()
        take_away(port, ending)
    if ending == "down":
        books(port)
        purged_is_told(port)
    else:
        assert not port.ns.ports()


@SLOW
def test_ups_and_downs_under_pktgen_and_a_flood(port):
    """pktgen on one side, a flood on the other, and everything changes in between."""
    mac = port.far_mac()
    for number in range(5):
        with flood(ECHO_PORT), Pktgen(port, mac, cpu=1) as pktgen:
            pktgen.start()
            port.set(mtu=9000)
            port.set(address=f"02:00:00:00:02:{number:02x}")
            port.down()
            port.set(mtu=1500)
            port.up()
            port.neighbour(mac)
    books(port)
    purged_is_told(port)
    assert can_echo()


def route_from_outside(namespace):
    """Makes the namespace forward what comes through a veth pair; returns a socket to it.

    A socket would keep its namespace alive; this one belongs to the first one,
    and the traffic ends with the namespace.
    """
    with namespace.outside():
        with IPRoute() as first:
            first.link("add", ifname="outside", kind="veth",
                       peer={"ifname": "inside", "net_ns_fd": f"/proc/self/fd/{namespace.fd}"})
            index = first.link_lookup(ifname="outside")[0]
            first.addr("add", index=index, address="198.51.100.1", prefixlen=24)
            first.link("set", index=index, state="up")
            first.route("replace", dst="192.0.2.0/24", gateway="198.51.100.2", oif=index)
        sock = roomy(udp(FAR4, DISCARD_PORT))
    inside = namespace.ip.link_lookup(ifname="inside")[0]
    namespace.ip.addr("add", index=inside, address="198.51.100.2", prefixlen=24)
    namespace.ip.link("set", index=inside, state="up")
    pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    return sock


@pytest.mark.parametrize("kind", [
    pytest.param("slow", marks=SLOW), pytest.param("fast", marks=FAST)])
def test_namespace_dies_under_load(module, kind):
    """The namespace goes in the middle of a flood that it forwards, and the port with it."""
    with kernel.Probes("free_netdev") as probes:
        for _ in range(3):
            before = probes.hits("free_netdev")
            with contextlib.ExitStack() as load:
                with Namespace() as namespace:
                    port = up_again(namespace)
                    port.neighbour(NOBODY)
                    sock = route_from_outside(namespace)
                    with namespace.outside():
                        load.enter_context(Flood(sock))
                    until(lambda: port.counter("tx0_posted") > 20, "traffic flows")
                # The port, the loopback device and both ends of the pair.
                until(lambda: probes.hits("free_netdev") >= before + 4, "all devices are freed")
