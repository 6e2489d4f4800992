"""Talking from one end of a cable to the other, with own sockets and iperf3."""

import contextlib
import hashlib
import json
import random
import re
import socket
import subprocess

from helpers.cpu import Beside, on_cpu
from helpers.run import run
from helpers.traffic import roomy
from helpers.wait import DEADLINE, until

V4, V6 = socket.AF_INET, socket.AF_INET6
TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM
IPERF3 = 5201


def noise(length, seed=1):
    """Bytes that repeat nowhere, and are the same the next time."""
    return random.Random(seed).randbytes(length)


def received(sock, start=b""):
    """The length and the digest of all bytes of a connection: `start`, and those still to come."""
    digest, length = hashlib.sha256(start), len(start)
    while data := sock.recv(1 << 18):
        digest.update(data)
        length += len(data)
    return length, digest.hexdigest()


def expected(data):
    """The result of received() when `data` has come."""
    return len(data), hashlib.sha256(data).hexdigest()


@contextlib.contextmanager
def connection(near, far, family=V4, where=None):
    """A TCP connection; yields the socket that called and the one that was called."""
    with far.socket(family, TCP) as listener:
        listener.bind((where or far.of(family), 0))
        listener.listen()
        with near.socket(family, TCP) as here:
            here.connect(listener.getsockname())
            there, _ = listener.accept()
            there.settimeout(DEADLINE)
            with there:
                yield here, there


def exchange(here, there, one, other):
    """Sends data both ways at once; returns what was received there, and here."""
    results = {}

    def send(sock, data):
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)

    def receive(name, sock):
        results[name] = received(sock)

    threads = [Beside(target=send, args=(here, one), daemon=True),
               Beside(target=send, args=(there, other), daemon=True),
               Beside(target=receive, args=("there", there), daemon=True),
               Beside(target=receive, args=("here", here), daemon=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=100)
    return results.get("there"), results.get("here")


def tcp_works(near, far, family=V4, length=200_000, where=None):
    """Asserts that data goes both ways over TCP and arrives as it was."""
    one, other = noise(length, 1), noise(length, 2)
    with connection(near, far, family, where) as (here, there):
        assert exchange(here, there, one, other) == (expected(one), expected(other))


@contextlib.contextmanager
def datagrams(near, far, family=V4, where=None):
    """Two UDP sockets that are connected to each other."""
    with near.socket(family, UDP) as here, far.socket(family, UDP) as there:
        there.bind((where or far.of(family), 0))
        here.connect(there.getsockname())
        there.connect(here.getsockname())
        yield roomy(here), roomy(there)


def udp_works(near, far, family=V4, sizes=(0, 1, 500, 1400), where=None, at_once=None):
    """Asserts that datagrams go both ways and arrive as they were.

    Where they may not overtake each other, all are sent before the first is received;
    or so many `at_once`.
    """
    count = at_once or len(sizes)
    batches = [sizes[start:start + count] for start in range(0, len(sizes), count)]
    with datagrams(near, far, family, where) as (here, there):
        # A packet that waits for a neighbour may be overtaken by later ones.
        here.send(b"hello")
        assert there.recv(100) == b"hello"
        for one, other in ((here, there), (there, here)):
            for batch in batches:
                for size in batch:
                    one.send(noise(size))
                for size in batch:
                    assert other.recv(65535) == noise(size)


def at_once(count):
    """How to tell ping to send so many before it reads a reply: having had one, it waits but a
    moment for the last.
    """
    return "-c", count, "-l", count, "-S", 200_000, "-W", 30


def ping_works(near, far, size=56, count=3):
    """Asserts that every ping gets its reply. `far` is an address."""
    result = near.run("ping", "-n", *at_once(count), "-s", size, far)
    assert f"{count} received, 0% packet loss" in result.stdout, result.stdout
    assert "wrong data" not in result.stdout


def flood_ping(far, count, how=run):
    """Pings as fast as it goes, until so many replies have come. More may have been sent by then;
    snmp.pings() says whether one was lost. The sender and the poll share a CPU.
    """
    with on_cpu(0):
        text = how("ping", "-n", "-q", "-f", "-c", count, "-w", 100, far).stdout
    assert int(re.search(r"(\d+) received", text)[1]) >= count, text


@contextlib.contextmanager
def iperf3_server(end):
    """An iperf3 server that serves one client."""
    with end.room.inside():
        process = subprocess.Popen(["iperf3", "-s", "-1"], stdout=subprocess.DEVNULL)
    try:
        until(lambda: end.run("ss", "-Hltn", f"sport = :{IPERF3}").stdout, "iperf3 listens")
        yield
        process.wait(timeout=30)
    finally:
        process.kill()
        process.wait()


def iperf3(near, far, *words, family=V4):
    """Runs iperf3; returns its report."""
    with iperf3_server(far):
        result = near.run("iperf3", "-J", "-c", far.of(family), *words)
    # It warns before it reports.
    report = json.loads(result.stdout[result.stdout.index("{"):])
    assert "error" not in report, report["error"]
    return report
