"""A port in a network namespace of its own, and its books."""

import contextlib
import ctypes
import os
import pathlib
import socket
import tempfile

from pyroute2 import IPRoute

from helpers import ethtool, files, kernel, netdev_genl
from helpers.cpu import on_cpu, softirqs_end
from helpers.wait import until

LIBC = ctypes.CDLL(None, use_errno=True)

HOST4, FAR4 = "192.0.2.1", "192.0.2.2"
HOST6, FAR6 = "2001:db8::1", "2001:db8::2"
IFA_F_NODAD = 0x02
TC_H_ROOT = 0xffffffff
NOBODY = "02:00:00:00:00:99"

ECHO = ("echo_replies", "echo_ignored", "echo_malformed", "echo_bad_checksum",
        "echo_fragments", "echo_no_memory", "echo_unsent")


class Namespace:
    """A network namespace that this thread is in while the block runs.

    IPv6 is off unless asked for: then a port says nothing that no test has
    asked it to say, and its counters can be compared with exact numbers.
    """

    def __init__(self, ipv6=False):
        self.ipv6 = ipv6

    def __enter__(self):
        self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        os.unshare(os.CLONE_NEWNET)
        self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self.sys = pathlib.Path(tempfile.mkdtemp(prefix="sys-"))
        mounted = LIBC.mount(b"sysfs", bytes(self.sys), b"sysfs", 0, None)
        assert mounted == 0, os.strerror(ctypes.get_errno())
        self.ip = IPRoute()
        self.ip.link("set", index=1, state="up")
        default = pathlib.Path("/proc/sys/net/ipv6/conf/default")
        files.write(default / "disable_ipv6", "0" if self.ipv6 else "1")
        files.write(default / "router_solicitations", "0")
        return self

    def __exit__(self, *_):
        self.ip.close()
        assert LIBC.umount(bytes(self.sys)) == 0, os.strerror(ctypes.get_errno())
        self.sys.rmdir()
        os.setns(self.home, os.CLONE_NEWNET)
        os.close(self.home)
        os.close(self.fd)

    @contextlib.contextmanager
    def outside(self):
        """Back in the first namespace, while the block runs."""
        os.setns(self.home, os.CLONE_NEWNET)
        try:
            yield
        finally:
            os.setns(self.fd, os.CLONE_NEWNET)

    def ports(self):
        """The names of all ports here."""
        return [link.get_attr("IFLA_IFNAME") for link in self.ip.get_links()
                if link.get_nested("IFLA_LINKINFO", "IFLA_INFO_KIND") == "vnet"]

    def devices(self):
        """The names of all devices here but the loopback device, of whatever kind."""
        return sorted(path.name for path in (self.sys / "class/net").iterdir()
                      if path.is_symlink() and path.name != "lo")


def neighbour_of(ip, far, **which):
    """The MAC that the neighbour table has for an address, if it is known."""
    family = socket.AF_INET6 if ":" in far else socket.AF_INET
    for entry in ip.get_neighbours(family=family, **which):
        if entry.get_attr("NDA_DST") == far:
            return entry.get_attr("NDA_LLADDR")
    return None


