"""NETDEV_TX_BUSY with real qdiscs: what comes back is requeued, retried by the softirq, sent.

That nothing is lost with a plain queue is in test_ring.py.
"""

import pathlib
import re

import pytest

from helpers.course import SIZE, numbers_from
from helpers.kernel import Trace
from helpers.traffic import send_numbered

SLOW = pytest.mark.parameters(rate_kbps=2000, tx_ring=8)
QDISCS = {
    "pfifo_fast": "pfifo_fast", "fq_codel": "fq_codel target 100s",
    "fq": "fq limit 1000 flow_limit 1000", "tbf": "tbf rate 100mbit burst 20k limit 1m",
    "prio": "prio", "ets": "ets bands 3 strict 1",
}


@pytest.fixture(name="busy")
def busy_fixture(course):
    """A port that never stops its queue, so that the ring is full now and then."""
    course.port.no_byte_limit()
    course.port.flag("never-stop", True)
    yield course
    course.port.flag("never-stop", False)


class Sent(Trace):
    """Each frame that a port takes, and whether a softirq or a sender brought it."""

    def __init__(self, port):
        super().__init__("net/net_dev_xmit", name="vnet_sent")
        # What is refused would be a thousand times as much.
        self.condition = f'name == "{port.name}" && rc == 0'

    def __enter__(self):
        self._begin()
        (self.instance / "events/net/net_dev_xmit/filter").write_text(self.condition)
        self._enable("1")
        return self

    def by_softirq(self):
        """For each frame, in order, whether it came from a softirq."""
        return [flags[2] in "sH" for flags in re.findall(
            r"\[\d+\] (\S+) .*net_dev_xmit: ", self.text())]


def softirqs():
    """How often NET_TX_SOFTIRQ has run."""
    lines = pathlib.Path("/proc/softirqs").read_text(encoding="ascii").splitlines()
    return sum(int(word) for line in lines if "NET_TX:" in line for word in line.split()[1:])


@SLOW
@pytest.mark.parametrize("spec", QDISCS.values(), ids=QDISCS.keys())
def test_busy_is_requeued_and_arrives(busy, spec):
    """Each qdisc takes back what the port has no room for, counts it, and loses nothing."""
    busy.qdisc(spec)
    before = busy.port.settle()
    with busy.flow() as (here, there):
        with busy.held():
            send_numbered(here, 60, SIZE)
        assert numbers_from(there, 60) == list(range(60))
    after = busy.port.settle()
    assert after["tx0_busy"] > before["tx0_busy"]
    assert after["tx_stops"] == before["tx_stops"]
    assert after["tx0_posted"] - before["tx0_posted"] == 60
    queue = busy.port.qdisc()
    assert queue["requeues"] > 0
    assert (queue["drops"], queue["qlen"]) == (0, 0)


@SLOW
def test_retries_come_from_the_softirq(busy):
    """The sender is done before more is sent than the ring takes: the softirq does the rest."""
    busy.qdisc(QDISCS["fq"])
    before, runs = busy.port.settle()["tx0_busy"], softirqs()
    with Sent(busy.port) as sent, busy.flow() as (here, there):
        with busy.held():
            send_numbered(here, 60, SIZE)
            assert busy.port.qdisc()["qlen"] > 40
        assert numbers_from(there, 60) == list(range(60))
        # The event of a frame comes after the driver has taken it: the softirq is to end.
        after = busy.port.settle()["tx0_busy"]
        by_softirq = sent.by_softirq()
    assert after > before
    assert softirqs() > runs
    assert len(by_softirq) == 60
    assert all(by_softirq[8:])


@SLOW
def test_every_refusal_is_requeued(busy):
    """A batch that is refused counts once for the port, and frame by frame for the qdisc."""
    busy.qdisc(QDISCS["prio"])
    before = busy.port.settle()["tx0_busy"]
    with busy.flow() as (here, there):
        with busy.held():
            send_numbered(here, 60, SIZE)
        assert len(numbers_from(there, 60)) == 60
    refused = busy.port.settle()["tx0_busy"] - before
    assert busy.port.qdisc()["requeues"] >= refused > 0
