"""A way over a link: from one end of a pair to the other, or to an echo host and back."""

import contextlib
import socket
import struct

from helpers import configfs
from helpers.cable import End, Room
from helpers.configfs import Item
from helpers.cpu import softirqs_end
from helpers.traffic import ECHO_PORT, numbered, roomy
from helpers.wait import until

CERTAIN = 1_000_000
MS, S = 1_000_000, 1_000_000_000

# The values of a new item, and two other ones for each.
DEFAULTS = {
    "overhead_bytes": "24", "latency_ns": "0", "jitter_ns": "0", "jitter_model": "uniform",
    "loss_ppm": "0", "burst_enter_ppm": "0", "burst_leave_ppm": "1000000",
    "burst_loss_ppm": "1000000", "duplicate_ppm": "0", "reorder_ppm": "0", "corrupt_ppm": "0",
    "seed": "0", "line_frames": "1024", "line_bytes": "16777216"}
CHANCES = [name for name in DEFAULTS if name.endswith("_ppm")]
OTHERS = {
    "overhead_bytes": ("0", "1000"), "latency_ns": ("1", "10000000000"),
    "jitter_ns": ("1", "10000000000"), "jitter_model": ("normal", "uniform"),
    "seed": ("1", "18446744073709551615"), "line_frames": ("1", "4096"),
    "line_bytes": ("131072", "4294967296")} | {
        name: ("1", "999999") for name in CHANCES}


class Way(contextlib.ExitStack):
    """A way between two rooms, or within the first one, while the block runs.

    `near` sends and `far` receives; where an echo host answers, both are the same port.
    Only a test's packets are on the wire, and there is room for all of them.
    """

    def __init__(self, kind, rooms, **attributes):
        super().__init__()
        self.is_pair = kind == "pair"
        self.rooms = rooms
        self.item = Item("way", **({
            "far_end": "peer" if self.is_pair else "echo", "name": "near", "peer_name": "far",
            "tx_ring": 1024, "rx_ring": 4096} | attributes))
        self.near = self.far = self.out = self.into = self.start = None
        self.sockets = contextlib.ExitStack()

    def __enter__(self):
        configfs.have_mounted()
        self.enter_context(self.item)
        self.push(self.sockets)
        if self.rooms:
            self.on()
        return self

    def on(self):
        """Makes the ports, with addresses and sockets."""
        room, other = self.rooms
        with room.inside():
            self.item.on()
        self.near = self.far = End(room, "near", 0, 1)
        if self.is_pair:
            index = room.ip.link_lookup(ifname="far")[0]
            room.ip.link("set", index=index, net_ns_fd=other.fd)
            self.far = End(other, "far", 0, 2)
        for end in {self.near, self.far}:
            end.up()
            end.ip.addr("add", index=end.index, address=end.v4, prefixlen=24)
        until(lambda: self.near.has_carrier, "there is a link")
        with room.inside():
            self.near.no_byte_limit()
        self._meet()
        self._talk()
        self.start = {end: self.quiet(end) for end in (self.near, self.far)}

    def off(self):
        """Takes the ports away."""
        self.sockets.close()
        self.item.off()

    def _meet(self):
        """Fixes the addresses, so that the stack does not ask for them."""
        if self.is_pair:
            self.near.neighbour(self.far.mac, self.far.v4)
            self.far.neighbour(self.near.mac, self.near.v4)
        else:
            with self.near.room.inside():
                self.near.far_mac(self.near.neighbour4(2))

    def _talk(self):
        """A socket to send from, and one that receives."""
        self.out = self._socket(self.near)
        self.out.bind((self.near.v4, 5000))
        self.into = self.out
        if self.is_pair:
            self.into = self._socket(self.far)
            self.into.bind((self.far.v4, 5001))
            self.out.connect((self.far.v4, 5001))
        else:
            self.out.connect((self.near.neighbour4(2), ECHO_PORT))

    def _socket(self, end):
        sock = end.socket(socket.AF_INET, socket.SOCK_DGRAM)
        return roomy(self.sockets.enter_context(sock))

    def set(self, **attributes):
        """Changes the link."""
        for name, value in attributes.items():
            self.item[name] = value

    def count(self, name, end=None):
        """The increase of a counter since the ports were made."""
        end = end or self.near
        return end.counter(name) - self.start[end][name]

    def quiet(self, end):
        """Waits until nothing of the end's is under way; returns the counters."""
        end.drain()
        return end.counters()

    def post(self, count, first=0, size=100):
        """Sends numbered datagrams that leave one right behind the other, however slow we are."""
        before = self.near.counter("tx0_posted")
        self.item["hang_engine"] = 1
        for number in range(first, first + count):
            self.out.send(numbered(number, size))
        until(lambda: self.near.counter("tx0_posted") == before + count, "all are posted")
        self.item["hang_engine"] = 0

    def has_left(self):
        """Waits until all frames have left the wire."""
        until(lambda: self._has_left(self.near.counters()), "all has left")

    @staticmethod
    def _has_left(counters):
        return counters["tx0_posted"] == counters["tx0_completed"] + counters["tx0_purged"]

    def is_through(self):
        """Whether nothing is on its way."""
        if not self._has_left(self.near.counters()):
            return False
        line = self.near.counters()
        if line["line_entered"] != line["line_arrived"] + line["line_purged"]:
            return False
        into = self.far.counters()
        return into["rx0_delivered"] == into["rx0_received"] + into["rx0_purged"]

    def on_their_way(self):
        """How many frames are in the line."""
        line = self.near.counters()
        return line["line_entered"] - line["line_arrived"] - line["line_purged"]

    def arrived(self, size=100):
        """Waits until all is through; returns the numbers of the datagrams that came, as they
        came. They are as they were sent.
        """
        until(self.is_through, "all is through")
        softirqs_end()
        numbers = []
        for data in list(everything(self.into)):
            numbers.append(struct.unpack_from(">I", data)[0])
            assert data == numbered(numbers[-1], size), f"datagram {numbers[-1]} has changed"
        return numbers

    def carries(self, count, first=0, size=100):
        """Sends datagrams; returns the numbers of those that arrive."""
        self.post(count, first, size)
        return self.arrived(size)


def everything(sock):
    """All datagrams that have come."""
    patience = sock.gettimeout()
    sock.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            yield sock.recv(1 << 16)
    sock.settimeout(patience)


@contextlib.contextmanager
def silent_rooms(count):
    """Rooms whose stacks send nothing by themselves, while the block runs."""
    with contextlib.ExitStack() as stack:
        rooms = [stack.enter_context(Room()) for _ in range(count)]
        for room in rooms:
            for which in ("all", "default"):
                room.sysctl(f"net/ipv6/conf/{which}/disable_ipv6", 1)
        yield rooms
