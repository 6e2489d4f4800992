"""Ports that come and go: by configfs, by `ip link`, and with their namespaces."""

import errno
import os
import socket

from pyroute2 import IPRoute

from helpers.configfs import NO_FAULTS, Item
from soak.crew import Activity
from soak.stage import visited

ITEMS = [f"soak{number}" for number in range(4)]
# Before power is on: what a port is made of.
STRUCTURE = {"far_end": ("echo", "sink", "peer"), "queues": (1, 2), "tx_ring": (2, 16, 256),
             "rx_ring": (2, 16, 256), "hops": (0, 3)}
# At any time: what its link is like, and what goes wrong.
LIVE = dict.fromkeys(NO_FAULTS, (0, 0, 0, 1)) | {
    "rate_kbps": (0, 1000, 100_000), "latency_ns": (0, 100_000, 20_000_000),
    "jitter_ns": (0, 50_000), "jitter_model": ("uniform", "normal"),
    "loss_ppm": (0, 100_000), "burst_enter_ppm": (0, 10_000), "duplicate_ppm": (0, 100_000),
    "reorder_ppm": (0, 100_000), "corrupt_ppm": (0, 100_000), "line_frames": (1, 1024),
    "overhead_bytes": (0, 24), "seed": (1, 2)}


def index_of(ip, name):
    """The index of a port that may have gone."""
    found = ip.link_lookup(ifname=name)
    if not found:
        raise OSError(errno.ENODEV, name)
    return found[0]


def bring_up(chance, ip, name):
    """A port comes up and has something to send, which nobody waits for."""
    ip.link("set", index=index_of(ip, name), state="up")
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.setblocking(False)
        sock.bind((name, 0))
        frame = b"\xff" * 6 + bytes(6) + b"\x08\x06" + bytes(chance.randrange(46, 1000))
        for _ in range(chance.randrange(1, 50)):
            sock.send(frame)


def ends(item):
    """The names of the ports of an item."""
    return [item["name"]] + ([item["peer_name"]] if item["far_end"] == "peer" else [])


def create(chance, _stage, item):
    """A new item."""
    item.path.mkdir()
    for name, values in STRUCTURE.items():
        item[name] = chance.choice(values)


def power_on(_chance, _stage, item):
    """The item comes to life."""
    item.on()


def power_off(_chance, _stage, item):
    """The item's ports go."""
    item.off()


def remove(_chance, _stage, item):
    """The item goes, and its ports with it."""
    item.path.rmdir()


def change(chance, _stage, item):
    """One of the live attributes."""
    name = chance.choice(sorted(LIVE))
    item[name] = chance.choice(LIVE[name])


def use(chance, stage, item):
    """Its ports send something."""
    for name in ends(item):
        bring_up(chance, stage.here.ip, name)


def delete(chance, stage, item):
    """One of its ports goes by itself."""
    stage.here.ip.link("del", index=index_of(stage.here.ip, chance.choice(ends(item))))


def move(chance, stage, item):
    """One of its ports goes elsewhere."""
    index = index_of(stage.here.ip, chance.choice(ends(item)))
    stage.here.ip.link("set", index=index, net_ns_fd=stage.there.fd)


ACTIONS = (create, create, power_on, power_on, power_off, remove, change, change, change, use, use,
           delete, move)


def items(chance, stage):
    """Something is done to one of a few items, which somebody else has, too."""
    chance.choice(ACTIONS)(chance, stage, Item(chance.choice(ITEMS)))


def links(chance, stage):
    """`ip link add`, some frames, `ip link del`."""
    place = chance.choice(stage.places)
    with visited(place.fd):
        place.ip.link("add", ifname="link", kind="vnet")
        bring_up(chance, place.ip, "link")
        place.ip.link("del", index=index_of(place.ip, "link"))


def namespaces(chance, _stage):
    """A namespace with ports dies, with something in their rings."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    os.unshare(os.CLONE_NEWNET)
    try:
        with IPRoute() as ip, Item("dies", name="dies%d", far_end="peer", tx_ring=16) as item:
            item["rate_kbps"] = chance.choice((0, 1000))
            item["latency_ns"] = chance.choice((0, 10_000_000))
            item.on()
            ip.link("add", ifname="alone", kind="vnet")
            for name in ("alone", *ends(item)):
                bring_up(chance, ip, name)
            if chance.randrange(2):
                # One end stays behind, until the item goes.
                ip.link("set", index=index_of(ip, item["name"]), net_ns_fd=home)
            ip.close()
            os.setns(home, os.CLONE_NEWNET)
    finally:
        os.setns(home, os.CLONE_NEWNET)
        os.close(home)


# There already, or gone, or powered; a line that has more in it than would fit.
ITEM = ("EEXIST", "ENOENT", "EBUSY", "ENODEV", "ENXIO", "ENETDOWN")
FULL = ("EAGAIN", "ENOBUFS", "EMSGSIZE")

ACTIVITIES = [
    Activity("configfs, one", items, ITEM + FULL),
    Activity("configfs, other", items, ITEM + FULL),
    Activity("links", links, FULL),
    Activity("namespaces", namespaces, FULL),
]
