"""The link: its kind, address, MTU, queue; adding and deleting."""

import contextlib
import os
import pathlib
import socket

import pytest
from pyroute2.netlink.exceptions import NetlinkError

from helpers import kernel
from helpers.cpu import on_cpu
from helpers.run import run, run_json
from helpers.traffic import can_echo
from helpers.vnet import Namespace, Port, books
from helpers.wait import until

DEFAULT_QDISC = pathlib.Path("/proc/sys/net/core/default_qdisc")


def first_byte(mac):
    """The byte of an address that has the flags."""
    return int(mac.split(":", maxsplit=1)[0], 16)


@contextlib.contextmanager
def default_qdisc(namespace, qdisc):
    """Another default while the block runs. Only the first namespace has this file."""
    with namespace.outside():
        before = DEFAULT_QDISC.read_text()
        DEFAULT_QDISC.write_text(qdisc)
    try:
        yield
    finally:
        with namespace.outside():
            DEFAULT_QDISC.write_text(before)


@pytest.mark.parametrize("mac", ["01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"])
def test_bad_address_is_refused_live(port, mac):
    """A multicast or zero address is refused; the old one stays."""
    before = port.mac
    with pytest.raises(NetlinkError):
        port.set(address=mac)
    assert port.mac == before


@pytest.mark.parametrize("mac", ["01:00:5e:00:00:01", "00:00:00:00:00:00"])
def test_bad_address_of_a_new_link_is_refused_with_a_reason(module, namespace, mac):
    """`ip link add` with such an address fails and says why; no port is made."""
    result = run("ip", "link", "add", "address", mac, "type", "vnet", check=False)
    assert result.returncode != 0
    assert "Address must be unicast and not all zero" in result.stdout
    assert not namespace.ports()


@pytest.mark.parametrize("mtu", [0, 67, 9001, 65536])
def test_bad_mtu_is_refused(link, mtu):
    """An MTU below 68 or above 9000 is refused; the old one stays."""
    with pytest.raises(NetlinkError):
        link.set(mtu=mtu)
    assert link.attr("IFLA_MTU") == 1500


def test_same_name_twice_is_refused(link):
    """A second port of the same name is not made."""
    with pytest.raises(NetlinkError):
        Port.add(link.ns, link.name)
    assert link.ns.ports() == ["vnet0"]


def test_kind_is_vnet(link):
    """`ip -d link` shows the kind."""
    shown = run_json("ip", "-j", "-d", "link", "show", link.name)[0]
    assert shown["linkinfo"]["info_kind"] == "vnet"
    assert shown["link_type"] == "ether"


def test_addresses_are_random_and_local(module, namespace):
    """Each port has a unicast, locally administered address of its own."""
    macs = {Port.add(namespace, f"vnet{number}").mac for number in range(8)}
    assert len(macs) == 8
    assert all(first_byte(mac) & 3 == 2 for mac in macs)
    assert run_json("ip", "-j", "link", "show", "vnet0")[0]["address"] in macs
    assert namespace.sys.joinpath("class/net/vnet0/addr_assign_type").read_text() == "1\n"


def test_address_can_be_given(module, namespace):
    """A new port takes the address it is given."""
    assert Port.add(namespace, address="02:00:00:00:00:42").mac == "02:00:00:00:00:42"


def test_address_can_be_changed_live(port):
    """A port that is up takes another address, and the far end answers to that."""
    assert can_echo()
    port.set(address="02:00:00:00:00:43")
    assert port.mac == "02:00:00:00:00:43"
    assert can_echo()
    books(port)


@pytest.mark.parametrize("mtu", [68, 1500, 9000])
def test_good_mtu(link, mtu):
    """68 and 9000 are allowed, down and up."""
    link.set(mtu=mtu)
    assert link.attr("IFLA_MTU") == mtu
    link.up()
    link.set(mtu=1500)
    link.set(mtu=mtu)
    assert link.attr("IFLA_MTU") == mtu


def test_mtu_limits_are_shown(link):
    """`ip -d link` shows 68 and 9000 as the limits."""
    shown = run_json("ip", "-j", "-d", "link", "show", link.name)[0]
    assert (shown["min_mtu"], shown["max_mtu"], shown["mtu"]) == (68, 9000, 1500)


def test_queue_length_is_1000(link):
    """tx_queue_len is that of a real device."""
    assert link.attr("IFLA_TXQLEN") == 1000


