"""Generic netlink, where there is no tool that asks what a test wants to ask."""

import functools
import os
import socket
import struct

from helpers.wait import DEADLINE

NETLINK_GENERIC = 16
SOL_NETLINK, NETLINK_CAP_ACK, NETLINK_EXT_ACK = 270, 10, 11
CTRL_FAMILY, CTRL_GETFAMILY, CTRL_ID, CTRL_NAME = 16, 3, 1, 2
REQUEST, ACK, DUMP = 1, 4, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
ERROR_TEXT = 1
TYPE_MASK = 0x3fff
NESTED = 0x8000


def attribute(kind, value):
    """One attribute: of 32 bits, or bytes."""
    data = value if isinstance(value, bytes) else struct.pack("=I", value)
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def attributes(data):
    """The attributes of a message, by their numbers."""
    result = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        result[kind & TYPE_MASK] = data[4:length]
        data = data[(length + 3) & ~3:]
    return result


def refuse(body, start=20):
    """Raises the error that a message names, with the kernel's words if it has some."""
    code = -struct.unpack_from("=i", body)[0]
    if code:
        text = attributes(body[start:]).get(ERROR_TEXT, b"").rstrip(b"\0").decode()
        raise OSError(code, text or os.strerror(code))


def messages(sock):
    """The answers to a request, up to its end."""
    while True:
        data = sock.recv(1 << 16)
        while data:
            length, kind = struct.unpack_from("=IH", data)
            body, data = data[16:length], data[(length + 3) & ~3:]
            if kind == NLMSG_ERROR:
                refuse(body)
                return
            if kind == NLMSG_DONE:
                # Where a dump that fails says so.
                refuse(body, 4)
                return
            yield attributes(body[4:])


def talk(sock, family, command, flags, *parts):
    """Sends one request; returns the answers."""
    body = struct.pack("=BBH", command, 1, 0) + b"".join(parts)
    header = struct.pack("=IHHII", 16 + len(body), family, REQUEST | flags, 1, 0)
    sock.send(header + body)
    return list(messages(sock))


def ask(family, command, flags, *parts):
    """Asks a family, by its number, in the namespace of this thread."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC) as sock:
        for option in (NETLINK_CAP_ACK, NETLINK_EXT_ACK):
            sock.setsockopt(SOL_NETLINK, option, 1)
        sock.settimeout(DEADLINE)
        return talk(sock, family, command, flags, *parts)


@functools.cache
def number(name):
    """The number of a family, which a family that is built in keeps."""
    found = ask(CTRL_FAMILY, CTRL_GETFAMILY, ACK, attribute(CTRL_NAME, name.encode() + b"\0"))
    return struct.unpack("=H", found[0][CTRL_ID])[0]


def request(name, command, flags, *parts):
    """Asks a family, by its name; returns the answers, each by the numbers of its attributes.

    `flags` are ACK, or DUMP for all that there is.
    """
    return ask(number(name), command, flags, *parts)
