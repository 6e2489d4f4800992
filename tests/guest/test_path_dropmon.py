"""The drop monitor tells what became of frames that were to be sent: which, where, and why."""

import pytest

from helpers.dropmon import DropMonitor
from helpers.nft import rules
from helpers.talk import datagrams
from helpers.traffic import DISCARD_PORT, send_numbered, udp
from helpers.tunnel import tunnel_to
from helpers.vnet import NOBODY, books
from helpers.wait import until


def by_us(alert):
    """Whether it was the module that dropped it.

    The symbol is cut after 40 bytes, of which a Rust function's name takes all. With frame
    pointers it is the kernel's function that the module calls for it.
    """
    return "vnet_rs" in alert["SYMBOL"] or "dev_kfree_skb_any_reason" in alert["SYMBOL"]


@pytest.mark.parametrize("length, reason", [
    (9, "PKT_TOO_SMALL"), (9023, "PKT_TOO_BIG"), (20000, "PKT_TOO_BIG")])
def test_frame_of_impossible_length(port, length, reason):
    """The monitor shows the frame, how long it was, and the reason."""
    port.settle()
    with port.ns.outside():
        monitor = DropMonitor()
    with monitor, tunnel_to(port) as send:
        frame = bytes(range(9)) + bytes(length - 9)
        send(frame)
        alert, = monitor.wait(reason, 1)
    assert by_us(alert)
    assert alert["ORIG_LEN"] == length
    assert frame.startswith(alert["PAYLOAD"][:100]) and len(alert["PAYLOAD"]) >= 9
    books(port)


@pytest.mark.parameters(rate_kbps=1, tx_ring=16)
def test_frames_in_the_ring_of_a_port_that_goes_down(port):
    """One alert for each frame that was purged, and it is that frame."""
    port.neighbour(NOBODY)
    port.no_byte_limit()
    with port.ns.outside():
        monitor = DropMonitor()
    with udp(port=DISCARD_PORT) as sock:
        send_numbered(sock, 8, 1000)
        until(lambda: port.counter("tx0_posted") > 8, "the ring has frames")
    with monitor:
        port.down()
        purged = books(port)["tx0_purged"]
        assert purged >= 7
        alerts = [one for one in monitor.wait("QUEUE_PURGE", purged) if by_us(one)]
    assert len(alerts) == purged
    numbers = [int.from_bytes(one["PAYLOAD"][42:46], "big") for one in alerts]
    assert numbers == list(range(8 - purged, 8))


@pytest.mark.parameters(rate_kbps=2, tx_ring=2)
def test_full_qdisc(port):
    """What a qdisc has no room for is shown too, and it is not us who dropped it."""
    port.neighbour(NOBODY)
    port.plain_qdisc(limit=3)
    with port.ns.outside():
        monitor = DropMonitor()
    with monitor, udp(port=DISCARD_PORT) as sock:
        # Each takes 4 s: there is no more room when the last one is sent.
        send_numbered(sock, 20, 1000)
        dropped = port.qdisc()["drops"]
        assert dropped > 0
        alerts = monitor.wait("QDISC_DROP", dropped)
        assert not any(by_us(one) for one in alerts)
        numbers = [int.from_bytes(one["PAYLOAD"][42:46], "big") for one in alerts]
        assert numbers[-1] == 19
    port.down()


def test_netfilter_drop(cable):
    """A frame that a rule drops before the device gets it; the sender does not get to know.

    The monitor is shown only what has an Ethernet header already, so nothing from OUTPUT.
    """
    a, b = cable.ends
    with datagrams(a, b) as (here, there), DropMonitor() as monitor:
        here.send(b"first")
        assert there.recv(100) == b"first"
        rules(a.room, "add table netdev t",
              f"add chain netdev t out {{ type filter hook egress device {a.name} priority 0; }}",
              f"add rule netdev t out udp dport {there.getsockname()[1]} drop")
        here.send(b"it is not to be")
        alert, = monitor.wait("NETFILTER_DROP", 1)
        assert alert["PAYLOAD"].endswith(b"it is not to be")
        assert not by_us(alert)


def test_nothing_to_tell(port):
    """What is sent and received is not dropped: the monitor has nothing of ours to tell."""
    with port.ns.outside():
        monitor = DropMonitor()
    port.far_mac()
    with monitor, udp() as sock:
        for _ in range(20):
            sock.send(b"hello")
            assert sock.recv(10) == b"hello"
        books(port)
        monitor.reasons()
        assert not [one for one in monitor.alerts if by_us(one)]
