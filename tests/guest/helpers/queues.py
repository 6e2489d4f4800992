"""Ports with several queues: their rings, their counters, and the queue of each frame."""

import contextlib
import re
import socket

from helpers import netdev_genl
from helpers.cpu import on_cpu, softirqs_end
from helpers.ethtool import ask_to_set
from helpers.run import run, run_json
from helpers.traffic import SO_INCOMING_NAPI_ID, numbered, udp
from helpers.vnet import ECHO, balanced
from helpers.wait import DEADLINE, until

# Of the ethtool family, ETHTOOL_MSG_RINGS_SET and ETHTOOL_A_RINGS_*.
RINGS_SET = 16
RING_SIZES = {"rx": 6, "tx": 9}


def set_channels(port, count, check=True):
    """Changes how many queue pairs a port uses."""
    return run("ethtool", "-L", port.name, "combined", count, check=check)


def channels(port):
    """The queue pairs by ethtool: in use, and at most."""
    shown = run("ethtool", "-l", port.name).stdout
    most, now = (int(number) for number in re.findall(r"^Combined:\s+(\d+)", shown, re.M))
    return now, most


def set_rings(port, check=True, **sizes):
    """Changes the size of rings: `tx`, `rx`."""
    words = [word for pair in sizes.items() for word in pair]
    return run("ethtool", "-G", port.name, *words, check=check)


def ask_for_rings(port, **sizes):
    """The same at once, where a command would take its time; raises the error of a refusal."""
    ask_to_set(port, RINGS_SET, {RING_SIZES[way]: size for way, size in sizes.items()})


def rings(port):
    """The size of the rings: transmit, receive."""
    shown = run_json("ethtool", "--json", "-g", port.name)[0]
    return shown["tx"], shown["rx"]


def total(counters, name):
    """A counter of all queues in use together: `tx_posted` is the sum of `tx0_posted`, ..."""
    way, _, what = name.partition("_")
    return sum(value for key, value in counters.items()
               if key.startswith(way) and key.endswith(f"_{what}")
               and key[len(way):-len(what) - 1].isdigit())


def of_queues(port, name):
    """A counter of each queue: `tx_posted` gives those of `tx0_posted`, `tx1_posted`, ..."""
    counters = port.counters()
    way, _, what = name.partition("_")
    count = len(list(port.sysfs("queues").glob(f"{way}-*")))
    return [counters[f"{way}{number}_{what}"] for number in range(count)]


def inflight(port):
    """The bytes that BQL counts as in flight in all queues."""
    return sum(int((queue / "byte_queue_limits/inflight").read_text())
               for queue in port.sysfs("queues").glob("tx-*"))


def backlog(port):
    """The frames that wait in the port's qdiscs."""
    return sum(qdisc.get_attr("TCA_STATS2").get_attr("TCA_STATS_QUEUE")["qlen"]
               for qdisc in port.ip.get_qdiscs(port.index))


def is_idle(c):
    """Whether nothing is in any ring."""
    return (total(c, "tx_posted") == total(c, "tx_reaped") + total(c, "tx_purged")
            and total(c, "rx_delivered") == total(c, "rx_received") + total(c, "rx_purged"))


def settled(port, seconds=60):
    """Waits until nothing is under way any more, and the stack has all frames; returns the
    counters.
    """
    def quiet():
        before = port.counters()
        if not is_idle(before) or backlog(port):
            return None
        softirqs_end()
        return before if port.counters() == before else None
    return until(quiet, f"{port.name} is idle", seconds)


def all_books(port, lost=0):
    """Asserts that the books of all queues balance (see vnet_rs/driver/counters.rs) and agree with
    `ip -s link`; returns the counters. All queues that were ever used must be in use.
    """
    c, stats = balanced(port, settled)
    assert total(c, "tx_reaped") <= total(c, "tx_completed") <= total(c, "tx_posted"), c
    assert total(c, "tx_purged") == lost or lost is None, c
    assert stats["tx_packets"] == c["tx_packets"], (stats, c)
    assert stats["rx_packets"] == c["rx_packets"], (stats, c)
    assert stats["rx_missed_errors"] == c["rx_missed"], (stats, c)
    if c["echo_replies"]:
        assert c["tx_packets"] == sum(c[name] for name in ECHO), c
        arrived = total(c, "rx_delivered") + c["rx_missed"] + c["rx_filtered"]
        assert c["echo_replies"] == arrived + c["rx_no_memory"] + c["line_purged"], c
    if port.is_up:
        until(lambda: inflight(port) == 0, "nothing is in flight for BQL")
    return c


def napi_of(sock):
    """The NAPI instance that brought a socket's last datagram."""
    return sock.getsockopt(socket.SOL_SOCKET, SO_INCOMING_NAPI_ID)


def echoed(sock, size=100, number=1):
    """Sends a datagram, which must come back as it is."""
    data = numbered(number, size)
    sock.send(data)
    assert sock.recv(65535) == data


def receiving_queue(port, sock):
    """The queue that a connection's datagrams come back to."""
    queues = {napi: number for (way, number), napi in netdev_genl.napi_of_queues(port).items()
              if way == "rx"}
    echoed(sock)
    return queues[napi_of(sock)]


@contextlib.contextmanager
def flows(count):
    """Connections to the far end that differ in their port only, but there in many bits: see
    rss.be_fair().
    """
    with contextlib.ExitStack() as stack:
        socks = []
        for number in range(count):
            sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            sock.bind(("192.0.2.1", 10000 + 1237 * number))
            sock.connect(("192.0.2.2", 7))
            sock.settimeout(DEADLINE)
            socks.append(sock)
        yield socks


def sent_on(port, cpu):
    """Which transmit queue a new connection uses that starts on a CPU."""
    before = of_queues(port, "tx_posted")
    with on_cpu(cpu), udp() as sock:
        echoed(sock)
    after = of_queues(port, "tx_posted")
    return [queue for queue, (old, new) in enumerate(zip(before, after)) if new > old]
