"""Packet sockets at an end of a cable."""

import socket
import struct

from helpers.cable import KIND
from helpers.traffic import ETH_P_ALL, PACKET_AUXDATA, SOL_PACKET, roomy, with_tag
from helpers.vnet import NOBODY
from helpers.wait import until

# An EtherType of our own: "Experimental" once, and in no table of the kernel's.
OURS = 0x0810
PACKET_ADD_MEMBERSHIP = 1
PACKET_MR_MULTICAST, PACKET_MR_PROMISC = 0, 1
RAW, DGRAM = socket.SOCK_RAW, socket.SOCK_DGRAM


def octets(mac):
    """An address as it is on the wire."""
    return bytes.fromhex(mac.replace(":", ""))


def header(far, near, protocol=OURS):
    """An Ethernet header."""
    return octets(far) + octets(near) + struct.pack(">H", protocol)


def padded(frame):
    """A frame as it arrives: with zeroes, if it is shorter than Ethernet's shortest. veth has none.
    """
    return frame.ljust(60, b"\0") if KIND == "vnet" else frame


def packet_socket(end, kind=RAW, protocol=OURS, bound=True):
    """A packet socket for a protocol, bound to the end; with protocol 0 it hears nothing."""
    sock = roomy(end.socket(socket.AF_PACKET, kind, 0 if bound else socket.htons(protocol)))
    if bound:
        with end.room.inside():
            sock.bind((end.name, protocol))
    return sock


def join(sock, end, kind, mac=NOBODY):
    """Adds a membership: the end receives other frames too, as long as the socket lives."""
    sock.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, struct.pack(
        "=iHH8s", end.index, kind, 6, octets(mac)))


class Tap:
    """Sees all frames at an end, with their tags: those in, those out, or both.

    A NIC passes over frames for others, unless it is promiscuous.
    """

    def __init__(self, end, promiscuous=False):
        self.sock = packet_socket(end, protocol=ETH_P_ALL)
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        if promiscuous:
            join(self.sock, end, PACKET_MR_PROMISC)
        self.sock.setblocking(False)
        self.all = []

    def frames(self, matching=lambda frame: True, kind=None):
        """The frames seen so far that match, of one packet type."""
        while True:
            try:
                data, extra, _, address = self.sock.recvmsg(65535, 64)
            except BlockingIOError:
                break
            self.all.append((address[2], with_tag(data, extra)))
        return [frame for which, frame in self.all
                if matching(frame) and kind in (None, which)]

    def wait(self, count, matching=lambda frame: True, kind=None):
        """Waits for frames that match; returns them."""
        until(lambda: len(self.frames(matching, kind)) >= count, f"{count} frames are seen")
        return self.frames(matching, kind)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()
