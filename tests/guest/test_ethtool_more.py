"""More of ethtool: speed, restart, statistics, registers, messages."""

import os
import struct
import subprocess
import time

import pytest

from helpers import ethtool, kernel
from helpers.near_far import pair
from helpers.queues import all_books, echoed, flows, set_channels, settled
from helpers.run import run, run_json
from helpers.traffic import Wire, can_echo, echo_numbered, send_numbered, udp
from helpers.vnet import NOBODY, books
from helpers.wait import until

GSET, SSET = 0x1, 0x2
SRINGPARAM = 0x11


def set_speed(port, *words, check=True):
    """Changes the link settings."""
    return run("ethtool", "-s", port.name, *words, check=check)


def set_settings(port):
    """Asks for the link settings that are shown, as an old ethtool does that changes another."""
    # struct ethtool_cmd
    shown = ethtool.ask(port.name, struct.pack("=I40x", GSET))
    ethtool.ask(port.name, struct.pack("=I", SSET) + shown[4:])


def shown_speed(port):
    """The speed that ethtool shows."""
    return run_json("ethtool", "--json", port.name)[0]["speed"]


def registers(port):
    """The register dump, as words."""
    result = subprocess.run(["ethtool", "-d", port.name, "raw", "on"], check=True,
                            stdout=subprocess.PIPE, timeout=60)
    return struct.unpack(f"={len(result.stdout) // 4}I", result.stdout)


@pytest.mark.parametrize("speed", [100, 1000, 10000, 400000])
def test_speed_is_set(port, speed):
    """speed N autoneg off: shown by ethtool, sysfs and the rate register; traffic flows."""
    set_speed(port, "speed", speed, "autoneg", "off")
    assert shown_speed(port) == speed
    assert int(port.shown("speed")) == speed
    assert registers(port)[1] == speed * 1000
    echo_numbered(20, 500)
    port.down()
    port.up()
    assert shown_speed(port) == speed
    books(port)


@pytest.mark.parameters(rate_kbps=0)
@pytest.mark.parametrize("speed, count", [(1, 20), (2, 40)])
def test_speed_is_the_rate_of_the_wire(port, speed, count):
    """So many bytes take at least their time, and would not without the setting."""
    port.plain_qdisc()
    port.no_byte_limit()
    port.set(mtu=9000)
    port.far_mac()
    size = 5000
    # Preamble, headers and FCS count; a little less than all, as the first may start late.
    least = (count - 1) * (size + 42 + 24) * 8 / (speed * 1e6)

    def takes():
        start = time.monotonic()
        echo_numbered(count, size)
        return time.monotonic() - start
    until(lambda: takes() < least, "it takes no time")
    set_speed(port, "speed", speed, "autoneg", "off")
    took = [takes() for _ in range(2)]
    assert least <= min(took) < 10 * least
    books(port)


@pytest.mark.parameters(tx_ring=256, rate_kbps=2)
def test_speed_changes_while_a_frame_waits(port):
    """What waits for a slow wire goes at the new speed."""
    port.neighbour(NOBODY)
    port.plain_qdisc()
    port.no_byte_limit()
    with udp(port=9) as sock:
        # Each takes 4 s at this rate, and all of them longer than any test waits.
        send_numbered(sock, 200, 1000)
        assert port.counter("tx0_posted") > 190
        assert port.counter("tx0_completed") < 100
        set_speed(port, "speed", 1000, "autoneg", "off")
        books(port)


@pytest.mark.parametrize("words, why", [
    (("autoneg", "on"), "use autoneg off"),
    (("duplex", "half", "autoneg", "off"), "the wire is full duplex"),
    (("speed", 0, "autoneg", "off"), "speed must be from 1 to 400000 Mbit/s"),
    (("speed", 500000, "autoneg", "off"), "speed must be from 1 to 400000 Mbit/s"),
    (("speed", 4294968, "autoneg", "off"), "speed must be from 1 to 400000 Mbit/s"),
    (("port", "tp"), "there is one plug, and no phy"),
    (("phyad", 1), "there is one plug, and no phy"),
])
def test_bad_settings_are_refused(port, log, words, why):
    """Refused with EINVAL, and one line in the log that says why; the old speed stays."""
    log.lines()
    result = set_speed(port, *words, check=False)
    assert result.returncode != 0
    assert "Invalid argument" in result.stdout
    lines = [line for line in log.lines() if port.name in line]
    assert len(lines) == 1 and why in lines[0], lines
    assert shown_speed(port) == 1000
    assert can_echo()


