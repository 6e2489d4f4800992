"""Several queue pairs: how many, which frame uses which, and their number changed live."""

import os
import random
import socket
import subprocess

import pytest

from helpers import files, kernel, netdev_genl
from helpers.near_far import Stream, pair
from helpers.cpu import on_cpu
from helpers.queues import (
    all_books, backlog, channels, echoed, flows, of_queues, sent_on, set_channels,
    settled, total)
from helpers.rss import be_fair
from helpers.run import run
from helpers.traffic import echo_numbered, flood, numbered, receive_numbered, send_numbered, udp
from helpers.vnet import FAR4, Namespace, Port
from helpers.wait import until

CPUS = os.cpu_count()
TWO = pytest.mark.parameters(queues=2)

pytestmark = pytest.mark.skipif(CPUS < 2, reason="takes two CPUs")


def in_use(port):
    """The queues that sysfs shows: transmit, receive."""
    return tuple(len(list(port.sysfs("queues").glob(f"{way}-*"))) for way in ("tx", "rx"))


@pytest.mark.parametrize("value", [0, 17, -1])
def test_bad_number_of_queues_is_refused(no_module, log, value):
    """queues= is from 1 to 16; one line says so."""
    assert no_module is None
    result = kernel.insmod(queues=value)
    assert "Invalid parameters" in result.stdout
    assert f"vnet_rs: queues={value}: must be from 1 to 16" in log.lines()
    assert not kernel.is_loaded()


@pytest.mark.parametrize("wanted", [1, 2, 16])
def test_no_more_queues_than_cpus(no_module, log, wanted):
    """What the parameter asks for, cut to the number of CPUs, which is said once; it carries
    traffic.
    """
    assert no_module is None
    with kernel.loaded(ports=2, queues=wanted), Namespace() as namespace:
        port = Port.add(namespace)
        count = min(wanted, CPUS)
        said = [f"vnet_rs: queues={wanted}: ports have {CPUS}, one for each CPU"]
        assert [line for line in log.lines() if "queues=" in line] == said * (wanted > CPUS)
        assert channels(port) == (count, CPUS)
        assert in_use(port) == (count, count)
        port.up()
        port.address()
        with flows(8) as socks:
            for sock in socks:
                echoed(sock)
        all_books(port)


@TWO
@pytest.mark.parametrize("words, why", [
    (("combined", 0), "no RX or TX channel"),
    (("combined", CPUS + 1), "exceeds maximum"),
    (("rx", 1, "tx", 1), "exceeds maximum"),
    (("combined", 1, "other", 1), "exceeds maximum"),
])
def test_bad_channels_are_refused(port, words, why):
    """-L with a number that cannot be: EINVAL with a reason; all is as before."""
    result = run("ethtool", "-L", port.name, *words, check=False)
    assert result.returncode != 0
    assert why in result.stdout
    assert "Invalid argument" in result.stdout
    assert channels(port) == (2, CPUS)
    echo_numbered(10, 100)


@TWO
def test_channels_of_a_port_that_is_down(link):
    """-L on a port that is down holds when it comes up, and after the next time."""
    set_channels(link, 1)
    assert in_use(link) == (1, 1)
    link.up()
    link.address()
    assert in_use(link) == (1, 1)
    echo_numbered(20, 100)
    link.down()
    set_channels(link, 2)
    link.up()
    assert in_use(link) == (2, 2)
    be_fair(link)
    with flows(16) as socks:
        for sock in socks:
            echoed(sock)
    assert all(of_queues(link, "rx_received"))
    all_books(link)


def xps(port):
    """Which CPUs each queue is for, a bit each."""
    return [int(port.shown(f"queues/tx-{queue}/xps_cpus").replace(",", ""), 16)
            for queue in range(in_use(port)[0])]


def set_xps(port, *masks):
    """Says which CPUs each queue is for."""
    for queue, mask in enumerate(masks):
        files.write(port.sysfs(f"queues/tx-{queue}/xps_cpus"), f"{mask:x}")


