"""What conversations cost: ping, echo, request and response, and a TCP stream.

One thread is at both ends. At rate 0 what it has sent is there when the call returns, so nobody
waits, and no idle time has to be left out. Python's own part is in all figures alike: that of the
same calls over `lo` is beside them.
"""

import contextlib
import socket
import struct

from helpers.bench import End
from helpers.peers import Peers
from helpers.run import run
from measure import Report, busy, in_turn

COUNT = 2000
STREAM = 64 << 20
CHUNK = 1 << 17
NETWORKS = {"vnet0": "198.51.100.", "veth0": "203.0.113."}


def address(peers):
    """Gives both ends of both cables addresses, and the echo port."""
    for near, network in NETWORKS.items():
        far = near[:-1] + "1"
        peers[near].addresses(network + "1")
        peers[far].addresses(network + "2")
    peers.here.ip.link("add", ifname="echo0", kind="vnet")
    echo = peers.devices["echo0"] = End(peers.here, "echo0")
    echo.up()
    echo.address()


def datagram(end, host, port=0):
    """A UDP socket."""
    sock = end.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(5)
    sock.bind((host, port))
    return sock


def ping(end, far):
    """Echo requests with 56 bytes, one after the other."""
    with end.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as sock:
        sock.settimeout(5)
        sock.connect((far, 0))
        message = struct.pack(">BBHHH", 8, 0, 0, 0, 1) + bytes(56)
        return turns(lambda: (sock.send(message), sock.recv(100)))


def echo(end, far):
    """UDP to a host that sends it back."""
    with datagram(end, "192.0.2.1") as sock:
        sock.connect((far, 7))
        return turns(lambda: (sock.send(bytes(64)), sock.recv(100)))


def respond(here, near, there, far):
    """UDP to a program that answers."""
    with datagram(here, near) as client, datagram(there, far, 5000) as server:
        client.connect((far, 5000))
        server.connect(client.getsockname())
        return turns(lambda: (client.send(bytes(64)), server.recv(100),
                              server.send(bytes(64)), client.recv(100)))


@contextlib.contextmanager
def stream(here, there, far):
    """A TCP connection."""
    with there.socket() as listener:
        listener.bind((far, 0))
        listener.listen()
        with here.socket() as sender:
            sender.connect(listener.getsockname())
            receiver = listener.accept()[0]
            with receiver:
                sender.setblocking(False)
                receiver.setblocking(False)
                yield sender, receiver


def turns(turn):
    """What one of them takes. The first ones make routes and neighbours."""
    for _ in range(20):
        turn()

    def work():
        for _ in range(COUNT):
            turn()
    return busy(work, COUNT)


def push(sender, receiver, size):
    """Sends so much, and receives it."""
    data, room = bytes(CHUNK), bytearray(4 * CHUNK)
    got = 0
    while got < size:
        with contextlib.suppress(BlockingIOError):
            sender.send(data)
        with contextlib.suppress(BlockingIOError):
            while True:
                got += receiver.recv_into(room)


def bytes_per_instruction(here, there, far):
    """Of a TCP stream that has come up to speed."""
    with stream(here, there, far) as (sender, receiver):
        push(sender, receiver, STREAM // 16)
        return 1 / busy(lambda: push(sender, receiver, STREAM), STREAM)


def both(peers, measure):
    """The same over the pair and over the veth."""
    def over(near):
        far = near[:-1] + "1"
        return lambda: measure(peers[near], NETWORKS[near] + "1", peers[far], NETWORKS[near] + "2")
    return {"vnet": over("vnet0"), "veth": over("veth0")}


def set_tso(end, on):
    """All kinds of TSO at once, as veth looks at all of them."""
    with end.inside():
        run("ethtool", "-K", end.name, "tso", "on" if on else "off")


def streams(report, peers):
    """TCP with and without the offloads that make it cheap."""
    for tso in (True, False):
        for gro in (True, False):
            for near in NETWORKS:
                set_tso(peers[near], tso)
                peers[near[:-1] + "1"].switch("gro", on=gro)
            name = f"TSO {'on' if tso else 'off'}, GRO {'on' if gro else 'off'}"
            measures = both(peers, lambda here, _near, there, far:
                            bytes_per_instruction(here, there, far))
            report.row("stream", name, in_turn(measures), unit="bytes per instruction")


def main():
    """All of it."""
    report = Report("talk")
    with Peers() as peers:
        address(peers)
        lo = End(peers.here, "lo")
        with open("/proc/sys/net/ipv4/ping_group_range", "w", encoding="ascii") as groups:
            groups.write("0 2147483647")
        loop = {"lo": lambda: ping(lo, "127.0.0.1")}
        pings = both(peers, lambda here, _near, _there, far: ping(here, far))
        report.row("talk", "ping to a peer", in_turn(pings | loop))
        report.row("talk", "ping to an echo host",
                   in_turn({"vnet": lambda: ping(peers["echo0"], "192.0.2.2")}))
        report.row("talk", "UDP echo, 64 bytes, to an echo host",
                   in_turn({"vnet": lambda: echo(peers["echo0"], "192.0.2.2")}))
        loop = {"lo": lambda: respond(lo, "127.0.0.1", lo, "127.0.0.1")}
        report.row("talk", "UDP request and response, 64 bytes, to a peer",
                   in_turn(both(peers, respond) | loop))
        streams(report, peers)
    report.write()


if __name__ == "__main__":
    main()
