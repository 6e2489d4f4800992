"""Every allocation fails in turn that a port asks for as it comes up or its rings change."""

import errno
import struct

import pytest

from helpers import ethtool
from helpers.failslab import needs_failslab
from helpers.queues import all_books
from helpers.sweep import NO_MEMORY, no_skb_leaks, sweep
from helpers.traffic import can_echo, echo_numbered

pytestmark = [needs_failslab, pytest.mark.parameters(ports=0, queues=2)]
SRINGPARAM, SCHANNELS, GRINGPARAM, GCHANNELS = 0x11, 0x3d, 0x10, 0x3c
WORDS = "=9I"


def rings(port, tx=None, rx=None):
    """Sets how large the rings are; returns how large they were before."""
    words = struct.unpack(WORDS, ethtool.ask(port.name, struct.pack("=I", GRINGPARAM), 32))
    if tx:
        ethtool.ask(port.name, struct.pack(WORDS, SRINGPARAM, 0, 0, 0, 0, rx, 0, 0, tx))
    return words[8], words[5]


def channels(port, count=None):
    """Sets how many queues there are; returns how many there were before."""
    words = struct.unpack(WORDS, ethtool.ask(port.name, struct.pack("=I", GCHANNELS), 32))
    if count:
        ethtool.ask(port.name, struct.pack(WORDS, SCHANNELS, *[0] * 7, count))
    return words[8]


def test_open(link):
    """The port comes up with both queues, or not at all; the next try works."""
    def after(error):
        assert link.is_up is (error == 0)
        link.down()

    with no_skb_leaks():
        answers = sweep(link.up, after)
    assert answers.total() >= 20
    assert answers[errno.ENOMEM] >= 10
    assert answers.keys() - {0} <= NO_MEMORY
    link.up()
    link.address()
    echo_numbered(50, 200)


@pytest.mark.parametrize("big", [512, 4096])
def test_resize(port, big):
    """Rings are as large as was asked for, or as before; the port works either way."""
    old = rings(port)

    def after(error):
        assert rings(port) == (old if error else (big, big))
        assert port.is_up and can_echo()
        rings(port, *old)

    with no_skb_leaks():
        answers = sweep(lambda: rings(port, big, big), after)
    assert answers.total() >= 10
    assert answers.keys() - {0} <= NO_MEMORY
    assert answers[errno.ENOMEM] >= 10
    rings(port, big, big)
    echo_numbered(50, 200)


@pytest.mark.parametrize("old, new", [(2, 1), (1, 2)], ids=["fewer", "more"])
def test_channels(port, old, new):
    """There are as many queues as was asked for, or as before; the port works either way."""
    channels(port, old)

    def after(error):
        assert channels(port) == (old if error else new)
        assert port.is_up and can_echo()
        channels(port, old)

    with no_skb_leaks():
        answers = sweep(lambda: channels(port, new), after)
    assert answers.total() >= 10
    assert answers.keys() - {0} <= NO_MEMORY
    channels(port, new)
    echo_numbered(50, 200)


def test_mtu_needs_no_memory(port):
    """Another MTU needs none, so it cannot fail for lack of it."""
    answers = sweep(lambda: port.set(mtu=9000), lambda error: port.set(mtu=1500))
    assert answers.total() == 0


def test_down_needs_no_memory(port):
    """A port goes down whatever fails."""
    def after(error):
        assert error == 0 and not port.is_up
        port.up()

    sweep(port.down, after)
    port.down()
    port.up()
    assert can_echo()
    all_books(port)
