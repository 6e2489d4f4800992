"""What happens when memory runs out while a port is made or comes up."""

import collections
import errno

from pyroute2.netlink.exceptions import NetlinkError

from helpers.failslab import failing, needs_failslab
from helpers.traffic import can_echo
from helpers.vnet import Port, books

NO_MEMORY = {errno.ENOMEM, errno.ENOBUFS}

pytestmark = needs_failslab


def attempt(action):
    """Does it; returns the kernel's answer: 0 or an errno."""
    try:
        action()
    except NetlinkError as error:
        return error.code
    return 0


def test_port_is_made_or_not(module, namespace):
    """Adding a port works, or fails and leaves nothing.

    With which error is up to the core, which asks for most of the memory, and
    sometimes forgets why it failed.
    """
    answers = collections.Counter()
    for number in range(60):
        with failing(percent=1 + number % 5):
            answer = attempt(lambda: namespace.ip.link("add", ifname="vnet0", kind="vnet"))
        answers[answer] += 1
        assert namespace.ports() == (["vnet0"] if answer == 0 else [])
        if answer == 0:
            namespace.ip.link("del", index=Port(namespace).index)
    assert answers[errno.ENOMEM] > 0
    assert answers[0] > 0
    port = Port.add(namespace)
    port.up()
    port.address()
    assert can_echo()


def test_port_comes_up_or_not(link):
    """Bringing a port up works, or fails for lack of memory and leaves it down."""
    answers = collections.Counter()
    for number in range(60):
        with failing(percent=2 + number % 10):
            answer = attempt(link.up)
        answers[answer] += 1
        assert link.is_up is (answer == 0)
        link.down()
    assert answers.keys() - {0} <= NO_MEMORY
    assert answers[errno.ENOMEM] > 0
    link.up()
    link.address()
    assert can_echo()
    books(link)
