"""How many pairs, echo ports and sinks loading the module makes, and what they are called."""

import pathlib
import socket
import types

import pytest
from pyroute2 import IPRoute

from helpers import kernel
from helpers.run import run
from helpers.traffic import ETH_P_ALL
from helpers.vnet import ECHO, Port
from helpers.wait import until

pytestmark = pytest.mark.usefixtures("no_module")

PEER, HOST, SINK = "peer", "echo", "sink"
COUNTS = [
    ({}, [HOST]),
    ({"ports": 0}, []),
    ({"echo": 0}, []),
    ({"ports": 2}, [HOST] * 2),
    ({"echo": 2}, [HOST] * 2),
    ({"echo": 3, "ports": 3}, [HOST] * 3),
    ({"pairs": 1}, [PEER] * 2),
    ({"pairs": 0}, [HOST]),
    ({"sink": 1}, [SINK]),
    ({"pairs": 1, "ports": 1}, [PEER] * 2 + [HOST]),
    ({"sink": 1, "echo": 1, "pairs": 1}, [PEER] * 2 + [HOST, SINK]),
    ({"sink": 2, "echo": 2, "pairs": 2}, [PEER] * 4 + [HOST] * 2 + [SINK] * 2),
]
BAD = [(name, value, f"must be from 0 to {most}")
       for name, most in (("pairs", 32), ("echo", 64), ("sink", 64), ("ports", 64))
       for value in (-1, most + 1, 99999999999)]


def names():
    """The ports in the first namespace, by their index."""
    return [name for _, name in sorted(socket.if_nameindex()) if name.startswith("vnet")]


@pytest.fixture(name="first")
def first_fixture():
    """The first namespace."""
    with IPRoute() as ip:
        yield types.SimpleNamespace(ip=ip, ipv6=False, sys=pathlib.Path("/sys"))


def sort_of(port):
    """What is at a port's far end: looks at what becomes of a frame."""
    port.up()
    try:
        if not port.has_carrier:
            return PEER
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)) as sock:
            sock.bind((port.name, 0))
            sock.send(bytes([0xff] * 6) + bytes(60))
        until(lambda: port.counter("tx0_completed") >= 1, "the frame is sent")
        counters = port.settle()
        return HOST if sum(counters[name] for name in ECHO) else SINK
    finally:
        port.down()


@pytest.mark.parametrize("given, expected", COUNTS, ids=lambda one: str(one).replace("'", ""))
def test_counts_and_order(first, given, expected):
    """Pairs come first, then echo hosts, then sinks, numbered from 0; and all go with rmmod."""
    with kernel.loaded(**given):
        assert names() == [f"vnet{number}" for number in range(len(expected))]
        assert [sort_of(Port(first, name)) for name in names()] == expected
    assert not names()


def test_neighbours_are_pairs(first):
    """vnet0 and vnet1 are a pair, vnet2 and vnet3 are another; each is the other's far end."""
    with kernel.loaded(pairs=2):
        ports = [Port(first, name) for name in names()]
        ports[1].up()
        ports[2].up()
        assert [port.has_carrier for port in ports] == [False] * 4
        ports[0].up()
        assert [port.has_carrier for port in ports] == [True, True, False, False]
        ports[3].up()
        assert [port.has_carrier for port in ports] == [True] * 4


def test_each_port_has_an_address_of_its_own(first):
    """The ends of pairs are different hosts."""
    with kernel.loaded(pairs=2, echo=1, sink=1):
        assert len({Port(first, name).mac for name in names()}) == 6


def test_most():
    """As many as there may be of each sort."""
    with kernel.loaded(pairs=32, sink=64):
        assert len(names()) == 128
    assert not names()


def test_a_new_link_has_an_echo_host(first):
    """`ip link add` has no way to ask for a pair: it makes what the default is."""
    with kernel.loaded(pairs=1):
        run("ip", "link", "add", "type", "vnet")
        assert names() == ["vnet0", "vnet1", "vnet2"]
        assert sort_of(Port(first, "vnet2")) == HOST


@pytest.mark.parametrize("name, value, allowed", BAD)
def test_bad_count_is_refused_with_one_line(name, value, allowed, log):
    """insmod fails; one line names the parameter, its value and what is allowed."""
    kernel.assert_refused(log, name, value, allowed)
    assert not names()
