"""Loading and unloading the module."""

import pytest

from helpers import kernel
from helpers.run import run
from helpers.vnet import Namespace, Port
from helpers.wait import until
from test_parameters import links_named_vnet

pytestmark = pytest.mark.usefixtures("no_module")


def test_loading_twice_is_refused():
    """A second insmod fails and leaves the first one's port alone."""
    with kernel.loaded():
        assert kernel.insmod().returncode != 0
        assert links_named_vnet() == ["vnet0"]


def test_load_and_unload_50_times():
    """Each time there is a port and then none, and its memory has been freed."""
    with kernel.Probes("free_netdev") as probes:
        before = probes.hits("free_netdev")
        for _ in range(50):
            with kernel.loaded():
                assert links_named_vnet() == ["vnet0"]
            assert not links_named_vnet()
        until(lambda: probes.hits("free_netdev") >= before + 50, "all 50 ports are freed")


def test_unload_takes_ports_that_are_up():
    """rmmod needs nobody to take the ports down before."""
    with kernel.loaded(ports=3):
        for number in range(3):
            run("ip", "link", "set", f"vnet{number}", "up")
        kernel.unload()
        assert not links_named_vnet()


def test_unload_takes_ports_in_other_namespaces():
    """rmmod finds the ports wherever they are."""
    kernel.load(ports=0)
    with Namespace() as namespace:
        port = Port.add(namespace)
        port.up()
        port.address()
        kernel.unload()
        assert not namespace.ports()


@pytest.mark.parametrize("ending", ["rmmod first", "namespace first"])
def test_unload_while_a_namespace_dies(ending):
    """The module goes while the core is still busy with a namespace that had a port."""
    kernel.load(ports=0)
    with Namespace() as namespace:
        Port.add(namespace).up()
        if ending == "rmmod first":
            kernel.unload()
    kernel.have_unloaded()
    assert not kernel.is_loaded()
