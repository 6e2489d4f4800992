"""Routers between a port and its far end (parameter `hops`): traceroute finds them all."""

import re

import pytest

from helpers import kernel
from helpers.run import run
from helpers.talk import at_once
from helpers.vnet import FAR4, FAR6, books

pytestmark = [
    pytest.mark.skipif(not kernel.has_parameter("hops"), reason="the module knows no hops yet"),
    pytest.mark.ipv6,
]
HOPS4 = [f"198.51.100.{number}" for number in (1, 2, 3)]
HOPS6 = [f"2001:db8:ffff::{number}" for number in (1, 2, 3)]
BEYOND4, BEYOND6 = "192.0.2.99", "2001:db8::99"
HOW = pytest.mark.parametrize("how", [(), ("-I",)], ids=["udp", "icmp"])


@pytest.fixture(name="far")
def far_fixture(port):
    """A port from which the routers' addresses can be reached as well."""
    run("ip", "route", "add", "198.51.100.0/24", "dev", port.name)
    run("ip", "route", "add", "2001:db8:ffff::/64", "dev", port.name)
    return port


def traceroute(far, *how):
    """What traceroute finds on the way to an address, and the far end itself."""
    shown = run("traceroute", "-n", "-q", 1, "-w", 30, *how, far).stdout
    return re.findall(r"^ *\d+ +(\S+) ", shown, re.MULTILINE)


@HOW
@pytest.mark.parameters(hops=3)
@pytest.mark.parametrize("target, hops", [(BEYOND4, HOPS4), (BEYOND6, HOPS6)])
def test_traceroute_names_every_router(far, how, target, hops):
    """Three routers in their order, then the host."""
    assert traceroute(target, *how) == [*hops, target]
    books(far)


@HOW
@pytest.mark.parameters(hops=1)
def test_one_router(far, how):
    """With one router there is one."""
    assert traceroute(BEYOND4, *how) == [HOPS4[0], BEYOND4]
    assert traceroute(BEYOND6, *how) == [HOPS6[0], BEYOND6]
    books(far)


@pytest.mark.parameters(hops=0)
def test_no_router(far):
    """Without routers the host answers at once; it says nothing of its UDP ports then."""
    assert traceroute(BEYOND4, "-I") == [BEYOND4]
    assert traceroute(BEYOND6, "-I") == [BEYOND6]
    assert traceroute(BEYOND4, "-m", 2, "-w", 1) == []
    books(far)


@pytest.mark.parameters(hops=3)
@pytest.mark.parametrize("target, hop", [(FAR4, HOPS4[1]), (FAR6, HOPS6[1])])
def test_ping_with_too_few_hops_to_go(far, target, hop):
    """A ping that gets no further than the second router hears that from it."""
    result = run("ping", "-n", "-c", 1, "-W", 30, "-t", 2, target, check=False)
    assert re.search(rf"From {hop} icmp_seq=1 Time (to live )?exceeded", result.stdout)
    assert "0 received" in result.stdout
    books(far)


@pytest.mark.parameters(hops=3)
@pytest.mark.parametrize("target", [FAR4, FAR6])
def test_ping_gets_through(far, target):
    """With enough hops to go the host answers."""
    assert "2 received" in run("ping", "-n", *at_once(2), "-t", 4, target).stdout
    books(far)