@TWO
@pytest.mark.parametrize("masks", [(3, 0), (2, 1), (1, 0), (0, 0)])
def test_xps_of_the_user_stays(link, masks):
    """What the user has said which CPUs a queue is for stays: said after the first up, it does for
    all that the port goes through; for queues that have come back nothing is said.
    """
    link.up()
    assert xps(link) == [1, 2]
    set_xps(link, *masks)
    for change in (link.down, link.up, lambda: set_channels(link, 2)):
        change()
        assert xps(link) == list(masks)
    for count in (1, 2, 1, 2):
        set_channels(link, count)
        assert xps(link) == [masks[0], 0][:count]


@TWO
@pytest.mark.parametrize("masks", [(3, 0), (2, 1), (1, 0)])
def test_xps_said_before_the_first_up_stays(link, masks):
    """The port does not take what was said before it came up for nothing said."""
    set_xps(link, *masks)
    link.up()
    assert xps(link) == list(masks)
    link.down()
    link.up()
    assert xps(link) == list(masks)


def test_xps_of_one_queue_stays_for_more(link):
    """A second queue does not take a CPU from the first one that the user has given it."""
    set_xps(link, 3)
    set_channels(link, 2)
    assert xps(link) == [3, 0]
    link.up()
    assert xps(link) == [3, 0]


@TWO
def test_xps_spreads_the_cpus(port):
    """Each CPU has the queue of its number, as sysfs says and as its frames go."""
    assert xps(port) == [sum(1 << cpu for cpu in range(CPUS) if cpu % 2 == queue)
                         for queue in range(2)]
    port.far_mac()
    assert sent_on(port, 0) == [0]
    assert sent_on(port, 1) == [1]
    set_channels(port, 1)
    assert sent_on(port, 1) == [0]
    set_channels(port, 2)
    assert sent_on(port, 1) == [1]
    all_books(port)


@TWO
@pytest.mark.parametrize("queue", [0, 1])
def test_queue_mapping_chooses_the_ring(port, queue):
    """What tc says is what ring the frames go to."""
    port.far_mac()
    run("tc", "qdisc", "add", "dev", port.name, "clsact")
    run("tc", "filter", "add", "dev", port.name, "egress", "matchall",
        "action", "skbedit", "queue_mapping", queue)
    before = of_queues(port, "tx_posted")
    echo_numbered(50, 100)
    sent = [new - old for old, new in zip(before, of_queues(port, "tx_posted"))]
    assert sent[queue] >= 50
    assert sent[1 - queue] == 0
    all_books(port)


@TWO
def test_each_queue_has_a_qdisc(port):
    """The root is mq, with a child for each queue in use, also after -L."""
    def kinds():
        found = port.ip.get_qdiscs(port.index)
        parents = [one["parent"] & 0xffff for one in found]
        return [one.get_attr("TCA_KIND") for one in found].count("mq"), sorted(parents)
    assert kinds() == (1, [1, 2, 0xffff])
    set_channels(port, 1)
    assert kinds() == (1, [1, 0xffff])
    set_channels(port, 2)
    assert kinds() == (1, [1, 2, 0xffff])


@TWO
def test_counters_of_removed_queues_stay(port):
    """The totals count what a queue did that is not in use any more; it comes back as it was."""
    port.far_mac()
    for cpu in range(2):
        sent_on(port, cpu)
    before, stats = settled(port), port.stats()
    totals, queues = netdev_genl.stats(port), netdev_genl.queue_stats(port)
    assert queues["tx", 1]["tx_packets"] == before["tx1_completed"] > 0
    assert stats["tx_packets"] == totals["tx_packets"]
    set_channels(port, 1)
    assert not [name for name in port.counters() if name.startswith(("tx1_", "rx1_", "q1_"))]
    assert set(netdev_genl.queue_stats(port)) == {("rx", 0), ("tx", 0)}
    assert port.stats() == stats and netdev_genl.stats(port) == totals
    set_channels(port, 2)
    assert settled(port)["tx1_posted"] == before["tx1_posted"]
    assert netdev_genl.queue_stats(port) == queues
    all_books(port)


