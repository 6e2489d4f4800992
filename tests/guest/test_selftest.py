"""The self-test: passes, fails when the card is dead, and loses no traffic."""

import re

import pytest

from helpers.near_far import pair
from helpers.queues import all_books, echoed, flows, of_queues, settled, total
from helpers.run import run
from helpers.traffic import echo_numbered, receive_numbered, send_numbered, udp
from helpers.vnet import ECHO

RING, INTERRUPT, LOOPBACK = "ring (online)", "interrupt (online)", "loopback (offline)"


def self_test(port, how):
    """Runs the test: whether it passed, and the result of each, 0 if it is well."""
    result = run("ethtool", "-t", port.name, how, check=False)
    passed = re.search(r"The test result is (PASS|FAIL)", result.stdout).group(1) == "PASS"
    assert (result.returncode == 0) == passed
    results = re.findall(r"^(.*\))\s+(\d+)\s*$", result.stdout, re.M)
    return passed, {name.strip(): int(value) for name, value in results}


ALL_WELL = (True, {RING: 0, INTERRUPT: 0, LOOPBACK: 0})


@pytest.mark.parameters(queues=2)
@pytest.mark.parametrize("how", ["online", "offline"])
def test_passes(port, how):
    """A port that is well passes, and polls while it does."""
    before = of_queues(port, "rx_received"), settled(port)
    assert self_test(port, how) == ALL_WELL
    after = settled(port)
    for queue in range(2):
        assert after[f"q{queue}_polls"] > before[1][f"q{queue}_polls"]
    looped = total(after, "rx_received") - sum(before[0])
    assert looped == (1 if how == "offline" else 0)
    with flows(16) as socks:
        for sock in socks:
            echoed(sock)


def test_passes_again_and_again(port):
    """Ten offline tests: every one loops one frame, and no other trace remains."""
    before = settled(port)
    for _ in range(10):
        assert self_test(port, "offline") == ALL_WELL
    after = settled(port)
    for name in ("tx0_posted", "tx0_reaped", "rx0_received"):
        assert after[name] - before[name] == 10, name
    assert after["tx0_purged"] == after["rx0_purged"] == 0
    assert all(after[name] == before[name] for name in ECHO), "the far end saw nothing"


# So slow that the watchdog lets the engine hang for as long as an offline test takes.
@pytest.mark.parameters(queues=2, rate_kbps=1000)
@pytest.mark.parametrize("how, failed", [("online", []), ("offline", [LOOPBACK])])
def test_a_dead_card_fails(port, how, failed):
    """With hang-engine the frame of the loopback does not come back; afterwards all goes on."""
    port.far_mac()
    port.flag("hang-engine", True)
    with udp() as sock:
        send_numbered(sock, 10, 200)
        passed, results = self_test(port, how)
        assert passed == (not failed)
        assert [name for name, result in results.items() if result] == failed
        port.flag("hang-engine", False)
        receive_numbered(sock, 10, 200)
    counters = settled(port)
    assert total(counters, "tx_purged") == len(failed), "the test frame, and nothing else"
    assert self_test(port, "offline") == ALL_WELL


@pytest.mark.parametrize("how", ["online", "offline"])
def test_a_port_that_is_down_fails(link, log, how):
    """There is nothing to test, and the log says why; the port comes up as ever afterwards."""
    log.lines()
    passed, results = self_test(link, how)
    assert not passed
    assert [line for line in log.lines() if "a port that is down cannot be tested" in line]
    assert results[RING] and results[INTERRUPT]
    link.up()
    link.address()
    echo_numbered(20, 200)


@pytest.mark.parameters(rate_kbps=20)
def test_traffic_stands_still_and_goes_on(port):
    """Offline tests in the middle of a burst: all datagrams come back, in order, once."""
    port.plain_qdisc()
    port.no_byte_limit()
    port.far_mac()
    with udp() as sock:
        # Each takes 0.2 s.
        send_numbered(sock, 240, 500)
        for _ in range(4):
            assert self_test(port, "offline") == ALL_WELL
        assert port.counter("tx0_completed") < 240, "too late"
        run("ethtool", "-s", port.name, "speed", 1000, "autoneg", "off")
        receive_numbered(sock, 240, 500)
    counters = settled(port)
    assert counters["tx0_purged"] == counters["rx0_purged"] == counters["rx_missed"] == 0


def test_a_pair_is_tested_alone():
    """The frame of the loopback stays at its end; datagrams on the cable are not lost."""
    with pair(pairs=1, ports=0, rate_kbps=2000) as cable:
        cable.near.plain_qdisc()
        with cable.receiver() as there, udp(port=7000) as sock:
            send_numbered(sock, 100, 500)
            assert self_test(cable.near, "offline") == ALL_WELL
            with cable.there():
                assert self_test(cable.far, "offline") == ALL_WELL
            receive_numbered(there, 100, 500)
        all_books(cable.near)
        with cable.there():
            all_books(cable.far)
            assert settled(cable.far)["rx0_purged"] == 0