@pytest.mark.parametrize("qdisc", ["fq_codel", "pfifo_fast", "fq"])
def test_qdisc_is_the_systems_default(module, namespace, qdisc):
    """A port gets net.core.default_qdisc, whatever that is, and never noqueue."""
    with default_qdisc(namespace, qdisc):
        port = Port.add(namespace)
        port.up()
        assert port.qdisc()["kind"] == qdisc


def test_carrier_follows_the_port(link):
    """No carrier while down, carrier while up."""
    assert link.attr("IFLA_CARRIER") == 0
    link.up()
    assert link.attr("IFLA_CARRIER") == 1
    until(lambda: link.attr("IFLA_OPERSTATE") == "UP", "the port is operational")
    link.down()
    assert link.attr("IFLA_CARRIER") == 0


def test_down_and_up_again_still_answers(port):
    """A port works as before after down and up."""
    for _ in range(5):
        assert can_echo()
        port.down()
        port.up()
    assert can_echo()
    books(port)


def test_link_add_and_del_by_hand(module, namespace):
    """`ip link add type vnet` takes the next free name, `ip link del` frees it."""
    for _ in range(2):
        run("ip", "link", "add", "type", "vnet")
        run("ip", "link", "add", "type", "vnet")
        assert sorted(namespace.ports()) == ["vnet0", "vnet1"]
        run("ip", "link", "del", "vnet0")
        run("ip", "link", "del", "vnet1")
        assert not namespace.ports()


def test_link_can_be_named_and_renamed(module, namespace):
    """A port has the name it is given, and answers under a new one."""
    port = Port.add(namespace, "uplink")
    port.set(ifname="wan")
    renamed = Port(namespace, "wan")
    renamed.up()
    renamed.address()
    assert can_echo()
    assert namespace.ports() == ["wan"]


def test_more_queues_than_there_are(module, namespace):
    """numtxqueues 4 is accepted; one queue is real, and works."""
    run("ip", "link", "add", "vnet0", "numtxqueues", 4, "numrxqueues", 4, "type", "vnet")
    port = Port(namespace)
    port.up()
    port.address()
    assert port.attr("IFLA_NUM_TX_QUEUES") == 4
    assert sorted(path.name for path in port.sysfs("queues").iterdir()) == ["rx-0", "tx-0"]
    assert can_echo()
    books(port)


@pytest.mark.skipif(os.cpu_count() < 2, reason="takes two CPUs")
@pytest.mark.parameters(queues=2)
def test_fewer_queues_than_there_could_be(module, namespace):
    """numtxqueues 1, where queues=2 would make two: one queue pair, from whichever CPU."""
    run("ip", "link", "add", "vnet0", "numtxqueues", 1, "numrxqueues", 1, "type", "vnet")
    port = Port(namespace)
    port.up()
    port.address()
    assert sorted(path.name for path in port.sysfs("queues").iterdir()) == ["rx-0", "tx-0"]
    for cpu in range(2):
        with on_cpu(cpu):
            assert can_echo()
    assert run("ethtool", "-L", port.name, "combined", 2, check=False).returncode != 0
    books(port)


def test_port_moves_between_namespaces(module, namespace):
    """A port keeps working where it is moved to."""
    Port.add(namespace)
    with Namespace() as other:
        namespace.ip.link("set", index=namespace.ip.link_lookup(ifname="vnet0")[0],
                          net_ns_fd="/proc/thread-self/ns/net")
        port = Port(other)
        port.up()
        port.address()
        assert can_echo()
        books(port)
    assert not namespace.ports()


def test_add_and_delete_100_times(module, namespace):
    """Each port that is made is freed, up or not."""
    with kernel.Probes("free_netdev") as probes:
        before = probes.hits("free_netdev")
        for number in range(100):
            port = Port.add(namespace)
            if number % 2:
                port.up()
            namespace.ip.link("del", index=port.index)
        assert not namespace.ports()
        until(lambda: probes.hits("free_netdev") >= before + 100, "all 100 ports are freed")


def test_ports_die_with_their_namespace(module):
    """A namespace that goes takes its ports with it, up or not; they are freed."""
    with kernel.Probes("free_netdev") as probes:
        before = probes.hits("free_netdev")
        for _ in range(3):
            with Namespace() as namespace:
                for number in range(10):
                    port = Port.add(namespace, f"vnet{number}")
                    if number % 2:
                        port.up()
        # Each namespace has a loopback device as well.
        until(lambda: probes.hits("free_netdev") >= before + 33, "all ports are freed")


def test_index_is_gone_after_del(link):
    """A deleted port cannot be asked for anything."""
    link.ns.ip.link("del", index=link.index)
    with pytest.raises(OSError):
        socket.if_nametoindex(link.name)
