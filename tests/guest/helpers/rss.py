"""Receive-side scaling: the hash, and a socket's view of it.

The hash is computed here a second time, by its definition and not as the driver does.
"""

import ctypes
import re
import socket
import struct

from helpers.ethtool import ask_to_set
from helpers.run import run

SO_ATTACH_FILTER = 26
# Classic BPF: the notes beside the packet.
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
BESIDE = 0xfffff000
# Of the ethtool family, ETHTOOL_A_RSS_*.
RSS_SET = 48
HFUNC, INDIR, HKEY = 3, 4, 5
# Spreads connections whose ports differ; a random key may not: one bit of the hash says which of
# two queues it is, and 16 bits of the key how a port decides that.
FAIR = bytes.fromhex("6d5a" * 20)
QUEUE, HASH = BESIDE + 24, BESIDE + 32


def toeplitz(key, data):
    """For each bit of the data that is set, the 32 bits of the key from the same place on."""
    bits = int.from_bytes(key, "big")
    result = 0
    for place in range(8 * len(data)):
        if data[place // 8] & 0x80 >> place % 8:
            result ^= bits >> 8 * len(key) - 32 - place & 0xffffffff
    return result


def hash_of_reply(key, far, near, ports):
    """The hash of the replies: from `far` to `near`; `ports` are the far end's and ours."""
    family = socket.AF_INET6 if ":" in far else socket.AF_INET
    data = socket.inet_pton(family, far) + socket.inet_pton(family, near)
    return toeplitz(key, data + (struct.pack(">HH", *ports) if ports else b""))


def shown(port):
    """The output of `ethtool -x`: the key, and the queue of each entry of the table."""
    text = run("ethtool", "-x", port.name).stdout
    key = re.search(r"^RSS hash key:\n([0-9a-f:]+)$", text, re.M).group(1)
    rows = re.findall(r"^ +\d+: +([\d ]+)$", text, re.M)
    return bytes.fromhex(key.replace(":", "")), [int(one) for row in rows for one in row.split()]


def be_fair(port):
    """Gives the port a key that has both queues used by a few connections."""
    ask_to_set(port, RSS_SET, {HKEY: FAIR})


def only_if(sock, what, value):
    """Lets a socket receive nothing but packets of which the kernel notes this."""
    code = b"".join(struct.pack("=HBBI", *step) for step in (
        (LOAD, 0, 0, what), (JUMP_IF_EQUAL, 0, 1, value),
        (RETURN, 0, 0, 0xffffffff), (RETURN, 0, 0, 0)))
    place = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HP", 4, ctypes.addressof(place))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
