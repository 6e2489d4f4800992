"""ARP, neighbour discovery and duplicate address detection."""

import pytest
from scapy.layers.l2 import ARP, Ether

from helpers.run import run, run_json
from helpers.traffic import Wire
from helpers.vnet import FAR4, FAR6, HOST4, HOST6, books
from helpers.wait import until

BROADCAST = "ff:ff:ff:ff:ff:ff"
TENTATIVE, FAILED = 0x40, 0x08


def flags_of(port, address):
    """The flags of one of the port's addresses."""
    entry = next(one for one in port.ip.get_addr(index=port.index)
                 if one.get_attr("IFA_ADDRESS") == address)
    return entry.get_attr("IFA_FLAGS")


@pytest.mark.parametrize("sender, target", [
    ("0.0.0.0", FAR4), ("0.0.0.0", HOST4), (HOST4, HOST4), (FAR4, FAR4),
], ids=["probe", "probe of our own", "gratuitous", "gratuitous of another"])
def test_arp_that_must_not_be_answered(port, sender, target):
    """A probe or a gratuitous request gets no reply, and counts as ignored."""
    request = Ether(src=port.mac, dst=BROADCAST) / ARP(
        op=1, hwsrc=port.mac, psrc=sender, pdst=target)
    with Wire(port) as wire:
        before = port.settle()
        wire.send(request)
        until(lambda: port.counter("tx0_completed") > before["tx0_completed"], "the frame is sent")
        after = books(port)
        assert not wire.received()
    assert after["echo_ignored"] - before["echo_ignored"] == 1
    assert after["echo_replies"] == before["echo_replies"]


@pytest.mark.parametrize("kind", ["-A", "-U"])
def test_announcements_get_no_reply(port, kind):
    """arping's unsolicited ARP, as request and as reply, gets none."""
    run("arping", kind, "-c", 2, "-w", 60, "-I", port.name, HOST4, check=False)
    counters = books(port)
    # A second that it has slept through counts as one of the two.
    assert counters["echo_ignored"] >= 1
    assert counters["echo_replies"] == 0


def test_arping_finds_our_address_free(port):
    """arping -D, duplicate address detection for IPv4, gets no answer."""
    result = run("arping", "-D", "-c", 2, "-w", 60, "-I", port.name, HOST4, check=False)
    assert result.returncode == 0, result.stdout
    assert "Received 0 response" in result.stdout
    assert books(port)["echo_replies"] == 0


def test_arping_finds_the_far_end(port):
    """An ordinary request is answered, for any address."""
    for address in (FAR4, "192.0.2.77", "198.51.100.3"):
        result = run("arping", "-f", "-w", 20, "-I", port.name, "-s", HOST4, address,
                     check=False)
        assert "Received 1 response" in result.stdout, result.stdout
    # Being slow, it may have asked twice.
    assert books(port)["echo_replies"] >= 3


def test_neighbour_has_the_far_ends_address(port):
    """`ip neigh` shows the far end's address: unicast, local, the same for all, not ours."""
    macs = {port.far_mac(far) for far in (FAR4, "192.0.2.3", "192.0.2.4")}
    assert len(macs) == 1
    mac = macs.pop()
    assert int(mac[:2], 16) & 3 == 2
    assert mac != port.mac
    shown = run_json("ip", "-j", "neigh", "show", "dev", port.name)
    assert {entry["lladdr"] for entry in shown} == {mac}
    books(port)


@pytest.mark.ipv6
def test_both_protocols_find_the_same_host(port):
    """ARP and neighbour discovery give the same address."""
    assert port.far_mac(FAR4) == port.far_mac(FAR6)


def test_two_ports_have_two_far_ends(port):
    """The host at the far end of another port is another one."""
    other = type(port).add(port.ns, "vnet1")
    other.up()
    other.ip.addr("add", index=other.index, address="198.51.100.1", prefixlen=24)
    assert other.far_mac("198.51.100.2") != port.far_mac()


@pytest.mark.ipv6
def test_duplicate_address_detection_succeeds(link):
    """Addresses leave the tentative state, without having failed."""
    link.ip.addr("add", index=link.index, address=HOST6, prefixlen=64)
    assert flags_of(link, HOST6) & TENTATIVE
    link.up()
    until(lambda: not flags_of(link, HOST6) & TENTATIVE, "the address is ready")
    for entry in run_json("ip", "-j", "-6", "addr", "show", "dev", link.name)[0]["addr_info"]:
        assert not entry.get("dadfailed")
    assert not flags_of(link, HOST6) & FAILED
    link.settle()
    assert link.counter("echo_replies") == 0
    assert link.counter("echo_ignored") > 0


@pytest.mark.ipv6
def test_link_local_address_is_ready(link):
    """So does the address that the kernel makes by itself."""
    link.up()

    def ready():
        shown = run_json("ip", "-j", "-6", "addr", "show", "dev", link.name)
        return [entry for entry in shown[0].get("addr_info", [])
                if entry["scope"] == "link" and not entry.get("tentative")]

    assert not until(ready, "a link-local address")[0].get("dadfailed")