@pytest.mark.parameters(rate_kbps=1500)
def test_what_is_as_it_is_can_be_set(port):
    """A rate that is no number of Mbit/s stays when something else is asked for that is so, and
    when the speed is asked for that it is shown as.
    """
    assert shown_speed(port) == 2
    for words in (("duplex", "full"), ("speed", 2, "autoneg", "off")):
        set_speed(port, *words)
        set_settings(port)
        assert registers(port)[1] == 1500
    set_speed(port, "speed", 3, "autoneg", "off")
    set_speed(port, "speed", 2, "autoneg", "off")
    assert registers(port)[1] == 2000


@pytest.mark.parametrize("words, why", [
    (("-G", "tx", 100), "A ring's size must be a power of two from 2 to 4096"),
    (("-C", "rx-usecs", 2000000), "usecs must be from 0 to 1000000"),
    (("-X", "hfunc", "xor"), "The only hash function is Toeplitz"),
])
def test_a_refusal_by_ioctl_is_logged(port, log, words, why):
    """There is no place for words in an ioctl: the log has them, in one line."""
    log.lines()
    result = run("ethtool", "--disable-netlink", words[0], port.name, *words[1:], check=False)
    assert result.returncode != 0
    lines = [line for line in log.lines() if port.name in line]
    assert len(lines) == 1 and why in lines[0], lines


