"""The drivers of samples/: a dummy that is as the one in C, and a ring whose plug leads back."""

import socket

import pytest

from helpers.pktgen import Pktgen
from helpers.run import run
from helpers.sample import Device, frame, load, loaded
from helpers.traffic import PACKET_QDISC_BYPASS, SOL_PACKET, Flood
from helpers.wait import until
from test_timestamps import SO_TIMESTAMPING, SOFTWARE, TIME_ONLY, TX_SOFTWARE, stamp_of

# What ethtool asks: the link, and what a driver may not have.
QUESTIONS = ["", "-i", "-k", "-T", "-g", "-l", "-c", "-x", "-S", "-t", "-d", "-a", "-m",
             "--show-fec", "--show-priv-flags", "--show-eee"]
# What two devices do not have in common.
OWN = {"ifindex", "ifname", "address", "linkinfo"}


@pytest.fixture(name="dummy_module")
def dummy_module_fixture(namespace):
    """dummy_rs, which has made no device."""
    with loaded("dummy_rs", numdummies=0):
        yield


@pytest.fixture(name="dummies")
def dummies_fixture(dummy_module):
    """A dummy in Rust, and one in C."""
    return Device.add("dummy_rs", "rust"), Device.add("dummy", "c")


@pytest.fixture(name="ring")
def ring_fixture(namespace):
    """A ring that is up."""
    with loaded("ring_rs"):
        yield Device.add("ring_rs", "ring")


def test_dummies_at_first(namespace):
    """numdummies says how many there are, of these names; they go with the module."""
    with namespace.outside(), loaded("dummy_rs", numdummies=2):
        names = [name for _index, name in socket.if_nameindex()]
        assert {"dummy_rs0", "dummy_rs1"} <= set(names) and "dummy_rs2" not in names
    with namespace.outside():
        assert "dummy_rs0" not in [name for _index, name in socket.if_nameindex()]


def test_dummy_as_in_c(dummies):
    """`ip -d link` shows the same of both: flags, MTUs, queues, no qdisc."""
    ours, theirs = ({key: value for key, value in device.link().items() if key not in OWN}
                    for device in dummies)
    assert ours == theirs
    assert "NOARP" in ours["flags"] and "MULTICAST" not in ours["flags"]
    assert ours["qdisc"] == "noqueue"


@pytest.mark.parametrize("question", QUESTIONS)
def test_dummy_tells_ethtool_as_in_c(dummies, question):
    """It is the core that answers: what a driver does not implement it does not have."""
    words = question.split()
    ours, theirs = (run("ethtool", *words, device.name, check=False) for device in dummies)
    assert ours.returncode == theirs.returncode
    assert ours.stdout.replace("rust", "c").replace("dummy_rs", "dummy") == theirs.stdout


def test_dummy_counts_what_it_is_given(dummies):
    """Frames and bytes, of each CPU together."""
    for device in dummies:
        with device.socket(protocol=0) as sock:
            for number in range(20):
                sock.send(frame(number, 100))
        assert device.counters() == ((20, 2000), (0, 0))


def test_dummy_stamps(dummies):
    """A sender has the time stamp that it asked for."""
    ours, _theirs = dummies
    with ours.socket(protocol=0) as sock:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, TX_SOFTWARE | SOFTWARE | TIME_ONLY)
        sock.send(frame(0))
        until(lambda: stamp_of(sock), "the frame is stamped")


@pytest.mark.parametrize("address, why", [
    ("01:00:00:00:00:01", "Address must be unicast and not all zero"),
    ("00:00:00:00:00:00", "Address must be unicast and not all zero"),
    ("02:00:00:00:01", "An Ethernet address has 6 bytes"),
    ("02:00:00:00:00:00:01", "An Ethernet address has 6 bytes"),
])
def test_dummy_with_a_bad_address(dummy_module, address, why):
    """Refused as by the dummy in C, and with words."""
    answer = run("ip", "link", "add", "x", "address", address, "type", "dummy_rs", check=False)
    assert answer.returncode == 2
    assert answer.stdout == f"Error: {why}.\n"


def test_dummy_is_changed_while_it_is_up(dummies):
    """Address, MTU, group and carrier."""
    for device in dummies:
        name = device.name
        run("ip", "link", "set", name, "address", "02:00:00:00:00:07", "mtu", "65000")
        run("ip", "maddress", "add", "01:00:5e:00:00:07", "dev", name)
        assert "01:00:5e:00:00:07" in run("ip", "maddress", "show", "dev", name).stdout
        run("ip", "link", "set", name, "carrier", "off")
        link = device.link()
        assert (link["address"], link["mtu"]) == ("02:00:00:00:00:07", 65000)
        assert "NO-CARRIER" in link["flags"]
        run("ip", "link", "set", name, "carrier", "on")
        until(lambda device=device: "LOWER_UP" in device.link()["flags"], "the carrier is back")


def flood(device):
    """Two senders, of which one goes past the qdisc."""
    sockets = [device.socket(protocol=0) for _ in range(2)]
    sockets[0].setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
    return Flood(*sockets)


@pytest.mark.parametrize("kind", ["dummy_rs", "ring_rs"])
def test_module_goes_under_load(namespace, kind):
    """It is unloaded while pktgen and packet sockets send through its device."""
    load(kind)
    device = Device.add(kind, "device")
    with flood(device), Pktgen(device, "02:00:00:00:00:07") as pktgen:
        pktgen.start()
        run("rmmod", kind)


def test_ring_brings_all_back_in_order(ring):
    """More frames than the ring has descriptors: none is lost, and none comes twice."""
    with ring.socket() as ear, ring.socket(protocol=0) as sock:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        for number in range(200):
            sock.send(frame(number))
            if number % 100 == 99:
                got = [ear.recv(100) for _ in range(100)]
                assert got == [frame(count) for count in range(number - 99, number + 1)]
    assert ring.counters() == ((200, 12000), (200, 12000))


def test_ring_that_is_full(ring):
    """pktgen does not look whether the queue is stopped: what does not fit it keeps, and sends
    again."""
    with Pktgen(ring, "02:00:00:00:00:07", count=5000, burst=32) as pktgen:
        sent = pktgen.run()
    assert sent >= 5000
    until(lambda: ring.counters()[1][0] == sent, "all have arrived")
    assert ring.counters()[0][0] == sent


def test_ring_past_the_qdisc(ring):
    """A sender that bypasses the qdisc hears of a ring that is full; all else comes back."""
    sent = 0
    with ring.socket(protocol=0) as sock:
        sock.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
        sock.setblocking(False)
        for number in range(2000):
            try:
                sent += bool(sock.send(frame(number)))
            except OSError:
                continue
    until(lambda: ring.counters()[0] == ring.counters()[1], "all have arrived")
    assert 0 < ring.counters()[0][0] <= 2000 and sent > 0


def test_ring_goes_up_and_down_under_load(ring):
    """What is in the ring is freed, and it works as before when it is up again."""
    with flood(ring):
        for _ in range(5):
            run("ip", "link", "set", "ring", "down")
            run("ip", "link", "set", "ring", "up")
            before = ring.counters()[1][0]
            until(lambda before=before: ring.counters()[1][0] > before, "frames arrive")
    with ring.socket() as ear, ring.socket(protocol=0) as sock:
        sock.send(frame(7))
        assert ear.recv(100) == frame(7)
