"""Qdiscs in front of a slow wire: what waits, waits in them, and is sent or accounted for."""

import time

import pytest

from helpers.course import SIZE, arrivals, numbers_from, stamped
from helpers.traffic import numbered, send_numbered

# A datagram of 1000 bytes needs 4 ms. The watchdog gives a ring of this size two minutes.
SLOW = pytest.mark.parameters(rate_kbps=2000, tx_ring=256)
PRIORITY_FIRST, PRIORITY_LAST = 6, 2

# With room for all, and patience.
ROOMY = {
    "pfifo_fast": "pfifo_fast",
    "fq_codel": "fq_codel target 100s",
    "fq": "fq limit 1000 flow_limit 1000",
    "tbf": "tbf rate 100mbit burst 20k limit 1m",
    "prio": "prio",
    "ets": "ets bands 3 strict 1",
}
# With room for 20; simple queues have what the link's txqueuelen says.
TIGHT = {
    "pfifo_fast": "pfifo_fast",
    "fq_codel": "fq_codel limit 20 target 100s",
    "fq": "fq limit 20",
    "tbf": "tbf rate 100mbit burst 20k limit 20k",
    "prio": "prio",
    "ets": "ets bands 3 strict 1",
}


def byname(specs):
    """Each of the qdiscs, by its name."""
    return pytest.mark.parametrize("spec", specs.values(), ids=specs.keys())


@SLOW
@byname(ROOMY)
def test_what_waits_is_sent_in_order(course, spec):
    """A burst waits in the qdisc, and all of it arrives, in order."""
    course.qdisc(spec)
    with course.flow() as (here, there):
        with course.held():
            send_numbered(here, 100, SIZE)
            assert course.port.qdisc()["qlen"] > 80
        assert numbers_from(there, 100) == list(range(100))
    after = course.port.qdisc()
    assert (after["kind"], after["qlen"], after["drops"]) == (spec.split()[0], 0, 0)
    assert course.port.counter("tx0_busy") == 0


@SLOW
@byname(TIGHT)
def test_what_is_not_sent_is_a_drop(course, spec):
    """A burst that is too large: what arrives is in order, what does not is a drop."""
    course.qdisc(spec, length=20)
    before = course.port.settle()["tx0_posted"]
    with course.flow() as (here, there):
        with course.held():
            send_numbered(here, 100, SIZE)
            drops = course.port.qdisc()["drops"]
        assert drops > 60
        numbers = numbers_from(there, 100 - drops)
        assert len(numbers) == 100 - drops
        assert numbers == sorted(set(numbers))
    counters = course.port.settle()
    assert counters["tx0_posted"] - before == 100 - drops
    assert course.port.qdisc()["drops"] == drops


@SLOW
@pytest.mark.parametrize("spec", [
    "pfifo_fast", "prio", "ets bands 3 strict 3 priomap 2 2 2 2 2 2 0"],
    ids=["pfifo_fast", "prio", "ets"])
def test_the_urgent_goes_first(course, spec):
    """What has a better priority overtakes what waits, and keeps its own order."""
    course.qdisc(spec)
    with course.flow() as (here, there):
        with course.held():
            here.setsockopt(1, 12, PRIORITY_LAST)
            send_numbered(here, 80, SIZE)
            here.setsockopt(1, 12, PRIORITY_FIRST)
            for number in range(80, 85):
                here.send(numbered(number, SIZE))
            assert course.port.qdisc()["qlen"] > 60
        numbers = numbers_from(there, 85)
    assert [number for number in numbers if number < 80] == list(range(80))
    assert [number for number in numbers if number >= 80] == list(range(80, 85))
    # Those in the ring were before them, and what the stack had in hand for it.
    assert numbers.index(84) < 30


@SLOW
@pytest.mark.parametrize("spec", ["fq flow_limit 1000", "fq_codel target 100s flows 65535"],
                         ids=["fq", "fq_codel"])
def test_a_flow_does_not_wait_for_another(course, spec):
    """A single datagram of another flow does not have to wait until the first is through."""
    course.qdisc(spec)
    with course.flow() as (here, there), course.flow() as second, course.flow() as third:
        for _, into in ((here, there), second, third):
            stamped(into)
        with course.held():
            send_numbered(here, 80, SIZE)
            for out, _ in (second, third):
                out.send(numbered(7, SIZE))
        others = [arrivals(into, 1)[0] for _, into in (second, third)]
        first = arrivals(there, 80)
    # Those in the ring were before it, and what the stack had in hand for it. One of the two may
    # happen to share the first one's queue.
    assert min(sum(time < other for time in first) for other in others) < 30


@SLOW
def test_tbf_is_slower_than_the_wire(course):
    """A token bucket holds back what the wire would take, and loses nothing."""
    course.qdisc("tbf rate 500kbit burst 3k limit 1m")
    with course.flow() as (here, there):
        start = time.monotonic()
        send_numbered(here, 20, SIZE)
        assert numbers_from(there, 20) == list(range(20))
    assert time.monotonic() - start >= (20 * (SIZE + 42) - 3072) * 8 / 500_000
    assert course.port.qdisc()["drops"] == 0


@SLOW
def test_another_qdisc_in_the_middle_of_a_burst(course):
    """What waits in a qdisc that is replaced is dropped; what comes later is sent in order."""
    course.qdisc(ROOMY["prio"])
    with course.flow() as (here, there):
        with course.held():
            send_numbered(here, 60, SIZE)
            waiting = course.port.qdisc()["qlen"]
            assert waiting > 40
            course.port.plain_qdisc()
            for number in range(60, 90):
                here.send(numbered(number, SIZE))
        numbers = numbers_from(there, 90 - waiting)
    assert numbers == [*range(60 - waiting), *range(60, 90)]