def test_the_log_is_not_flooded(port, log):
    """Many refusals make a few lines only."""
    # struct ethtool_ringparam: a receive ring of 256, a transmit ring of 100.
    nonsense = struct.pack("=9I", SRINGPARAM, 0, 0, 0, 0, 256, 0, 0, 100)

    def refuse():
        with pytest.raises(OSError):
            ethtool.ask(port.name, nonsense)

    def said():
        return [line for line in log.lines() if "must be a power of two" in line]

    def heard():
        refuse()
        return said()
    # For this long it says nothing after the tenth.
    seconds = 5
    with kernel.limited_messages(seconds, port.ns.outside):
        until(heard, "it is allowed to say something")
        start = time.monotonic()
        for _ in range(500):
            refuse()
        took = time.monotonic() - start
        assert len(said()) <= 10 * (took // seconds + 2)


@pytest.mark.parametrize("up", [True, False], ids=["up", "down"])
def test_nothing_is_negotiated_anew(link, up):
    """ethtool -r: there is no autonegotiation to restart, and nothing happens."""
    if up:
        link.up()
    before = link.carrier_changes
    result = run("ethtool", "-r", link.name, check=False)
    assert result.returncode != 0
    assert "not supported" in result.stdout
    assert link.carrier_changes == before


def test_a_cable_has_one_speed():
    """At a pair both ends see a new speed."""
    with pair(pairs=1, ports=0) as cable:
        set_speed(cable.near, "speed", 2500, "autoneg", "off")
        with cable.there():
            assert shown_speed(cable.far) == 2500


def test_nobody_is_paused(port):
    """There is no flow control, and nothing is said of it."""
    for words in (("-a", port.name), ("--include-statistics", "-a", port.name),
                  ("-A", port.name, "tx", "on")):
        result = run("ethtool", *words, check=False)
        assert result.returncode != 0
        assert "not supported" in result.stdout


def test_standard_statistics(port):
    """ethtool -S --groups eth-mac: the counters of ip -s link under their standard names."""
    echo_numbered(30, 300)
    books(port)
    shown = run_json("ethtool", "--json", "-S", port.name, "--groups", "eth-mac")[0]["eth-mac"]
    stats = port.stats()
    for name, counter in {
            "FramesTransmittedOK": "tx_packets", "FramesReceivedOK": "rx_packets",
            "OctetsTransmittedOK": "tx_bytes", "OctetsReceivedOK": "rx_bytes"}.items():
        assert shown[name] == stats[counter] > 0


def test_a_frame_for_all_is_no_multicast():
    """As in IEEE 802.3: what is sent to all is counted as that, what to a group as multicast."""
    def shown(port):
        mac = run_json("ethtool", "--json", "-S", port.name, "--groups", "eth-mac")[0]["eth-mac"]
        return (mac["BroadcastFramesReceivedOK"], mac["MulticastFramesReceivedOK"],
                port.stats()["multicast"])
    with pair(pairs=1, ports=0) as cable:
        with cable.there():
            before = shown(cable.far)
        with Wire(cable.near) as wire:
            for mac, count in (("ff" * 6, 3), ("01005e000001", 2)):
                for _ in range(count):
                    wire.send(bytes.fromhex(mac + cable.near.mac.replace(":", "") + "88b5")
                              + bytes(50))
        settled(cable.near)
        with cable.there():
            settled(cable.far)
            after = shown(cable.far)
    assert [new - old for old, new in zip(before, after)] == [3, 2, 2]


@pytest.mark.parameters(queues=2, tx_ring=64, rx_ring=128, rate_kbps=100000)
def test_registers_say_what_is(port):
    """ethtool -d has the layout of vnet_rs/driver/dump.rs."""
    run("ethtool", "-C", port.name, "tx-usecs", 20, "tx-frames", 3, "rx-usecs", 40,
        "rx-frames", 5)
    with flows(16) as socks:
        for sock in socks:
            echoed(sock)
    c = all_books(port)
    words = registers(port)
    assert len(words) == 8 + 8 * 2
    assert words[:8] == (1, 100000, 2, 8, 20, 3, 40, 5)
    for queue in range(2):
        tx, rx = words[8 + 8 * queue:12 + 8 * queue], words[12 + 8 * queue:16 + 8 * queue]
        sent, got = c[f"tx{queue}_posted"], c[f"rx{queue}_received"]
        assert tx == (64, sent, sent, sent)
        assert rx[0] == 128 and rx[2:] == (got, got)
        assert rx[1] == got + 128, "all descriptors are posted"
    port.flag("hang-engine", True)
    run("ethtool", "-K", port.name, "loopback", "on")
    assert registers(port)[0] == 0b111
    set_channels(port, 1)
    assert len(registers(port)) == 8 + 8
    port.down()
    assert registers(port)[:4] == (0b110, 100000, 0, 8)


def test_message_level(port):
    """msglvl is what was set, on this port."""
    level = "Current message level: 0x{0:08x} ({0})"
    assert level.format(0) in run("ethtool", port.name).stdout
    run("ethtool", "-s", port.name, "msglvl", "0x35")
    assert level.format(0x35) in run("ethtool", port.name).stdout
    run("ethtool", "-s", port.name, "msglvl", "drv", "off")
    assert level.format(0x34) in run("ethtool", port.name).stdout
    other = type(port).add(port.ns, "vnet1")
    assert level.format(0) in run("ethtool", other.name).stdout


def test_messages_about_the_link(log):
    """With msglvl link on a port says when its link goes and comes; without, it does not."""
    def said(name):
        lines = [line for line in log.lines() if name in line]
        return [what for line in lines for what in ("link is up", "link is down") if what in line]
    with pair(pairs=1, ports=0) as cable:
        def flap():
            log.lines()
            with cable.there():
                cable.far.down()
                cable.far.up()
            return said(cable.near.name)
        assert flap() == []
        run("ethtool", "-s", cable.near.name, "msglvl", "link", "on")
        assert flap() == ["link is down", "link is up"]
        run("ethtool", "-s", cable.near.name, "msglvl", "link", "off")
        assert flap() == []


def test_driver_information(port):
    """ethtool -i: tests and registers are there; a driver in the tree has the kernel's version."""
    shown = run("ethtool", "-i", port.name).stdout
    assert f"\nversion: {os.uname().release}\n" in shown
    assert "supports-test: yes" in shown
    assert "supports-register-dump: yes" in shown
    assert "supports-eeprom-access: no" in shown