class Port:
    """A port, by its name in a namespace."""

    def __init__(self, namespace, name="vnet0"):
        self.ns = namespace
        self.ip = namespace.ip
        self.name = name

    @classmethod
    def add(cls, namespace, name="vnet0", **attributes):
        """Makes a port."""
        namespace.ip.link("add", ifname=name, kind="vnet", **attributes)
        return cls(namespace, name)

    @property
    def index(self):
        """The interface index."""
        return socket.if_nametoindex(self.name)

    @property
    def link(self):
        """The link, as pyroute2 shows it."""
        return self.ip.get_links(self.index)[0]

    def attr(self, name):
        """One attribute of the link."""
        return self.link.get_attr(name)

    def shown(self, name):
        """The contents of a file of the port in sysfs; parsing netlink takes longer."""
        return files.read(self.sysfs(name)).strip()

    @property
    def mac(self):
        """The port's address."""
        return self.shown("address")

    @property
    def is_up(self):
        """Whether it is up."""
        return bool(int(self.shown("flags"), 16) & 1)

    @property
    def has_carrier(self):
        """Whether it has a carrier; down, it has none to show."""
        with contextlib.suppress(OSError):
            return self.shown("carrier") == "1"
        return False

    @property
    def carrier_changes(self):
        """How often the carrier has gone or come."""
        return int(self.shown("carrier_changes"))

    def set(self, **attributes):
        """Changes the link."""
        self.ip.link("set", index=self.index, **attributes)

    def up(self):
        """Brings the port up."""
        self.set(state="up")

    def down(self):
        """Takes the port down."""
        self.set(state="down")

    def address(self):
        """Gives the port its addresses."""
        self.ip.addr("add", index=self.index, address=HOST4, prefixlen=24)
        if self.ns.ipv6:
            self.ip.addr("add", index=self.index, address=HOST6, prefixlen=64,
                         flags=IFA_F_NODAD)

    def neighbour(self, mac, far=FAR4):
        """Fixes the address of the far end, so that the stack does not ask for it."""
        self.ip.neigh("replace", dst=far, lladdr=mac, ifindex=self.index, state="permanent")

    def far_mac(self, far=FAR4):
        """The far end's address; asks for it if need be, and never again after that."""
        family = socket.AF_INET6 if ":" in far else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"", (far, 9))
        mac = until(lambda: self.neighbour_of(far), f"the neighbour {far}")
        self.neighbour(mac, far)
        return mac

    def neighbour_of(self, far):
        """The neighbour table's entry of an address."""
        return neighbour_of(self.ip, far, ifindex=self.index)

    def flag(self, name, value):
        """Sets a private flag."""
        ethtool.set_flags(self.name, **{name: value})

    def counters(self):
        """The counters of `ethtool -S`, and the totals of netdev-genl: `tx_packets`, ..."""
        # Where a frame's way ends is read first, or it would be seen there and not be posted.
        return netdev_genl.stats(self) | ethtool.counters(self.name)

    def counter(self, name):
        """One of the counters."""
        return self.counters()[name]

    def stats(self):
        """The counters of `ip -s link`."""
        return self.attr("IFLA_STATS64")

    def sysfs(self, path):
        """A file of the port in sysfs."""
        return self.ns.sys / "class/net" / self.name / path

    def bql(self, name):
        """A number of the queue's byte limit."""
        return int(self.shown(f"queues/tx-0/byte_queue_limits/{name}"))

    def set_bql(self, name, value):
        """Changes one."""
        files.write(self.sysfs(f"queues/tx-0/byte_queue_limits/{name}"), str(value))

    def no_byte_limit(self):
        """Has the ring stop queue 0, and not BQL; goes by when the port goes down."""
        self.set_bql("limit_min", 1 << 30)
        # The limit takes its new value when a frame completes.
        before = self.counter("tx0_reaped")
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
            sock.bind((self.name, 0))
            # Its queue is the sender's CPU's.
            with on_cpu(0):
                sock.send(bytes.fromhex(NOBODY.replace(":", "")) + bytes(8))
        until(lambda: self.counter("tx0_reaped") > before, "a frame is sent")

    def plain_qdisc(self, limit=100_000):
        """A queue that neither drops nor reorders."""
        self.ip.tc("replace", "pfifo", self.index, parent=TC_H_ROOT, limit=limit)

    def qdisc(self):
        """The qdisc of queue 0 with its statistics: the root's, or the first below mq."""
        found = sorted(self.ip.get_qdiscs(self.index), key=lambda one: one["parent"])
        root = next(one for one in found if one["parent"] == TC_H_ROOT)
        if root.get_attr("TCA_KIND") == "mq":
            root = found[0]
        queue = root.get_attr("TCA_STATS2").get_attr("TCA_STATS_QUEUE")
        return {"kind": root.get_attr("TCA_KIND")} | {
            name: queue[name] for name in ("qlen", "drops", "requeues")}

    def is_idle(self):
        """Whether nothing is under way, as far as can be seen at one time."""
        c = self.counters()
        return (c["tx0_posted"] == c["tx0_completed"] + c["tx0_purged"]
                and c["tx0_reaped"] == c["tx0_completed"]
                and c["rx0_delivered"] == c["rx0_received"] + c["rx0_purged"])

    def drain(self):
        """Waits until all packets sent and received so far are through; quicker than `settle`."""
        until(self.is_idle, f"{self.name} is idle", pause=0.001)
        softirqs_end()

    def settle(self, seconds=60):
        """Waits until nothing is under way any more, and the stack has all frames; returns the
        counters.
        """
        def quiet():
            if not self.is_idle():
                return None
            before = self.counters()
            if self.qdisc()["qlen"]:
                return None
            softirqs_end()
            return before if self.counters() == before and self.is_idle() else None
        return until(quiet, f"{self.name} is idle", seconds)


def take_away(port, how):
    """Takes the port down, deletes it, or unloads the module it belongs to."""
    if how == "down":
        port.down()
    elif how == "del":
        port.ip.link("del", index=port.index)
    else:
        kernel.unload()


def balanced(port, settle=Port.settle):
    """The counters of an idle port and those of `ip -s link` at the same time.

    A port with IPv6 may say something by itself between two looks at it, and another end may still
    have had something to send.
    """
    def both():
        counters, stats = settle(port), port.stats()
        return (counters, stats) if port.counters() == counters else None
    return until(both, f"{port.name} is quiet")


def books(port, idle=True):
    """Asserts that the books balance (see vnet_rs/driver/counters.rs); returns the counters."""
    c, stats = balanced(port) if idle else (port.counters(), None)
    in_ring = c["tx0_posted"] - c["tx0_reaped"] - c["tx0_purged"]
    assert 0 <= in_ring <= 4096, c
    assert c["tx0_reaped"] <= c["tx0_completed"] <= c["tx0_posted"], c
    assert c["tx_lost"] <= c["tx0_purged"], c
    if not idle:
        return c
    assert in_ring == 0, c
    assert c["tx0_completed"] == c["tx0_reaped"], c
    assert c["tx_packets"] == sum(c[name] for name in ECHO), c
    arrived = c["rx0_delivered"] + c["rx_missed"] + c["rx_filtered"]
    # Or there was no memory for it, or no card any more that it could arrive at.
    assert c["echo_replies"] == arrived + c["rx_no_memory"] + c["line_purged"], c
    assert c["rx0_delivered"] == c["rx0_received"] + c["rx0_purged"], c
    assert stats["tx_packets"] == c["tx_packets"], (stats, c)
    assert stats["rx_packets"] == c["rx_packets"], (stats, c)
    if port.is_up:
        until(lambda: port.bql("inflight") == 0, "nothing is in flight for BQL")
    return c
