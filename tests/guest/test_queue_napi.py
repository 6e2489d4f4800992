"""A NAPI instance for each queue pair, which stays the same one, and its settings."""

import errno
import os
import pathlib

import pytest

from helpers import netdev_genl
from helpers.cpu import on_cpu
from helpers.queues import (
    all_books, echoed, flows, napi_of, of_queues, set_channels, settled, total)
from helpers.rss import be_fair
from helpers.run import run
from helpers.traffic import echo_numbered, flood, udp
from helpers.wait import until

pytestmark = [
    pytest.mark.skipif(os.cpu_count() < 2, reason="takes two CPUs"),
    pytest.mark.parameters(queues=2),
]


def ids(port):
    """The instance of each receive queue; each must serve the transmit queue as well."""
    found = netdev_genl.napi_of_queues(port)
    count = len(found) // 2
    for number in range(count):
        assert found["rx", number] == found["tx", number]
    return [found["rx", number] for number in range(count)]


def threads(port):
    """The process ids of the port's NAPI threads, by the instance they are for."""
    result = {}
    for comm in pathlib.Path("/proc").glob("[0-9]*/comm"):
        try:
            name = comm.read_text().strip()
        except OSError:
            continue
        if name.startswith(f"napi/{port.name}-"):
            result[int(name.rpartition("-")[2])] = int(comm.parent.name)
    return result


def threads_are(port, wanted):
    """Waits until the threads are those of these instances. Who ends is seen for a while; so are
    those of another port of the same name, which is going.
    """
    until(lambda: set(threads(port)) == wanted, f"there are threads for {wanted}")


def all_flows_work(port):
    """Asserts that connections on both queues work."""
    settled(port)
    be_fair(port)
    with flows(16) as socks:
        for sock in socks:
            echoed(sock)
    assert port.is_up


def test_each_queue_has_an_instance(port):
    """Two queues, two instances, which netdev-genl lists and which bring the datagrams."""
    assert len(set(ids(port))) == 2 and all(ids(port))
    assert {one["id"] for one in netdev_genl.napis(port)} == set(ids(port))
    be_fair(port)
    with flows(16) as socks:
        for sock in socks:
            echoed(sock)
        assert {napi_of(sock) for sock in socks} == set(ids(port))


def test_instances_stay_the_same(port):
    """Down and up, -L to and fro, -G: the same queue has the same instance."""
    before = ids(port)
    port.down()
    assert netdev_genl.napis(port) == []
    port.up()
    assert ids(port) == before
    set_channels(port, 1)
    assert ids(port) == before[:1]
    assert not netdev_genl.has_napi(before[1])
    set_channels(port, 2)
    assert ids(port) == before
    run("ethtool", "-G", port.name, "tx", 16, "rx", 16)
    assert ids(port) == before
    port.down()
    set_channels(port, 1)
    port.up()
    assert ids(port) == before[:1]


def test_settings_of_an_instance_stay(port):
    """What napi-set has set holds after down and up, -L and -G; the other's stay as they were."""
    first, second = ids(port)
    netdev_genl.set_napi(second, defer=3, timeout=150000)

    def settings():
        return {one["id"]: (one["defer_hard_irqs"], one["gro_flush_timeout"])
                for one in netdev_genl.napis(port)}
    wanted = {first: (0, 0), second: (3, 150000)}
    assert settings() == wanted
    port.down()
    port.up()
    assert settings() == wanted
    set_channels(port, 1)
    set_channels(port, 2)
    assert settings() == wanted
    run("ethtool", "-G", port.name, "tx", 32, "rx", 32)
    assert settings() == wanted
    all_flows_work(port)
    all_books(port)


def test_deferral_works(port):
    """With napi_defer_hard_irqs the poll comes by the timer, and nothing is stuck."""
    port.sysfs("napi_defer_hard_irqs").write_text("2")
    port.sysfs("gro_flush_timeout").write_text("3000000")
    port.far_mac()
    # A connection may change its queue, and so its order, if its sender changes its CPU.
    with on_cpu(0):
        echo_numbered(200, 200)
    all_flows_work(port)
    all_books(port)


def test_threads(port):
    """threaded: a thread for each instance, named after it; traffic flows; and back again."""
    port.far_mac()
    threads_are(port, set())
    port.sysfs("threaded").write_text("1")
    assert set(threads(port)) == set(ids(port))
    assert {one["id"]: one["pid"] for one in netdev_genl.napis(port)} == threads(port)
    before = total(settled(port), "q_polls")
    all_flows_work(port)
    with on_cpu(1):
        echo_numbered(100, 300)
    assert total(settled(port), "q_polls") > before
    port.sysfs("threaded").write_text("0")
    all_flows_work(port)
    all_books(port)


