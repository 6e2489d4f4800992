"""A slow link, a flood, and how long a ping takes meanwhile."""

import contextlib
import re
import socket
import threading
import time

from helpers.fidelity import OVERHEAD
from helpers.run import run
from helpers.traffic import SO_SNDBUFFORCE
from helpers.way import Way

KBPS, RING, PAYLOAD = 100_000, 1024, 1472
# With UDP, IPv4 and Ethernet.
FRAME_MS = (PAYLOAD + 8 + 20 + 14 + OVERHEAD) * 8 / KBPS


class Steady:
    """Sends full frames as fast as the link takes them while the block runs."""

    def __init__(self, end, far):
        self.sock = end.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # More than the ring holds: the queue is in its way, and not the socket.
        self.sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 16 << 20)
        self.sock.connect((far, 9))
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._send, daemon=True)

    def _send(self):
        payload = bytes(PAYLOAD)
        while not self.over.is_set():
            # About twice as fast as the link, so that time is left for all others.
            time.sleep(2 * FRAME_MS / 1000)
            for _ in range(4):
                with contextlib.suppress(OSError):
                    self.sock.send(payload)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.sock.close()


def bloat_way(rooms):
    """The link that all of this is about."""
    return Way("pair", rooms, rate_kbps=KBPS)


def pings(way, count, seconds):
    """Pings the far end so often; returns when each was sent, in s, and the RTTs in ms."""
    text = way.near.run("ping", "-n", "-D", "-c", count, "-i", seconds / count, "-W", 5,
                        way.far.v4).stdout
    found = [(float(when), float(took)) for when, took in re.findall(
        r"^\[([\d.]+)\] .* time=([\d.]+) ms", text, re.MULTILINE)]
    assert len(found) == count, text
    return found


def on_wire(end):
    """How many bytes have been on the wire."""
    counters = end.counters()
    return counters["tx_bytes"] + counters["tx_packets"] * OVERHEAD


def flooded(way, byte_limit, count=100, seconds=2.0):
    """Pings while the link is flooded; returns the pings and the throughput in kbit/s."""
    with way.near.room.inside():
        run("tc", "qdisc", "replace", "dev", "near", "root", "fq_codel")
        if byte_limit:
            way.near.set_bql("limit_min", 0)
            way.near.set_bql("limit", 0)
        else:
            way.near.no_byte_limit()
    with Steady(way.near, way.far.v4):
        # Until the queue that fills up is full.
        time.sleep(RING * FRAME_MS / 1000 * 3)
        before, start = on_wire(way.near), time.monotonic()
        found = pings(way, count, seconds)
        sent, took = on_wire(way.near) - before, time.monotonic() - start
    return found, sent * 8 / took / 1000
