"""configfs: ports and items come and go in every order, and under traffic."""

import contextlib
import os

import pytest

from helpers import configfs, kernel
from helpers.configfs import ROOT, Item
from helpers.run import run
from helpers.traffic import DISCARD_PORT, ECHO_PORT, flood
from helpers.vnet import Namespace, Port, books
from helpers.wait import until


def delete(namespace, name):
    """`ip link del`."""
    namespace.ip.link("del", index=Port(namespace, name).index)


@contextlib.contextmanager
def busy(namespace, item, far_port):
    """The item's echo port is up, in the middle of a flood."""
    port = Port(namespace)
    port.up()
    port.address()
    port.far_mac()
    with flood(far_port):
        until(lambda: port.counter("tx0_posted") > 20, "traffic flows")
        yield port
    assert item.path.exists() or not namespace.ports()


def test_module_stays_while_there_are_items(no_module):
    """rmmod is refused while there is an item, powered or not; then it works."""
    configfs.have_mounted()
    kernel.load(ports=0)
    with Namespace() as namespace, Item() as item, Item("cable1") as other:
        for powered in (False, True):
            if powered:
                item.on()
            result = run("rmmod", "vnet_rs", check=False)
            assert result.returncode != 0
            assert "in use" in result.stdout
        assert namespace.ports() == ["vnet0"]
        item.path.rmdir()
        assert run("rmmod", "vnet_rs", check=False).returncode != 0
        other.path.rmdir()
        kernel.unload()
        assert not ROOT.exists()
        kernel.load(ports=0)
        assert not list(ROOT.iterdir())


def test_other_ports_do_not_keep_the_module(no_module):
    """Items that are gone leave nothing behind that would; ports by other means do not."""
    configfs.have_mounted()
    kernel.load(ports=2)
    with Namespace() as namespace:
        Port.add(namespace, "other")
        with Item(far_end="peer") as item:
            item.on()
            item.off()
            item.on()
        assert namespace.ports() == ["other"]
        kernel.unload()
        assert not namespace.ports()


def test_deleted_port_reads_power_0(namespace, item):
    """`ip link del` takes the power; 1 brings the port back."""
    for _ in range(3):
        item.on()
        delete(namespace, "vnet0")
        assert item["power"] == "0"
        assert item["name"] == "vnet%d"
    item["tx_ring"] = 64
    item.on()
    assert (item["power"], item["tx_ring"], namespace.ports()) == ("1", "64", ["vnet0"])


def test_half_a_pair_goes_with_the_item(namespace, item):
    """rmdir removes the end that is left."""
    item["far_end"] = "peer"
    item.on()
    delete(namespace, "vnet0")
    assert namespace.ports() == ["vnet1"]
    item.path.rmdir()
    assert not namespace.ports()


def test_port_goes_with_its_namespace(item):
    """Then `power` is 0, and 1 makes a port where the writer is now."""
    for far_end in ("echo", "peer"):
        item["far_end"] = far_end
        with Namespace():
            item.on()
            assert item["power"] == "1"
        until(lambda: item["power"] == "0", "the namespace is gone")
        with Namespace() as other:
            item.on()
            assert other.ports() == ["vnet0", "vnet1"][:1 + (far_end == "peer")]
            item.off()


def test_port_lives_on_elsewhere(namespace, item):
    """A port that moves to another namespace is the item's still."""
    item.on()
    home = namespace.ip.link_lookup(ifname="vnet0")[0]
    with Namespace() as other:
        namespace.ip.link("set", index=home, net_ns_fd="/proc/thread-self/ns/net")
        assert item["power"] == "1"
        item.on()
        assert other.ports() == ["vnet0"] and not namespace.ports()
        item.off()
        assert not other.ports()


def test_rmdir_does_not_wait_for_open_files(namespace, item):
    """The port goes with the directory, whoever has an attribute open; then that says ENOENT."""
    item.on()
    files = [os.open(path, os.O_RDWR) for path in item.files()]
    assert len(files) >= 9
    item.path.rmdir()
    assert not namespace.ports()
    for file in files:
        for action in (lambda file=file: os.pread(file, 100, 0),
                       lambda file=file: os.write(file, b"1\n")):
            with pytest.raises(FileNotFoundError):
                action()
    kernel.have_unloaded()
    for file in files:
        with pytest.raises(FileNotFoundError):
            os.write(file, b"1\n")
        os.close(file)


@pytest.mark.parametrize("how", ["rmdir", "power", "del", "rate"])
@pytest.mark.parametrize("rate", [0, 20_000])
@pytest.mark.parametrize("far_port", [ECHO_PORT, DISCARD_PORT])
def test_under_traffic(namespace, item, how, rate, far_port):
    """Whatever ends the port, or changes it, a flood is none the worse for it, nor the kernel."""
    item["tx_ring"] = item["rx_ring"] = 16
    item["rate_kbps"] = rate
    for _ in range(3):
        if not item.path.exists():
            item.path.mkdir()
        item.on()
        with busy(namespace, item, far_port) as port:
            if how == "rmdir":
                item.path.rmdir()
            elif how == "power":
                item.off()
            elif how == "del":
                delete(namespace, "vnet0")
            else:
                for kbps in (1, 0, 400_000_000, 1000, 0):
                    item["rate_kbps"] = kbps
        if how == "rate":
            books(port)
            item.off()
        assert not namespace.ports()
