"""Traffic on all ports: what there is to do for rings, engines and polls."""

import re
import socket

from helpers.bench import FAR4 as FAR, NEAR4 as NEAR
from helpers.run import run
from helpers.traffic import DISCARD_PORT, ECHO_PORT, PACKET_QDISC_BYPASS, SOL_PACKET
from helpers.vnet import FAR4 as ECHO_HOST
from soak.crew import Activity, Refused
from soak.stage import NOWHERE4, NOWHERE_MAC

# Of a port that is down, gone, without an address or a neighbour, or has no more room; and the
# MTU may have changed.
SEND = ("ENETDOWN", "ENETUNREACH", "EHOSTUNREACH", "EHOSTDOWN", "ENODEV", "ENXIO", "ENOBUFS",
        "EAGAIN", "EMSGSIZE", "EADDRNOTAVAIL")
BURST = 16


def udp_burst(chance, port, far, far_port):
    """Some datagrams of one size; some of the answers are read, if there are any."""
    with port.inside(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect((far, far_port))
        payload = bytes(chance.choice((1, 200, 1400, 1472, 3000, 8000)))
        for _ in range(chance.randrange(1, BURST)):
            sock.send(payload)
        sock.settimeout(0.02)
        try:
            while True:
                sock.recv(65535)
        except (TimeoutError, ConnectionRefusedError):
            pass


def echo(chance, stage):
    """To the echo host, and back."""
    udp_burst(chance, stage.echo, ECHO_HOST, ECHO_PORT)


def sink(chance, stage):
    """Into the sink."""
    if stage.sink.neighbour_of(NOWHERE4) is None:
        stage.sink.neighbour(NOWHERE_MAC, NOWHERE4)
    udp_burst(chance, stage.sink, NOWHERE4, DISCARD_PORT)


def raw(chance, stage):
    """Frames as they are, past the qdisc or not, on any port."""
    port = chance.choice(stage.ports)
    with port.inside(), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, chance.randrange(2))
        sock.setblocking(False)
        sock.bind((port.name, 0))
        mac = bytes.fromhex(chance.choice(("ffffffffffff", NOWHERE_MAC.replace(":", ""))))
        # Of IPv4, with nothing in it: the core knows the protocol, and does not count a drop.
        frame = mac + bytes(6) + b"\x08\x00" + bytes(chance.randrange(46, 1486))
        for _ in range(chance.randrange(1, BURST)):
            sock.send(frame)


def pair_udp(chance, stage):
    """From one end of the pair to the other, and nobody listens there."""
    port, far = chance.choice(((stage.near, FAR), (stage.far, NEAR)))
    udp_burst(chance, port, far, DISCARD_PORT)


def server(stage):
    """An iperf3 server at the far end, for everybody, which starts again when it gives up."""
    with stage.far.inside():
        run("timeout", 12, "iperf3", "-s", "--rcv-timeout", 2000, "--idle-timeout", 5, check=False)


def tcp(chance, stage):
    """iperf3: TCP in one direction, the other, or both."""
    words = chance.choice(((), ("-R",), ("--bidir",), ("-P", 2)))
    with stage.near.inside():
        result = run("timeout", 15, "iperf3", "-c", FAR, "--connect-timeout", 2000, "-t", 3, *words,
                     check=False)
    if result.returncode == 124:
        raise Refused("timed out")
    if result.returncode:
        # Whatever it cannot do, it says; and it can do little while the link is down.
        why = re.search(r"iperf3: error - ([^:\n]+)", result.stdout)
        assert why, (result.returncode, result.stdout)
        raise Refused(f"'{why[1].strip()}'")


ACTIVITIES = [
    Activity("echo", echo, SEND),
    Activity("sink", sink, SEND),
    Activity("raw frames", raw, SEND),
    Activity("pair, UDP", pair_udp, (*SEND, "ECONNREFUSED")),
    Activity("pair, TCP", tcp),
    Activity("iperf3 server", lambda chance, stage: server(stage)),
]
