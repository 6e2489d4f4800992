"""The requests of ethtool to the kernel: the tool has no JSON for all, and takes long."""

import ctypes
import fcntl
import functools
import socket
import struct

from helpers import genl
from helpers.run import run

# Of the ethtool family: ETHTOOL_A_HEADER_*, and the attribute that is first in all requests.
HEADER, DEV_INDEX = 1, 1
SIOCETHTOOL = 0x8946
GSTRINGS = 0x1b
GSTATS = 0x1d
GPFLAGS = 0x27
SPFLAGS = 0x28
GFEATURES = 0x3a
SFEATURES = 0x3b
SET_STATS = 1
SET_PRIV_FLAGS = 2
SET_FEATURES = 4
STRING = 32
MOST = 512
# The names of counters, by how many there are: our ports with as many queues have the same.
NAMES = {}


def ask(name, request, room=0):
    """Sends an ethtool request for a device; returns the answer."""
    data = bytearray(request + bytes(room))
    place = (ctypes.c_char * len(data)).from_buffer(data)
    ifreq = struct.pack("16sP16x", name.encode(), ctypes.addressof(place))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, SIOCETHTOOL, ifreq)
    return bytes(data)


def ask_to_set(port, command, values):
    """Changes settings by netlink, at once, where the tool would take its time, or not do it.

    `values` are attributes; a refusal is raised, with its reason.
    """
    header = genl.attribute(HEADER | genl.NESTED, genl.attribute(DEV_INDEX, port.index))
    genl.request("ethtool", command, genl.ACK, header,
                 *(genl.attribute(kind, value) for kind, value in values.items()))


def strings(name, which):
    """The names of a set: counters, flags, offloads."""
    return names_in(ask(name, struct.pack("=III", GSTRINGS, which, 0), MOST * STRING))


@functools.cache
def names_in(answer):
    """The names that an answer has. Taking it apart takes a guest longer than to get it."""
    count = struct.unpack_from("=I", answer, 8)[0]
    cut = (answer[12 + i * STRING:12 + (i + 1) * STRING] for i in range(count))
    return tuple(one.split(b"\0")[0].decode() for one in cut)


def counters(name):
    """The counters of a port, by name. Which there are depends on how many queues it has."""
    answer = ask(name, struct.pack("=II", GSTATS, 0), 8 * MOST)
    count = struct.unpack_from("=I", answer, 4)[0]
    if count not in NAMES:
        # Which may have changed by now.
        names = strings(name, SET_STATS)
        NAMES[len(names)] = names
        return counters(name)
    return dict(zip(NAMES[count], struct.unpack_from(f"={count}Q", answer, 8)))


def flags(name):
    """The private flags of a port, by name."""
    names = strings(name, SET_PRIV_FLAGS)
    bits = struct.unpack_from("=I", ask(name, struct.pack("=II", GPFLAGS, 0)), 4)[0]
    return {flag: bool(bits & 1 << bit) for bit, flag in enumerate(names)}


def set_flags(name, **values):
    """Sets private flags of a port at once; the others stay."""
    now = flags(name) | {flag.replace("_", "-"): on for flag, on in values.items()}
    bits = sum(on << bit for bit, on in enumerate(now.values()))
    ask(name, struct.pack("=II", SPFLAGS, bits))


def unmoderated(port):
    """Has a port raise an interrupt for each frame: one that is new adapts to the load."""
    run("ethtool", "-C", port.name, "rx-usecs", 0, "rx-frames", 1, "tx-usecs", 0, "tx-frames", 1)
