"""Every allocation fails in turn of loading the module, and of `ip link add`."""

import errno
import pathlib

import pytest

from helpers import kernel
from helpers.failslab import needs_failslab, place
from helpers.sweep import no_skb_leaks, sweep
from helpers.vnet import Namespace, Port
from helpers.traffic import can_echo

pytestmark = needs_failslab
CONFIGFS = pathlib.Path("/sys/kernel/config/vnet_rs")
# What is there as long as the module is, and where its ports are.
PLACES = [CONFIGFS, pathlib.Path("/sys/module/vnet_rs"), kernel.TRACEFS / "events/vnet_rs"]
PORTS = [pathlib.Path("/sys/class/net"), pathlib.Path("/sys/devices/virtual/net"),
         pathlib.Path("/proc/sys/net/ipv4/conf")]


def ports():
    """The ports in this namespace, by their files: the tests' sysfs may be another's."""
    found = [sorted(path.name for path in place.glob("vnet*")) for place in PORTS]
    assert all(names == found[0] for names in found), found
    return found[0]


@pytest.mark.parametrize("parameters, made, step, known", [
    ({"ports": 1}, ["vnet0"], 1, 100),
    ({"pairs": 1, "ports": 1}, ["vnet0", "vnet1", "vnet2"], 11, 25),
    ({"pairs": 1, "sink": 1, "queues": 2}, ["vnet0", "vnet1", "vnet2"], 23, 14),
], ids=["echo", "pair", "queues"])
def test_load(no_module, parameters, made, step, known):
    """Loading fails for lack of memory and leaves nothing, or has made what was asked for.

    Below do_one_initcall() there is the module's own code only, which has no address yet. Each of
    many ports asks for the same again: there it is some that fail, and test_sweep_configfs.py
    has all of a pair's.
    """
    def after(error):
        assert kernel.is_loaded() is (error == 0)
        assert ports() == ([] if error else made)
        assert [path for path in PLACES if path.exists()] == ([] if error else PLACES)
        if error == 0:
            kernel.unload()
            assert ports() == []

    with no_skb_leaks():
        answers = sweep(lambda: kernel.load(**parameters), after, place("do_one_initcall"), step)
    assert answers.total() > known
    assert answers[errno.ENOMEM] > known / 2
    with kernel.loaded(ports=0), Namespace() as namespace:
        port = Port.add(namespace)
        port.up()
        port.address()
        assert can_echo()


def test_link_add(module, namespace):
    """`ip link add` makes a port or leaves nothing, whatever of it fails, in the core or here; the
    core sometimes forgets why it failed.
    """
    def add():
        namespace.ip.link("add", ifname="vnet0", kind="vnet")

    def after(error):
        assert namespace.ports() == ([] if error else ["vnet0"])
        if error == 0:
            namespace.ip.link("del", index=Port(namespace).index)

    with no_skb_leaks():
        answers = sweep(add, after, place("rtnetlink_rcv_msg"))
    assert answers.total() > 50
    assert answers[errno.ENOMEM] > 25
    add()
    port = Port(namespace)
    port.up()
    port.address()
    assert can_echo()
