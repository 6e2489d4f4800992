"""The receive filter: which frames does a port take?"""

import fcntl
import pathlib
import socket
import struct
import subprocess

import pytest

from helpers.frames import Tap
from helpers.pktgen import Pktgen
from helpers.run import run
from helpers.wait import until

SOMEBODY = "02:00:00:00:00:77"
GROUP = "01:00:5e:01:02:03"
ALL = "ff:ff:ff:ff:ff:ff"
# Local experimental use.
ETHERTYPE = "88b5"
SIOCADDMULTI, SIOCDELMULTI = 0x8931, 0x8932
DEV_MCAST = pathlib.Path("/proc/thread-self/net/dev_mcast")


class Listener:
    """Sends frames to addresses, and tells which of them were received and which filtered."""

    def __init__(self, bench):
        self.bench = bench
        self.number = 0

    def send(self, mac):
        """Sends a frame; returns its payload."""
        self.number += 1
        payload = struct.pack(">I", self.number) * 12
        header = bytes.fromhex((mac + self.bench.near.mac).replace(":", "") + ETHERTYPE)
        with self.bench.near.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
            sock.bind((self.bench.near.name, 0))
            sock.send(header + payload)
        return payload

    def changed(self, before):
        """The far port's counters, if a frame has come since."""
        now = self.bench.far.counters()
        names = ("rx_filtered", "rx_packets")
        return now if any(now[name] != before[name] for name in names) else None

    def hears(self, mac):
        """Whether the far port receives what is sent to `mac`; the counters say the same."""
        far = self.bench.far
        before, shown = far.counters(), far.stats()
        with Tap(far) as tap:
            payload = self.send(mac)
            after = until(lambda: self.changed(before), "the frame arrives", pause=0.005)
            # It is counted before the stack has it.
            far.drain()
            heard = payload in [frame[14:] for frame in tap.frames()]
        assert after["rx_filtered"] - before["rx_filtered"] == int(not heard)
        assert after["rx_packets"] - before["rx_packets"] == int(heard)
        stats = far.stats()
        assert stats["rx_dropped"] == shown["rx_dropped"], "filtered is not dropped"
        assert stats["rx_missed_errors"] == shown["rx_missed_errors"]
        group = int(mac[:2], 16) & 1 and mac != ALL
        assert stats["multicast"] - shown["multicast"] == int(heard and group)
        return heard


@pytest.fixture(name="to")
def to_fixture(bench):
    """Sends and listens; the far port is the one with the filter."""
    return Listener(bench)


def link(bench, *words):
    """`ip link set` for the far port."""
    with bench.far.inside():
        run("ip", "link", "set", bench.far.name, *words)


def test_own_address_and_broadcast(bench, to):
    """Always received; what is for others is not."""
    assert to.hears(bench.far.mac)
    assert to.hears(ALL)
    assert not to.hears(SOMEBODY)
    assert not to.hears(bench.near.mac)
    assert not to.hears(GROUP)


def test_promiscuous(bench, to):
    """Everything, until it ends."""
    link(bench, "promisc", "on")
    assert to.hears(SOMEBODY)
    assert to.hears(GROUP)
    link(bench, "promisc", "off")
    assert not to.hears(SOMEBODY)
    assert not to.hears(GROUP)


def test_all_multicast(bench, to):
    """All groups, but not what is for one other."""
    link(bench, "allmulticast", "on")
    assert to.hears(GROUP)
    assert not to.hears(SOMEBODY)
    link(bench, "allmulticast", "off")
    assert not to.hears(GROUP)


def test_group_by_address(bench, to):
    """`ip maddr add`: this group, no other."""
    with bench.far.inside():
        run("ip", "maddr", "add", GROUP, "dev", bench.far.name)
        assert to.hears(GROUP)
        assert not to.hears("01:00:5e:01:02:04")
        run("ip", "maddr", "del", GROUP, "dev", bench.far.name)
    assert not to.hears(GROUP)


def test_group_that_a_socket_joins(bench, to):
    """As long as the socket is a member."""
    with bench.far.inside():
        index = bench.far.index
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack(
                "4s4si", socket.inet_aton("239.1.2.3"), bytes(4), index))
            assert to.hears(GROUP)
            assert not to.hears("01:00:5e:01:02:04")
    assert not to.hears(GROUP)


def test_macvlan_needs_no_promiscuous_mode(bench, to):
    """A macvlan's address goes into the table, and out again."""
    with bench.far.inside():
        run("ip", "link", "add", "link", bench.far.name, "name", "mv", "address", SOMEBODY,
            "type", "macvlan", "mode", "bridge")
        run("ip", "link", "set", "mv", "up")
        assert not bench.far.attr("IFLA_PROMISCUITY")
        before = bench.far.counters()["rx_filtered"]
        to.send(SOMEBODY)
        to.send("02:00:00:00:00:78")
        assert bench.settle()[1]["rx_filtered"] - before == 1
        received = bench.far.ip.get_links(ifname="mv")[0].get_attr("IFLA_STATS64")["rx_packets"]
        assert received >= 1
        run("ip", "link", "del", "mv")
    assert not to.hears(SOMEBODY)


def unicast(number):
    """An address of somebody."""
    return f"02:00:00:00:01:{number:02x}"


def group(number):
    """An address of a group."""
    return f"01:00:5e:00:01:{number:02x}"


