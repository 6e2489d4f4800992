"""What `ip link` shows of the other end: vnet0@vnet1, and its namespace."""

import contextlib
import json

import pytest

from helpers.cpu import Beside
from helpers.near_far import pair
from helpers.run import run
from helpers.vnet import Namespace, Port


def link(port):
    """The index of the other end, as netlink and sysfs say it; and its namespace."""
    index = port.attr("IFLA_LINK")
    assert int(port.shown("iflink")) == (index or port.index)
    return index, port.attr("IFLA_LINK_NETNSID")


@pytest.fixture(name="ends")
def ends_fixture(item, namespace):
    """The two ends of a cable, in one namespace."""
    item["far_end"], item["name"], item["peer_name"] = "peer", "left", "right"
    item.on()
    return Port(namespace, "left"), Port(namespace, "right")


def test_each_end_names_the_other(ends):
    """Without a namespace to name, as it is the same; whether the ends are up or not."""
    left, right = ends
    for _ in range(2):
        assert link(left) == (right.index, None)
        assert link(right) == (left.index, None)
        left.up()
        right.up()
    shown, = json.loads(run("ip", "-j", "link", "show", "left").stdout)
    assert (shown["ifname"], shown["link"]) == ("left", "right")


def test_an_end_that_has_moved_is_named_with_its_namespace(ends):
    """The index is the one that it has there, which may be another."""
    left, right = ends
    with Namespace() as away:
        # So that its index is taken there.
        for name in ("one", "two", "three", "four"):
            away.ip.link("add", ifname=name, kind="vnet")
        home = left.ip
        with away.outside():
            taken = right.index
            assert any(found["index"] == taken for found in away.ip.get_links())
            home.link("set", index=taken, net_ns_fd=away.fd)
            moved = Port(away, "right")
        there = moved.index
        assert there != taken
        index, namespace = link(moved)
        with away.outside():
            assert left.attr("IFLA_LINK") == there
            assert left.attr("IFLA_LINK_NETNSID") is not None
            assert index == left.index and namespace is not None


@pytest.mark.parametrize("first", [0, 1], ids=["first end", "second end"])
def test_an_end_alone_names_nobody(item, ends, first):
    """The other one is deleted; and when it is made anew, it is named again."""
    alone, other = ends[first], ends[1 - first]
    other.ip.link("del", index=other.index)
    assert link(alone) == (None, None)
    item.on()
    assert link(alone) == (other.index, None)
    assert link(other) == (alone.index, None)


def test_a_port_without_an_other_end_names_nobody(port):
    """As the far end of an echo port is none of the stack's devices."""
    assert link(port) == (None, None)


def test_a_pair_of_the_module(no_module):
    """The same for a pair that the module's parameters have made."""
    assert no_module is None
    with pair(pairs=1, ports=0) as cable:
        with cable.there():
            index = cable.far.index
        assert cable.near.attr("IFLA_LINK") == index
        assert cable.near.attr("IFLA_LINK_NETNSID") is not None


def test_an_end_is_asked_while_the_other_one_goes(item, ends):
    """Whoever reads gets an index, and nothing that is not there any more."""
    left, right = ends
    over = []

    def ask():
        while not over:
            with contextlib.suppress(OSError):
                assert int(left.shown("iflink")) > 0
    thread = Beside(target=ask, daemon=True)
    thread.start()
    for _ in range(20):
        right.ip.link("del", index=right.index)
        item.on()
    over.append(True)
    thread.join(60)
    assert not thread.is_alive()
    assert link(left) == (right.index, None)
