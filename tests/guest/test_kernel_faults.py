"""Faults of the kernel itself, as docs/kernel.md tells of them.

What fails here has been mended in this kernel: the page is to lose that section, and we what we
live with it by.
"""

import pathlib
import stat

import pytest

from helpers.faults import HANG, wrong
from helpers.pktgen import Pktgen
from helpers.traffic import DISCARD_PORT, echo_numbered, send_numbered, udp
from helpers.vnet import NOBODY, books

TRACEABLE = pathlib.Path("/sys/kernel/tracing/available_filter_functions")


def test_attributes_of_configfs_in_rust_have_one_mode(item):
    """0660, and nothing that a driver could do about it."""
    for attribute in item.files():
        assert stat.S_IMODE(attribute.stat().st_mode) == 0o660, attribute


def posted_at_once(port):
    """How many of 20 datagrams go into the ring, when nothing leaves it."""
    port.neighbour(NOBODY)
    port.plain_qdisc()
    before = port.counter("tx0_posted")
    with wrong(port, HANG), udp(port=DISCARD_PORT) as sock:
        send_numbered(sock, 20, 1000)
        posted = port.counter("tx0_posted") - before
        port.down()
    port.up()
    return posted


# So slow that the watchdog minds no engine that hangs for a while.
@pytest.mark.parameters(rate_kbps=10_000)
def test_byte_limit_outlives_down_and_up(port):
    """A new port takes a frame or two at a limit of 0. One that has sent much takes as much."""
    assert (port.bql("limit"), port.bql("limit_min")) == (0, 0)
    assert posted_at_once(port) <= 2
    port.far_mac()
    echo_numbered(100, 1000)
    books(port)
    port.down()
    port.up()
    assert port.bql("limit") == 0
    assert posted_at_once(port) == 20


def test_functions_in_rust_cannot_be_traced(module):
    """Those in C of the same module can."""
    ours = {line.split()[0] for line in TRACEABLE.read_text(encoding="ascii").splitlines()
            if line.endswith("[vnet_rs]")}
    symbols = pathlib.Path("/proc/kallsyms").read_text(encoding="ascii")
    assert "__probestub_vnet_rs_post" in ours
    assert "\tvnet_rs_poll\t[vnet_rs]" in symbols or " vnet_rs_poll\t[vnet_rs]" in symbols
    assert not [name for name in ours if name.startswith(("_R", "vnet_rs_"))]


@pytest.mark.parameters(tx_ring=256, rate_kbps=0)
def test_pktgen_sends_a_whole_burst(bare):
    """Ten were asked for."""
    with Pktgen(bare, NOBODY, count=10, burst=32) as pktgen:
        assert pktgen.run() == 32
    books(bare)