def fdb(what, name, numbers):
    """`bridge fdb`, for many addresses at once."""
    lines = [f"fdb {what} {unicast(number)} dev {name} self" for number in numbers]
    subprocess.run(["bridge", "-batch", "-"], input="\n".join(lines), check=True, timeout=60,
                   encoding="ascii")


def maddr(request, name, numbers):
    """`ip maddr`, which does not know of batches, for many groups at once."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for number in numbers:
            mac = bytes.fromhex(group(number).replace(":", ""))
            fcntl.ioctl(sock, request, struct.pack("=16sH6s16x", name.encode(), 0, mac))


def test_more_addresses_than_the_table_holds(bench, to):
    """With 16 the filter is exact; with 17 it takes all unicast, but no more groups."""
    name = bench.far.name
    with bench.far.inside():
        fdb("add", name, range(16))
        assert all(to.hears(unicast(n)) for n in (0, 7, 15))
        assert not to.hears(SOMEBODY)
        fdb("add", name, [16])
        assert to.hears(unicast(0))
        assert to.hears(unicast(16))
        assert to.hears(SOMEBODY)
        assert not to.hears(GROUP)
        fdb("del", name, range(17))
    assert not to.hears(SOMEBODY)
    assert not to.hears(unicast(0))


def test_more_groups_than_the_table_holds(bench, to):
    """The same with 64 groups."""
    name = bench.far.name
    with bench.far.inside():
        joined = len([line for line in DEV_MCAST.read_text(encoding="ascii").splitlines()
                      if line.split()[1] == name])
        maddr(SIOCADDMULTI, name, range(64 - joined))
        assert all(to.hears(group(n)) for n in (0, 63 - joined))
        assert not to.hears(GROUP)
        maddr(SIOCADDMULTI, name, [64])
        assert to.hears(group(64))
        assert to.hears(GROUP)
        assert not to.hears(SOMEBODY)
        maddr(SIOCDELMULTI, name, [*range(64 - joined), 64])
    assert not to.hears(GROUP)
    assert not to.hears(group(0))


def test_new_address_counts_at_once(bench, to):
    """The port stays up: the new address is received, the old one is not any more."""
    old = bench.far.mac
    link(bench, "address", "02:00:00:00:00:55")
    assert to.hears("02:00:00:00:00:55")
    assert not to.hears(old)
    link(bench, "address", old)
    assert to.hears(old)


def test_filter_survives_down_and_up(bench, to):
    """What was asked for while the port was down counts when it is up."""
    with bench.far.inside():
        bench.far.down()
        run("ip", "maddr", "add", GROUP, "dev", bench.far.name)
        run("bridge", "fdb", "add", SOMEBODY, "dev", bench.far.name, "self")
        bench.far.up()
        until(lambda: bench.near.has_carrier, "there is a link")
        assert to.hears(GROUP)
        assert to.hears(SOMEBODY)
        assert not to.hears("02:00:00:00:00:78")
        run("ip", "maddr", "del", GROUP, "dev", bench.far.name)
        run("bridge", "fdb", "del", SOMEBODY, "dev", bench.far.name, "self")


@pytest.mark.parametrize("words, sees", [((), True), (("-p",), False)], ids=["promisc", "-p"])
def test_tcpdump(bench, to, tmp_path, words, sees):
    """tcpdump sees what is for others; with -p it does not."""
    log = tmp_path / "log"
    with bench.far.inside(), log.open("w") as output:
        process = subprocess.Popen(
            ["tcpdump", "-l", "-n", "-e", *words, "-Z", "root", "-i", bench.far.name,
             "ether", "proto", f"0x{ETHERTYPE}"], stdout=output, stderr=output)
        try:
            until(lambda: "listening on" in log.read_text(), "tcpdump listens")
            assert to.hears(SOMEBODY) == sees
            assert to.hears(ALL)
            until(lambda: ALL in log.read_text().lower() or "Broadcast" in log.read_text(),
                  "tcpdump has seen the broadcast")
            assert (SOMEBODY in log.read_text()) == sees
        finally:
            process.terminate()
            process.wait(timeout=30)
    until(lambda: not bench.far.attr("IFLA_PROMISCUITY"), "tcpdump is gone")
    assert not to.hears(SOMEBODY)


def test_filter_belongs_to_one_port(bench):
    """What the far port takes is nothing to an echo port, whose replies are for itself."""
    link(bench, "promisc", "on")
    assert not bench.echo.attr("IFLA_PROMISCUITY")
    assert bench.echo.counter("rx_filtered") == 0
    link(bench, "promisc", "off")


def test_a_group_passes_while_others_go(bench):
    """Frames to a group that is joined all the time, and 50 others before it in the list that are
    left one by one, each of which moves it in the list: none of its frames is filtered. (What
    happens between two stores, tests/host/tests/addresses.rs looks at.)
    """
    name, stays, others = bench.far.name, 99, range(50)
    lost = 0
    with Pktgen(bench.near, group(stays)) as generator:
        generator.start()
        for _ in range(10):
            with bench.far.inside():
                maddr(SIOCADDMULTI, name, [*others, stays])
                before = bench.far.counter("rx_filtered")
                maddr(SIOCDELMULTI, name, others)
                lost += bench.far.counter("rx_filtered") - before
                maddr(SIOCDELMULTI, name, [stays])
        generator.stop()
    assert lost == 0
