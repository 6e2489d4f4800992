"""Receiving through NAPI and GRO, in the ways that it can be set."""

import contextlib
import os
import pathlib
import re
import socket

import pytest

from helpers import kernel
from helpers.cpu import on_cpu
from helpers.pktgen import Pktgen
from helpers.run import run
from helpers.talk import at_once
from helpers.traffic import SO_INCOMING_NAPI_ID, echo_numbered, udp
from helpers.vnet import FAR4, books


def ping_works(count=20):
    """Asserts that pings lose nothing."""
    result = run("ping", "-n", "-q", *at_once(count), FAR4)
    assert f"{count} received, 0% packet loss" in result.stdout


def napi_thread(port):
    """The thread that polls a port whose NAPI is threaded."""
    for comm in pathlib.Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if comm.read_text().startswith(f"napi/{port.name}"):
                return int(comm.parent.name)
    return None


def napi_id(sock):
    """The NAPI instance that brought a socket's last datagram; 0: none."""
    return sock.getsockopt(socket.SOL_SOCKET, SO_INCOMING_NAPI_ID)


def test_received_frames_know_their_napi(port):
    """A datagram that comes back has come through the port's NAPI instance."""
    with udp() as sock:
        sock.send(b"hello")
        assert sock.recv(100) == b"hello"
        first = napi_id(sock)
        assert first > 0
        sock.send(b"again")
        sock.recv(100)
        assert napi_id(sock) == first
    books(port)


def test_two_ports_have_two_napis(port):
    """Each port has an instance of its own."""
    other = type(port).add(port.ns, "vnet1")
    other.up()
    other.ip.addr("add", index=other.index, address="198.51.100.1", prefixlen=24)
    ids = set()
    for far in (FAR4, "198.51.100.2"):
        with udp(far) as sock:
            sock.send(b"hello")
            sock.recv(100)
            ids.add(napi_id(sock))
    assert len(ids) == 2


def test_threaded_napi(port):
    """NAPI in a thread of its own works, and can be taken back, while up."""
    port.sysfs("threaded").write_text("1")
    assert napi_thread(port)
    ping_works()
    echo_numbered(200, 500)
    port.down()
    port.up()
    ping_works()
    port.sysfs("threaded").write_text("0")
    ping_works()
    books(port)


@pytest.mark.parametrize("rate", [
    pytest.param(0, marks=pytest.mark.parameters(rate_kbps=0, tx_ring=16)),
    pytest.param(100000, marks=pytest.mark.parameters(rate_kbps=100000, tx_ring=16))])
def test_deferred_interrupts(port, rate):
    """With napi_defer_hard_irqs and gro_flush_timeout nothing is lost or stuck."""
    port.plain_qdisc()
    port.far_mac()
    port.sysfs("napi_defer_hard_irqs").write_text("2")
    port.sysfs("gro_flush_timeout").write_text("2000000")
    ping_works()
    # The timer that polls is on the CPU of who sends: neither waits for the other.
    with on_cpu(0):
        echo_numbered(300, 500)
    assert books(port)["tx0_busy"] == 0


def test_timeout_without_deferral(port):
    """gro_flush_timeout alone works as well."""
    port.sysfs("gro_flush_timeout").write_text("1000000")
    ping_works()
    echo_numbered(100, 500)
    books(port)


def test_gro_can_be_off(port):
    """Without GRO everything still comes."""
    run("ethtool", "-K", port.name, "gro", "off")
    ping_works()
    echo_numbered(100, 500)
    books(port)


@pytest.mark.parameters(rate_kbps=0, tx_ring=1024, rx_ring=1024)
def test_two_thousand_datagrams(port):
    """Datagrams as fast as they go, and far more than rings hold: none is lost, no poll is idle."""
    port.plain_qdisc()
    port.no_byte_limit()
    port.far_mac()
    # Replies come as fast as they are asked for: who asks, and who polls, share a CPU.
    before = port.settle()
    with on_cpu(0):
        echo_numbered(2000, 32)
    counters = books(port)
    assert counters["rx_missed"] == 0
    assert counters["rx0_received"] - before["rx0_received"] == 2000
    # One for what was sent, and one for what came back, at most.
    assert 0 < counters["q0_polls"] - before["q0_polls"] <= 2 * 2000 + 2


@pytest.mark.parameters(rate_kbps=400_000_000, tx_ring=1024, rx_ring=1024)
def test_no_poll_receives_more_than_its_budget(port):
    """Where far more than 64 replies wait, each poll takes 64 at most."""
    mac = port.far_mac()
    # The poll's thread has to wait for pktgen's.
    port.sysfs("threaded").write_text("1")
    os.sched_setaffinity(napi_thread(port), {0})
    received, most = 0, 0
    with kernel.Trace("napi/napi_poll", "net/napi_gro_receive_entry") as trace:
        with Pktgen(port, mac, count=512, burst=256, udp_port=7, cpu=0) as pktgen:
            pktgen.run()
        books(port)
        # A poll's own event comes when it is over.
        for event in re.findall(r"(napi_poll|napi_gro_receive_entry): .*vnet0", trace.text()):
            received = received + 1 if event == "napi_gro_receive_entry" else 0
            most = max(most, received)
    assert most == 64