def test_threads_do_the_work(port):
    """A thread that may only run on one CPU polls there: it gets CPU time, and the work done."""
    port.sysfs("threaded").write_text("1")
    for pid in threads(port).values():
        os.sched_setaffinity(pid, {1})

    def switches():
        return sum(int(line.split()[1]) for pid in threads(port).values()
                   for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
                   if line.startswith("voluntary_ctxt_switches"))
    # They sleep when they are made, and once they have begun; then only after work.
    with udp() as sock:
        echoed(sock)
    settled(port)
    before = switches()
    with udp() as sock:
        for number in range(20):
            echoed(sock, number=number)
    assert switches() > before
    all_books(port)
    port.sysfs("threaded").write_text("0")


def test_threads_and_channels(port):
    """-L while threaded: threads come and go with their queues, and nothing hangs."""
    port.far_mac()
    port.sysfs("threaded").write_text("1")
    before = ids(port)
    with flood(port=7):
        for _ in range(3):
            set_channels(port, 1)
            threads_are(port, set(before[:1]))
            set_channels(port, 2)
            threads_are(port, set(before))
            port.sysfs("threaded").write_text("0")
            port.sysfs("threaded").write_text("1")
    all_flows_work(port)
    all_books(port, lost=None)
    assert of_queues(port, "rx_received")[1] > 0
    port.sysfs("threaded").write_text("0")


def test_threads_of_a_port_that_is_down(link):
    """A port that is down has no instances: threaded is refused, without a hang; what was set
    while it was up holds when it comes up again, with another number of queues, too.
    """
    with pytest.raises(OSError) as refusal:
        link.sysfs("threaded").write_text("1")
    assert refusal.value.errno == errno.EOPNOTSUPP
    link.up()
    link.address()
    link.sysfs("threaded").write_text("1")
    before = set(ids(link))
    threads_are(link, before)
    link.down()
    with pytest.raises(OSError):
        link.sysfs("threaded").write_text("0")
    set_channels(link, 1)
    link.up()
    assert set(ids(link)) <= set(threads(link))
    all_flows_work(link)
    set_channels(link, 2)
    assert before == set(ids(link))
    threads_are(link, before)
    link.sysfs("threaded").write_text("0")
    all_flows_work(link)
    all_books(link)


def test_statistics_of_the_queues(port):
    """netdev-genl's statistics: each queue's are its own, their sum is ip -s link's."""
    port.far_mac()
    all_flows_work(port)
    with udp() as sock:
        echoed(sock, size=700)
    c, stats, queues = settled(port), port.stats(), netdev_genl.queue_stats(port)
    assert set(queues) == {(way, number) for way in ("rx", "tx") for number in range(2)}
    for number in range(2):
        assert queues["tx", number]["tx_packets"] == c[f"tx{number}_completed"]
        assert queues["rx", number]["rx_packets"] == c[f"rx{number}_received"] > 0
    for name in ("rx_packets", "rx_bytes", "tx_packets", "tx_bytes"):
        assert sum(found[name] for found in queues.values() if name in found) == stats[name]
        assert netdev_genl.stats(port)[name] == stats[name]
    set_channels(port, 1)
    assert set(netdev_genl.queue_stats(port)) == {("rx", 0), ("tx", 0)}
    for name in ("rx_packets", "rx_bytes", "tx_packets", "tx_bytes"):
        assert netdev_genl.stats(port)[name] == stats[name], "queues that are gone count"


@pytest.mark.parameters(queues=2, tx_ring=8, rx_ring=2, rate_kbps=0)
def test_stops_and_misses_of_the_queues(port):
    """Stops, wakes and frames without a receive descriptor are in the queues' statistics, too."""
    port.far_mac()
    for number in range(2):
        path = f"queues/tx-{number}/byte_queue_limits/limit_min"
        port.sysfs(path).write_text(str(1 << 30))
    run("ethtool", "-C", port.name, "rx-usecs", 1_000_000, "rx-frames", 0,
        "tx-usecs", 1_000_000, "tx-frames", 0)
    with flood(port=7):
        until(lambda: (c := port.counters())["tx_wakes"] and c["rx_missed"],
              "the rings overflow")
    c, queues = settled(port), netdev_genl.queue_stats(port)
    for way, name in (("tx", "tx_stops"), ("tx", "tx_wakes"), ("rx", "rx_missed")):
        assert sum(queues[way, number][name] for number in range(2)) == c[name] > 0
    for number in range(2):
        assert c[f"tx{number}_posted"] > queues["tx", number]["tx_stops"]
