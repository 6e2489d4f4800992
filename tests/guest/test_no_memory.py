"""What happens when memory runs out, at each place where the driver asks for some.

/proc/thread-self/fail-nth makes the n-th allocation of this thread fail.
"""

import contextlib
import pathlib

import pytest
from pyroute2.netlink.exceptions import NetlinkError

from helpers.kernel import Probes
from helpers.traffic import can_echo
from helpers.vnet import Port, books

FAILSLAB = pathlib.Path("/sys/kernel/debug/failslab")
FAIL_NTH = pathlib.Path("/proc/thread-self/fail-nth")
ENOMEM = 12
MOST = 400

pytestmark = pytest.mark.skipif(not FAIL_NTH.exists(), reason="needs the debug kernel")


@pytest.fixture(autouse=True)
def quiet_failures():
    """Failures without a stack in the log, also where memory might be waited for."""
    (FAILSLAB / "verbose").write_text("0")
    (FAILSLAB / "ignore-gfp-wait").write_text("N")
    (FAILSLAB.parent / "fail_page_alloc/min-order").write_text("20")
    yield
    (FAILSLAB / "ignore-gfp-wait").write_text("Y")


def each_failure(action):
    """Calls action() with the first allocation failing, then the second, until none does.

    Yields the error or None, for each.
    """
    for nth in range(1, MOST):
        error = None
        FAIL_NTH.write_text(str(nth))
        try:
            action()
        except NetlinkError as err:
            error = err
        finally:
            left = int(FAIL_NTH.read_text())
            FAIL_NTH.write_text("0")
        yield error
        if left:
            return
    raise AssertionError(f"more than {MOST} allocations")


def test_port_is_made_or_not(module, namespace):
    """Adding a port works, or fails with ENOMEM and leaves nothing."""
    assert module
    failed = 0
    with Probes("free_netdev") as probes:
        freed = probes.hits("free_netdev")
        for error in each_failure(lambda: namespace.ip.link("add", ifname="vnet0", kind="vnet")):
            if error:
                failed += 1
                assert error.code == ENOMEM
                assert not namespace.ports()
                continue
            assert namespace.ports() == ["vnet0"]
            with contextlib.suppress(NetlinkError):
                namespace.ip.link("del", ifname="vnet0")
        assert probes.hits("free_netdev") >= freed
    assert failed > 5
    port = Port.add(namespace)
    port.up()
    port.address()
    assert can_echo()


def test_port_comes_up_or_not(link):
    """Bringing a port up works, or fails with ENOMEM and leaves it down."""
    failed = 0
    index = link.index
    for error in each_failure(lambda: link.ip.link("set", index=index, state="up")):
        if error:
            failed += 1
            assert error.code == ENOMEM
        assert bool(link.link["flags"] & 1) is (error is None)
        link.down()
    assert failed > 3
    link.up()
    link.address()
    assert can_echo()
    books(link)
