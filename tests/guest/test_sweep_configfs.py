"""configfs: every allocation that a write or a mkdir asks for fails in turn."""

import errno

import pytest

from helpers.configfs import ROOT, Item
from helpers.failslab import needs_failslab
from helpers.sweep import NO_MEMORY, no_skb_leaks, sweep

pytestmark = needs_failslab


def test_mkdir(item):
    """There is an item, or an error and none. A slab that has to grow just then makes do with fewer
    pages, so that the item is made although an allocation has failed.
    """
    other = Item("cable1")

    def after(error):
        assert [path.name for path in ROOT.iterdir() if path.is_dir()].count("cable1") == (
            error == 0)
        if error == 0:
            assert other["power"] == "0"
            other.path.rmdir()

    answers = sweep(other.path.mkdir, after)
    assert answers.keys() <= {0, errno.ENOMEM}
    assert answers[errno.ENOMEM] >= 2


@pytest.mark.parametrize("far_end, made, known", [
    ("echo", ["vnet0"], 150), ("peer", ["vnet0", "vnet1"], 300)])
def test_power(namespace, item, far_end, made, known):
    """There are all ports, or the writer gets an error and there is none."""
    item["far_end"] = far_end

    def after(error):
        assert namespace.devices() == ([] if error else made)
        assert item["power"] == ("0" if error else "1")
        item.off()

    with no_skb_leaks():
        answers = sweep(item.on, after)
    assert answers.total() > known
    assert answers[errno.ENOMEM] > known / 2
    item.on()
    assert namespace.ports() == made


def test_power_off_needs_no_memory(namespace, item):
    """Ports go whatever fails."""
    item.on()

    def after(error):
        assert error == 0 and namespace.devices() == []
        item.on()

    assert sweep(item.off, after).keys() <= {0}


def test_link(namespace, item):
    """A link becomes worse, or stays as it was: a delay needs a line to wait in."""
    item["far_end"] = "peer"
    item.on()

    def after(error):
        assert item["latency_ns"] == ("0" if error else "1000")
        item["latency_ns"] = 0

    def worse():
        item["latency_ns"] = 1000

    answers = sweep(worse, after)
    assert answers.total() >= 2
    assert answers.keys() - {0} <= NO_MEMORY
    worse()
    assert item["latency_ns"] == "1000"
