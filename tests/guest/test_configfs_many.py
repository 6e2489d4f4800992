"""configfs: many items, and many hands that write to them at the same time."""

import contextlib
import errno
import os
import random
import threading
import time

from helpers import configfs, kernel
from helpers.configfs import ROOT, Item
from helpers.cpu import Beside
from helpers.run import run
from helpers.vnet import Namespace
from helpers.wait import until

SECONDS = 5
# What a write may say to one of many who write at the same time.
IN_BETWEEN = (errno.EBUSY, errno.EEXIST)


def test_a_hundred_items(namespace, item):
    """All live at once, each with what it was given; then they are gone, memory and all."""
    far_ends = ("echo", "sink", "peer")
    with kernel.Probes("free_netdev") as probes:
        before = probes.hits("free_netdev")
        stack, items = configfs.make(100)
        with stack:
            for number, one in enumerate(items):
                one["name"], one["peer_name"] = f"n{number}", f"p{number}"
                one["far_end"] = far_ends[number % 3]
                one["rate_kbps"] = 1000 * (number + 1)
                one["tx_ring"] = one["rx_ring"] = 2
                one.on()
            assert len(namespace.ports()) == 100 + 33
            for number, one in enumerate(items):
                assert one["power"] == "1"
                assert one["rate_kbps"] == str(1000 * (number + 1))
                assert one["far_end"] == far_ends[number % 3]
        assert not namespace.ports()
        until(lambda: probes.hits("free_netdev") >= before + 133, "all ports are freed")
    assert list(ROOT.iterdir()) == [item.path]


class Hands:
    """Threads that do something over and over, in the namespace of who asks for them."""

    def __init__(self, namespace, *actions):
        self.over, self.errors = time.monotonic() + SECONDS, []
        self.fd = namespace.fd
        self.threads = [Beside(target=self._run, args=(action,)) for action in actions]
        for thread in self.threads:
            thread.start()
        for thread in self.threads:
            thread.join()
        assert not self.errors, self.errors

    def _run(self, action):
        os.setns(self.fd, os.CLONE_NEWNET)
        rounds = 0
        while (rounds < 2 or time.monotonic() < self.over) and not self.errors:
            try:
                action()
            except OSError as error:
                if error.errno not in IN_BETWEEN:
                    self.errors.append(error)
            except AssertionError as error:
                self.errors.append(error)
            rounds += 1


def remove_any(names):
    """`ip link del` of any of these that there is."""
    run("ip", "link", "del", random.choice(names), check=False)


def test_many_write_to_one_item(namespace, item):
    """Power, structure and rate at the same time: never half a port, never a mixture."""
    item["far_end"], item["name"], item["peer_name"] = "peer", "left", "right"

    def power(value):
        item["power"] = value

    def structure():
        ring = random.choice(("2", "64", "4096"))
        item["tx_ring"] = ring
        item["far_end"] = random.choice(("echo", "sink", "peer"))

    def rate():
        item["rate_kbps"] = random.randrange(400_000_001)

    def read():
        values = item.all()
        assert values["tx_ring"] in ("2", "64", "256", "4096"), values
        assert values["name"] == "left" and values["peer_name"] == "right", values

    Hands(namespace, lambda: power(1), lambda: power(0), lambda: power(1), structure, rate, read,
          lambda: remove_any(("left", "right")))
    item.on()
    assert item["power"] == "1"
    assert "left" in namespace.ports()
    item.off()
    assert not namespace.ports()


def test_many_have_items_of_the_same_name(namespace, item):
    """mkdir, power and rmdir by several hands; one name for one port, whose it may be."""
    def whole():
        name = random.choice(("one", "two"))
        with contextlib.suppress(FileExistsError, FileNotFoundError), Item(name) as mine:
            mine["name"] = "same"
            mine.on()
            mine["rate_kbps"] = 5

    Hands(namespace, *[whole] * 4, lambda: remove_any(("same",)))
    assert not namespace.ports()
    assert list(ROOT.iterdir()) == [item.path]


def test_power_and_a_namespace_that_goes(item):
    """Items are powered while the namespace of their ports is being taken apart."""
    item["far_end"] = "peer"
    over = threading.Event()

    def flip():
        while not over.is_set():
            with Namespace():
                item.on()
                item["rate_kbps"] = 1000

    thread = Beside(target=flip)
    thread.start()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        assert item["power"] in "01"
        item.off()
    over.set()
    thread.join()
    item.off()
    assert item["power"] == "0"
