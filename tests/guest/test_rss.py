"""Receive-side scaling: the hash and its table decide which queue a connection comes to."""

import os
import re
import socket
import struct

import pytest

from helpers import ethtool, rss
from helpers.cpu import on_cpu
from helpers.ethtool import ask_to_set
from helpers.queues import (
    all_books, channels, echoed, flows, of_queues, receiving_queue, set_channels, settled, total)
from helpers.run import run
from helpers.talk import at_once
from helpers.traffic import receive_numbered, send_numbered, udp
from helpers.vnet import FAR4, FAR6, HOST4, HOST6

KEY = bytes(range(7, 47))
GRXFH, ETHER_FLOW = 0x29, 0x12
DEFAULT = [0, 1] * 64

pytestmark = [
    pytest.mark.skipif(os.cpu_count() < 2, reason="takes two CPUs"),
    pytest.mark.parameters(queues=2),
]


def set_rss(port, *words, check=True):
    """Changes how what is received is spread."""
    return run("ethtool", "-X", port.name, *words, check=check)


def set_key(port, key=KEY):
    """Changes the key."""
    set_rss(port, "hkey", key.hex(":"))


def spread(port, count=32):
    """How many of so many connections come back to each queue."""
    before = of_queues(port, "rx_received")
    with flows(count) as socks:
        for sock in socks:
            echoed(sock)
    return [new - old for old, new in zip(before, of_queues(port, "rx_received"))]


def test_hash_is_toeplitz():
    """The test's own hash, by an example of the definition."""
    key = bytes.fromhex("6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b4"
                        "77cb2da38030f20c6a42b73bbeac01fa")
    near, far = "161.142.100.80", "66.9.149.187"
    assert rss.hash_of_reply(key, far, near, (2794, 1766)) == 0x51ccc178
    assert rss.hash_of_reply(key, far, near, None) == 0x323e8fc2


def test_defaults(port):
    """A random key of 40 bytes, both queues in turn, Toeplitz."""
    key, table = rss.shown(port)
    assert len(key) == 40 and any(key)
    assert table == DEFAULT
    assert "toeplitz: on" in run("ethtool", "-x", port.name).stdout
    assert "2 RX ring(s)" in run("ethtool", "-x", port.name).stdout


def test_connections_are_spread(port):
    """Many connections use both queues."""
    port.far_mac()
    rss.be_fair(port)
    assert min(spread(port)) >= 4
    all_books(port)


@pytest.mark.parametrize("words, most, least", [
    (("equal", 1), 0, 1), (("weight", 1, 0), 0, 1), (("start", 1, "equal", 1), 1, 0),
    (("weight", 0, 1), 1, 0),
])
def test_table_can_name_one_queue(port, words, most, least):
    """With one queue in all entries, everything comes to that one."""
    port.far_mac()
    set_rss(port, *words)
    assert rss.shown(port)[1] == [most] * 128
    counts = spread(port)
    assert counts[most] >= 32
    assert counts[least] == 0
    all_books(port)


def test_weights_fill_the_table(port):
    """-X weight 3 1: three quarters of the entries are queue 0's."""
    set_rss(port, "weight", 3, 1)
    assert rss.shown(port)[1].count(0) == 96


@pytest.mark.ipv6
@pytest.mark.parametrize("near, far", [(HOST4, FAR4), (HOST6, FAR6)])
def test_queue_is_what_the_hash_says(port, near, far):
    """For each connection: the table's entry for the Toeplitz hash with the key."""
    port.far_mac(far)
    set_key(port)
    set_rss(port, "weight", 3, 1)
    key, table = rss.shown(port)
    assert key == KEY
    seen = []
    while len(seen) < 24 or set(seen) != {0, 1}:
        assert len(seen) < 240
        with udp(far) as sock:
            value = rss.hash_of_reply(key, far, near, (7, sock.getsockname()[1]))
            assert receiving_queue(port, sock) == table[value % 128]
            seen.append(table[value % 128])


def test_another_key_spreads_otherwise(port):
    """The same connections go elsewhere with another key, and back with the first."""
    port.far_mac()

    def places():
        with flows(24) as socks:
            return [receiving_queue(port, sock) for sock in socks]
    set_key(port)
    first = places()
    set_key(port, bytes(40))
    assert places() == [0] * 24
    set_key(port)
    assert places() == first


def test_stack_knows_the_hash(port):
    """skb->hash is the hash; another value is not; without rxhash the driver notes none."""
    port.far_mac()
    set_key(port)
    with udp() as sock:
        value = rss.hash_of_reply(KEY, FAR4, HOST4, (7, sock.getsockname()[1]))
        rss.only_if(sock, rss.HASH, value)
        echoed(sock)
        run("ethtool", "-K", port.name, "receive-hashing", "off")
        sock.settimeout(0.5)
        sock.send(b"no hash")
        with pytest.raises(TimeoutError):
            sock.recv(100)
        run("ethtool", "-K", port.name, "receive-hashing", "on")
        sock.settimeout(30)
        echoed(sock)
        rss.only_if(sock, rss.HASH, value ^ 1)
        sock.settimeout(0.5)
        sock.send(b"another hash")
        with pytest.raises(TimeoutError):
            sock.recv(100)


@pytest.mark.parametrize("queue", [0, 1])
def test_stack_knows_the_queue(port, queue):
    """The skb says which queue it came by (one more, as 0 means that nobody knows)."""
    port.far_mac()
    set_rss(port, "start", queue, "equal", 1)
    with udp() as sock:
        rss.only_if(sock, rss.QUEUE, queue + 1)
        echoed(sock)


