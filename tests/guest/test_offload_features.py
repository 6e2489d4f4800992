"""The list of offloads, and that each can be switched while traffic flows."""

import contextlib
import itertools
import random
import threading

import pytest

from helpers.cpu import Beside
from helpers.features import listed
from helpers.run import run
from helpers.stream import connection, datagrams, noise, push
from helpers.traffic import echo_numbered, receive_numbered, send_numbered
from helpers.wait import until

pytestmark = pytest.mark.ipv6

ON = """
rx-checksumming tx-checksum-ip-generic tx-scatter-gather tx-tcp-segmentation
tx-tcp-ecn-segmentation tx-tcp-mangleid-segmentation tx-tcp6-segmentation
tx-udp-segmentation generic-segmentation-offload generic-receive-offload
rx-vlan-offload tx-vlan-offload tx-vlan-stag-hw-insert receive-hashing highdma rx-gro-hw
""".split()
OFF = ["loopback", "rx-gro-list", "rx-udp-gro-forwarding", "tx-nocache-copy"]
ABSENT = ["large-receive-offload", "rx-vlan-filter", "rx-vlan-stag-hw-parse",
          "vlan-challenged", "rx-all", "rx-fcs", "ntuple-filters", "hw-tc-offload"]


class Traffic:
    """Threads that send and compare while the block runs."""

    def __init__(self, *rounds):
        self.over = threading.Event()
        self.failures = []
        self.done = [0] * len(rounds)
        self.threads = [Beside(target=self._work, args=one, daemon=True)
                        for one in enumerate(rounds)]

    def _work(self, number, one_round):
        try:
            while not self.over.is_set():
                one_round()
                self.done[number] += 1
        except (AssertionError, OSError) as failure:
            self.failures.append(failure)

    def goes_on(self):
        """Waits until each thread has done a round that began after this."""
        before = list(self.done)

        def more():
            assert not self.failures, self.failures
            return all(now >= then + 2 for now, then in zip(self.done, before))
        until(more, "there is traffic", 60, pause=0.005)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(60)
        assert not self.failures, self.failures


@contextlib.contextmanager
def traffic(bench):
    """TCP both ways and UDP over the pair, and UDP to the echo host."""
    data = noise(1 << 15)

    def datagram_round(pair):
        send_numbered(pair[0], 10, 1001)
        receive_numbered(pair[1], 10, 1001)

    with connection(bench) as forth, connection(bench, v6=True, back=True) as back, \
            datagrams(bench) as pair:
        with Traffic(lambda: push(*forth, data), lambda: push(*back, data),
                     lambda: datagram_round(pair), lambda: echo_numbered(10, 777)) as running:
            running.goes_on()
            yield running


def test_list(bench):
    """What the card does is on and can be switched; what it does not do is off for good."""
    for name in (bench.near.name, bench.echo.name):
        shown = listed(name)
        changeable = {feature for feature, state in shown.items() if state["fixed"] is False}
        assert {"tx-checksum-ip-generic"} | changeable >= set(ON + OFF)
        assert [one for one in ON if not shown[one]["active"]] == []
        assert [one for one in OFF if shown[one]["active"]] == []
        for feature in ABSENT:
            assert shown[feature] == {"active": False, "fixed": True, "requested": False}


@pytest.mark.parametrize("feature", ["large-receive-offload", "rx-fcs", "rx-vlan-filter"])
def test_absent_offload_cannot_be_switched_on(bench, feature):
    """There is no such thing, and ethtool says so."""
    assert run("ethtool", "-K", bench.near.name, feature, "on", check=False).returncode != 0
    assert not listed(bench.near.name)[feature]["active"]


def test_each_switches_under_traffic(bench):
    """One after the other goes off and on (or on and off); nothing is lost or changed."""
    usual = bench.near.features()
    order = [feature for feature in usual if feature != "loopback"]
    assert len(order) >= len(ON)
    with traffic(bench) as running:
        for last, feature in itertools.pairwise([None, *order, None]):
            for port in bench.ports:
                back = {last: usual[last]} if last else {}
                port.set_features(back | ({feature: not usual[feature]} if feature else {}))
                if feature:
                    assert port.features()[feature] != usual[feature], feature
            running.goes_on()
    assert all(port.features() == usual for port in bench.ports)


@pytest.mark.parametrize("seed", [1, 2])
def test_any_set_works_under_traffic(bench, seed):
    """Whatever is switched on and off together, nothing is lost or changed."""
    usual = bench.near.features()
    dice = random.Random(seed)
    with traffic(bench) as running:
        for _ in range(4):
            for port in bench.ports:
                port.set_features({feature: dice.choice([True, False])
                                   for feature in usual if feature != "loopback"})
            running.goes_on()
    for port in bench.ports:
        port.set_features(usual)
        assert port.features() == usual
