"""The properties of a link in configfs: what is read, what is refused, and when a change counts."""

import errno
import itertools
import time

from helpers import configfs
from helpers.vnet import Namespace
from helpers.wait import until
from helpers.way import CERTAIN, CHANCES, DEFAULTS, MS, OTHERS, S

LIMITS = {
    "overhead_bytes": (0, 1000), "latency_ns": (0, 10 * S), "jitter_ns": (0, 10 * S),
    "seed": (0, 2 ** 64 - 1), "line_frames": (1, 1 << 20), "line_bytes": (1 << 17, 1 << 32)} | {
        name: (0, CERTAIN) for name in CHANCES}
# Where 0 is a limit that follows from others.
FOLLOW = ("line_frames", "line_bytes")
NO_NUMBERS = [b"\n", b"-1\n", b"0x10\n", b"1.5\n", b"1e3\n", b"7\n8\n", b"7ms\n"]


def bad_writes(name):
    """What is refused, and with which error and words."""
    if name == "jitter_model":
        why = "must be one of uniform normal"
        bad = [(data, errno.EINVAL) for data in (b"\n", b"0\n", b"Normal\n", b"norma\n", b"1e3\n")]
    else:
        least, most = LIMITS[name]
        why = f"must be from {least} to {most}"
        if name in FOLLOW:
            why = why.replace("be from", "be 0, or from")
        bad = [(data, errno.EINVAL) for data in NO_NUMBERS]
        beyond = {most + 1, 2 ** 32 + least, 2 ** 64, 10 ** 20 - 1, least - 1} - {-1}
        bad += [(f"{number}\n".encode(), errno.ERANGE)
                for number in sorted(beyond) if not least <= number <= most
                and (number or name not in FOLLOW)]
    bad += [(b"1" * 21, errno.E2BIG), (b"0" * 100 + b"\n", errno.E2BIG)]
    return [(data, error, why) for data, error in bad]


def test_all_are_there(item):
    """An item has them, and describes a perfect link at first."""
    shown = item.all()
    assert {name: shown.get(name) for name in DEFAULTS} == DEFAULTS


def test_what_was_written_is_read(powered):
    """In each state; nothing else changes."""
    for name in FOLLOW:
        powered[name] = DEFAULTS[name]
    before = powered.all()
    for name, values in OTHERS.items():
        for value in (*values, DEFAULTS[name]):
            powered[name] = value
            assert powered.all() == before | {name: value}


def test_bad_value_is_refused(powered, log):
    """With the right error and one line that says what is allowed; nothing changes."""
    for name in DEFAULTS:
        with powered.unchanged():
            for data, error, why in bad_writes(name):
                powered.refuses(name, data, error, why, log)


def test_power_changes_nothing(item):
    """What is written before, during and after is there before, during and after."""
    values = {name: values[0] for name, values in OTHERS.items()} | {"line_frames": "100"}
    values |= {"line_bytes": values.pop("line_bytes")}
    with Namespace():
        for number, (name, value) in enumerate(values.items()):
            if number == len(values) // 2:
                item.on()
            item[name] = value
        for power in (0, 1, 1, 0):
            item["power"] = power
            shown = item.all()
            assert {name: shown[name] for name in values} == values
        item["far_end"] = "peer"
        item.on()
        shown = item.all()
        assert {name: shown[name] for name in values} == values
        item.off()


def test_change_is_for_the_next_frame(pair):
    """What is on its way already is neither lost nor doubled any more."""
    pair.set(latency_ns=2 * S)
    for first, change in ((0, {"loss_ppm": CERTAIN}), (10, {"loss_ppm": 0}),
                          (20, {"duplicate_ppm": CERTAIN}), (30, {"duplicate_ppm": 0}),
                          (40, {"corrupt_ppm": CERTAIN}), (50, {"corrupt_ppm": 0}), (60, {})):
        pair.post(10, first)
        pair.has_left()
        pair.set(**change)
    twice = [number for number in range(30, 40) for _ in range(2)]
    assert pair.arrived() == [*range(10), *range(20, 30), *twice, *range(40, 50), *range(60, 70)]


def test_latency_counts_from_the_next_frame_on(way):
    """None, then some, then none: nothing comes sooner than that."""
    for number, latency in enumerate((0, 500 * MS, 0)):
        way.set(latency_ns=latency)
        start = time.monotonic_ns()
        way.out.send(number.to_bytes(4, "big").ljust(100, bytes([number])))
        way.into.recv(200)
        took = time.monotonic_ns() - start
        assert took >= latency * (1 if way.is_pair else 2)
    until(lambda: way.on_their_way() == 0, "the line is empty")


def test_latency_is_taken_away_while_frames_are_on_their_way(way):
    """They still arrive, in order, before what is sent after them; then there is no line."""
    way.set(latency_ns=1 * S)
    way.post(50)
    way.has_left()
    way.set(latency_ns=0)
    way.post(50, first=50)
    assert way.arrived() == list(range(100))
    entered = way.count("line_entered")
    assert entered >= 50
    assert way.carries(10) == list(range(10))
    assert way.count("line_entered") == entered


def test_limit_below_what_is_on_its_way(pair, log):
    """EBUSY, and nothing changes: all of it arrives. What is enough is enough."""
    pair.set(latency_ns=10 * S)
    pair.post(50, size=1458)
    pair.has_left()
    failed = f"failed with error {-errno.EBUSY}"
    with configfs.every_line(), pair.item.unchanged():
        pair.item.refuses("line_frames", b"49\n", errno.EBUSY, failed, log)
        pair.item.refuses("line_frames", b"1\n", errno.EBUSY, failed, log)
    pair.set(line_frames=50, line_bytes=1 << 17)
    assert pair.item["line_frames"] == "50"
    pair.set(latency_ns=0)
    assert pair.arrived(size=1458) == list(range(50))
    pair.set(line_frames=1)
    assert pair.carries(10) == list(range(10))


def test_limit_in_bytes_below_what_is_on_its_way(pair, log):
    """The same for bytes."""
    pair.set(latency_ns=10 * S)
    pair.post(100, size=1458)
    pair.has_left()
    with configfs.every_line(), pair.item.unchanged():
        pair.item.refuses("line_bytes", b"131072\n", errno.EBUSY,
                          f"failed with error {-errno.EBUSY}", log)
    pair.set(line_bytes=150_000)
    assert pair.arrived(size=1458) == list(range(100))


def test_limits_change_while_frames_are_on_their_way(pair):
    """They move to a larger line, and a smaller one, and stay in order."""
    pair.set(latency_ns=1 * S)
    sizes = itertools.cycle((2000, 300, 5000))
    for number in range(6):
        pair.post(20, first=20 * number)
        pair.set(line_frames=next(sizes))
    assert pair.arrived() == list(range(120))
    assert pair.count("line_full") == 0


def test_large_line(powered):
    """A line can be much larger, and smaller again."""
    powered["line_frames"] = 65536
    powered["latency_ns"] = 1000
    powered["line_frames"] = 10
    assert powered["line_frames"] == "10"
    powered["latency_ns"] = 0


def test_overhead_is_time_on_the_wire(way):
    """Each frame takes so many bytes more: a slow wire shows it."""
    way.set(rate_kbps=1000, overhead_bytes=1000)
    start = time.monotonic_ns()
    assert way.carries(20) == list(range(20))
    # 1142 bytes each, at 1 Mbit/s.
    assert time.monotonic_ns() - start >= 20 * (1000 + 142) * 8 * 1000
    way.set(rate_kbps=0)
