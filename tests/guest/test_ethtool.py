"""What ethtool shows and sets."""

import pytest

from helpers import ethtool
from helpers.run import run, run_json

COUNTERS = """
tx0_posted tx0_completed tx0_reaped tx0_purged tx0_no_carrier
tx0_doorbells tx0_busy tx0_down tx0_too_long tx0_too_short
tx_timeouts tx_lost timer_fires
echo_replies echo_ignored echo_malformed echo_bad_checksum echo_fragments echo_no_memory echo_unsent
line_lost line_corrupted line_duplicated line_reordered
line_entered line_arrived line_full line_purged line_no_memory
rx_filtered rx_no_memory
rx0_delivered rx0_received rx0_purged
q0_interrupts q0_interrupts_lost q0_polls
""".split()
OFF = dict.fromkeys((
    "never-stop", "hang-engine", "lose-interrupts", "storm-interrupts", "starve-receive",
    "fail-receive-memory", "flap-carrier"), False)


def test_unknown_flag_is_refused(link):
    """A private flag that there is not cannot be set; the others stay."""
    result = run("ethtool", "--set-priv-flags", link.name, "go-faster", "on", check=False)
    assert result.returncode != 0
    assert ethtool.flags(link.name) == OFF


def test_driver_is_named(link):
    """ethtool -i names the driver and where it sits."""
    shown = run("ethtool", "-i", link.name).stdout.splitlines()
    assert "driver: vnet_rs" in shown
    assert "bus-info: virtual" in shown
    assert "supports-statistics: yes" in shown
    assert "supports-priv-flags: yes" in shown


@pytest.mark.parameters(tx_ring=64, rx_ring=1024)
def test_rings(link):
    """ethtool -g shows both rings and the most they could be."""
    shown = run_json("ethtool", "--json", "-g", link.name)[0]
    assert (shown["tx"], shown["rx"]) == (64, 1024)
    assert (shown["tx-max"], shown["rx-max"]) == (4096, 4096)


def test_moderation_adapts(link):
    """ethtool -c: it adapts to the load, and what it uses then."""
    shown = run_json("ethtool", "--json", "-c", link.name)[0]
    assert {name: shown[name] for name in ("tx-usecs", "tx-frames", "rx-usecs", "rx-frames")} \
        == {"tx-usecs": 64, "tx-frames": 32, "rx-usecs": 64, "rx-frames": 32}
    assert shown["adaptive-rx"] is True and shown["adaptive-tx"] is True


def test_link_settings(link):
    """Full duplex, no autonegotiation, and the link follows the port."""
    shown = run_json("ethtool", "--json", link.name)[0]
    assert shown["duplex"] == "Full"
    assert shown["auto-negotiation"] is False
    assert shown["port"] == "Other"
    assert shown["link-detected"] is False
    link.up()
    assert run_json("ethtool", "--json", link.name)[0]["link-detected"] is True


def test_counters_have_their_names(link):
    """ethtool -S shows all counters, in the order of a frame's way."""
    assert list(ethtool.counters(link.name)) == COUNTERS
    shown = run("ethtool", "-S", link.name).stdout
    assert all(f"{name}: 0" in shown for name in COUNTERS)


def test_flags_are_off_and_can_be_set(link):
    """All private flags start off, go on one by one, and off again."""
    assert ethtool.flags(link.name) == OFF
    link.flag("never-stop", True)
    assert ethtool.flags(link.name) == OFF | {"never-stop": True}
    link.flag("hang-engine", True)
    link.flag("never-stop", False)
    assert ethtool.flags(link.name) == OFF | {"hang-engine": True}
    link.flag("hang-engine", False)
    assert ethtool.flags(link.name) == OFF


def test_flags_survive_down_and_up(link):
    """A flag belongs to the port, not to its being up."""
    link.flag("never-stop", True)
    link.up()
    link.down()
    assert ethtool.flags(link.name)["never-stop"]


def test_flags_belong_to_one_port(link):
    """Another port has flags of its own."""
    type(link).add(link.ns, "vnet1")
    link.flag("never-stop", True)
    assert not ethtool.flags("vnet1")["never-stop"]


def test_timestamping_is_in_software(link):
    """ethtool -T: the driver stamps frames in software on their way out."""
    assert "software-transmit" in run("ethtool", "-T", link.name).stdout
