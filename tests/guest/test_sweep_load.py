"""Every allocation that loading the module asks for fails in turn."""

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


def ports():
    """The ports in this namespace, by their files: the tests' sysfs may be another's."""
    return sorted(path.name for path in pathlib.Path("/sys/class/net").glob("vnet*"))


@pytest.mark.parametrize("parameters, made, step, known", [
    ({"ports": 1}, ["vnet0"], 1, 100),
    ({"pairs": 1, "ports": 1}, ["vnet0", "vnet1", "vnet2"], 11, 25),
], ids=["echo", "pair"])
def test_load(no_module, parameters, made, step, known):
    """Loading fails for lack of memory and leaves nothing, or has made what was asked for.

    Below do_one_initcall() there is the module's own code only, which has no address yet. Each of
    many ports asks for the same again: there it is some that fail, and test_sweep_configfs.py
    has all of a pair's.
    """
    def after(error):
        assert kernel.is_loaded() is (error == 0)
        assert ports() == ([] if error else made)
        assert CONFIGFS.exists() is (error == 0)
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