def test_what_is_no_connection_comes_to_queue_0(port):
    """ARP has no hash; a ping has one of its addresses."""
    set_rss(port, "start", 1, "equal", 1)
    assert port.far_mac()
    # Being slow, it may have asked twice.
    settled(port)
    answers, others = of_queues(port, "rx_received")
    assert answers >= 1 and others == 0
    run("ping", "-n", *at_once(3), FAR4)
    assert of_queues(port, "rx_received") == [answers, 3]


def test_default_can_be_had_back(port):
    """-X default: both queues in turn again, and it follows the number of queues."""
    set_rss(port, "weight", 5, 1)
    set_rss(port, "default")
    assert rss.shown(port)[1] == DEFAULT
    set_channels(port, 1)
    assert rss.shown(port)[1] == [0] * 128
    set_channels(port, 2)
    assert rss.shown(port)[1] == DEFAULT
    rss.be_fair(port)
    assert min(spread(port)) >= 4


def test_settings_survive_down_and_up(port):
    """Key and table belong to the port."""
    set_key(port)
    set_rss(port, "weight", 0, 1)
    port.down()
    assert rss.shown(port) == (KEY, [1] * 128)
    port.up()
    assert rss.shown(port) == (KEY, [1] * 128)
    port.far_mac()
    assert spread(port)[0] <= 1


def test_table_that_names_a_queue_keeps_it(port):
    """-L is refused while the table names the queue that would go, and the port works on."""
    set_rss(port, "start", 1, "equal", 1)
    result = set_channels(port, 1, check=False)
    assert result.returncode != 0
    assert "too low for existing indirection table" in result.stdout
    assert "Invalid argument" in result.stdout
    assert channels(port)[0] == 2
    assert spread(port)[1] >= 32
    set_rss(port, "equal", 1)
    set_channels(port, 1)
    set_channels(port, 2)
    assert rss.shown(port)[1] == [0] * 128, "the user has said so"


@pytest.mark.parametrize("words, why", [
    (("equal", 3), "Invalid argument"),
    (("start", 2, "equal", 1), "Invalid argument"),
    (("weight", 0, 0, 1), "Invalid argument"),
    (("hkey", "01:02:03"), "Key is too short"),
    (("hfunc", "xor"), "not supported"),
    (("hfunc", "crc32"), "not supported"),
])
def test_nonsense_is_refused(port, words, why):
    """A queue that is not in use, a short key, another hash: refused, nothing changes."""
    before = rss.shown(port)
    result = set_rss(port, *words, check=False)
    assert result.returncode != 0
    assert why in result.stdout
    assert rss.shown(port) == before


@pytest.mark.parametrize("values, why", [
    ({rss.HFUNC: 2}, "The only hash function is Toeplitz (toeplitz)"),
    ({rss.INDIR: struct.pack("=128I", *[0] * 127, 2)}, "entry 127: queue out of range (2)"),
])
def test_refusal_says_why(port, values, why):
    """By netlink, which the tool does not use for it, a refusal comes with a reason."""
    before = rss.shown(port)
    with pytest.raises(OSError, match=re.escape(why)):
        ask_to_set(port, rss.RSS_SET, values)
    assert rss.shown(port) == before
    table = struct.pack("=128I", *[1] * 128)
    ask_to_set(port, rss.RSS_SET, {rss.HFUNC: 1, rss.INDIR: table})
    assert rss.shown(port)[1] == [1] * 128


@pytest.mark.parametrize("kind, ports", [
    ("tcp4", True), ("udp4", True), ("tcp6", True), ("udp6", True), ("sctp4", False),
    ("ah6", False),
])
def test_what_is_hashed_is_shown(port, kind, ports):
    """ethtool -n rx-flow-hash: addresses, and the ports of TCP and UDP; it cannot be set."""
    shown = run("ethtool", "-n", port.name, "rx-flow-hash", kind).stdout
    assert "IP SA" in shown and "IP DA" in shown
    assert ("L4 bytes 0 & 1" in shown, "L4 bytes 2 & 3" in shown) == (ports, ports)
    result = run("ethtool", "-N", port.name, "rx-flow-hash", kind, "sd", check=False)
    assert result.returncode != 0
    assert "not supported" in result.stdout


def test_what_is_not_hashed_is_not_shown(port):
    """Of what is not IP nothing is hashed, and nothing is made up."""
    shown = run("ethtool", "-n", port.name, "rx-flow-hash", "ether", check=False)
    # struct ethtool_rxnfc, for ETHER_FLOW
    with pytest.raises(OSError, match="Invalid argument"):
        ethtool.ask(port.name, struct.pack("=II", GRXFH, ETHER_FLOW), 184)
    assert "IP SA" not in shown.stdout


def test_table_changes_under_traffic(port):
    """The table changes between two datagrams of a connection: none is lost, each goes there."""
    port.far_mac()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((FAR4, 7))
        sock.settimeout(30)
        for queue in (0, 1) * 5:
            set_rss(port, "start", queue, "equal", 1)
            assert receiving_queue(port, sock) == queue
    all_books(port)


@pytest.mark.parameters(queues=2, rate_kbps=10)
def test_table_changes_while_the_wire_is_busy(port):
    """What is in the ring goes on, although no doorbell rings after the change."""
    port.plain_qdisc()
    port.no_byte_limit()
    port.far_mac()
    with on_cpu(0), udp() as sock:
        # Each takes 0.5 s.
        send_numbered(sock, 60, 500)
        set_key(port)
        set_rss(port, "equal", 1)
        assert total(port.counters(), "tx_completed") < 60, "too late"
        run("ethtool", "-s", port.name, "speed", 1000, "autoneg", "off")
        receive_numbered(sock, 60, 500)
    all_books(port)