@pytest.mark.parameters(queues=2, rate_kbps=20000)
def test_channels_change_under_numbered_datagrams(port):
    """One connection on queue 0, which stays: -L to and fro, nothing lost, all in order."""
    # A qdisc that both queues share would be emptied when one of them goes.
    run("tc", "qdisc", "replace", "dev", port.name, "root", "handle", "1:", "mq")
    run("tc", "qdisc", "replace", "dev", port.name, "parent", "1:1", "pfifo", "limit", 10000)
    run("ethtool", "-X", port.name, "equal", 1)
    port.far_mac()
    with on_cpu(0), udp() as sock:
        send_numbered(sock, 1000, 500)
        for count in (1, 2) * 5:
            set_channels(port, count)
        receive_numbered(sock, 1000, 500)
    assert port.counters()["tx0_posted"] >= 1000
    all_books(port)


@TWO
def test_a_queue_with_frames_in_it_does_not_go(port):
    """What is in the ring of a queue that is to go is sent, not dropped: while it stands, -L is
    refused.
    """
    port.far_mac()
    with udp() as sock, udp() as other:
        for queue in range(2):
            path = f"queues/tx-{queue}/byte_queue_limits/limit_min"
            port.sysfs(path).write_text(str(1 << 30))
            # The limit takes its new value when a frame completes.
            with on_cpu(queue), udp() as first:
                echoed(first)
        with on_cpu(1):
            echoed(sock)
            port.flag("hang-engine", True)
            before = settled(port)
            send_numbered(sock, 40, 1000)
        with on_cpu(0):
            send_numbered(other, 5, 1000)
        after = port.counters()
        assert [after[f"tx{queue}_posted"] - before[f"tx{queue}_posted"] for queue in range(2)] \
            == [5, 40]
        assert "Device or resource busy" in set_channels(port, 1, check=False).stdout
        assert channels(port)[0] == 2
        port.flag("hang-engine", False)
        set_channels(port, 1)
        receive_numbered(other, 5, 1000)
        receive_numbered(sock, 40, 1000)
        set_channels(port, 2)
        all_books(port)
        with on_cpu(1):
            echoed(sock)


@TWO
def test_channels_change_under_load(port):
    """A flood from both CPUs and 12 changes: the books balance, and all works after it."""
    port.far_mac()
    before = None
    with flood(port=7), flood(port=7):
        for count in (1, 2) * 6:
            set_channels(port, count)
            before = before or port.counters()
    counters = all_books(port, lost=None)
    assert total(counters, "tx_posted") > total(before, "tx_posted")
    assert backlog(port) == 0
    for cpu in range(2):
        assert sent_on(port, cpu) == [cpu]


def test_tcp_over_a_pair_survives_channel_changes():
    """A TCP stream through a pair, with -L at both ends: every byte arrives, once, in order."""
    with pair(pairs=1, ports=0, queues=2) as cable:
        with Stream(cable) as stream:
            for _ in range(6):
                set_channels(cable.near, random.choice((1, 2)))
                with cable.there():
                    set_channels(cable.far, random.choice((1, 2)))
                start = stream.received
                until(lambda start=start: stream.received > start + (1 << 18), "bytes arrive")
        set_channels(cable.near, 2)
        all_books(cable.near, lost=None)
        with cable.there():
            set_channels(cable.far, 2)
            all_books(cable.far, lost=None)


@pytest.mark.parameters(queues=2, rate_kbps=0)
def test_two_senders_do_not_meet(port):
    """Two threads on two CPUs: each has its own ring, and its own datagrams in order."""
    port.far_mac()
    script = ("import os, socket, sys; os.sched_setaffinity(0, {int(sys.argv[1])})\n"
              "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(30)\n"
              f"s.connect(({FAR4!r}, 7))\n"
              "for n in range(300):\n"
              "    s.send(n.to_bytes(4)); assert s.recv(100) == n.to_bytes(4), n\n")
    before = of_queues(port, "tx_posted")
    senders = [subprocess.Popen(["python3", "-c", script, str(cpu)]) for cpu in range(2)]
    assert [sender.wait(60) for sender in senders] == [0, 0]
    after = of_queues(port, "tx_posted")
    assert [new - old for old, new in zip(before, after)] == [300, 300]
    all_books(port)


@TWO
def test_packets_of_a_queue_not_in_use(port):
    """A packet socket that names no queue, and one queue less: it goes to one that there is."""
    set_channels(port, 1)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.bind((port.name, 0))
        with on_cpu(1):
            sock.send(bytes(12) + b"\x08\x10" + numbered(1, 46))
    assert settled(port)["tx0_posted"] == 1
