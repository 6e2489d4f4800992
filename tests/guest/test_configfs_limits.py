"""configfs: how much a link holds follows its rate and delay, and what is too little is told."""

import itertools

import pytest

from helpers.configfs import ours
from helpers.run import run
from helpers.way import MS, S, Way

GIGABIT = 1_000_000
LEAST = 1024, 16 << 20
SATELLITE = {"rate_kbps": GIGABIT, "latency_ns": 250 * MS}
# On their way then, and what is told to do.
FRAMES, NEEDED = 31_250_000 // 1538, (31_250_000 // 1538 + 128, 31_250_000 + (1 << 17))


def limits(item):
    """How much the item's link holds."""
    return int(item["line_frames"]), int(item["line_bytes"])


def wanted(rate, delay):
    """How much it is to hold at so many kbit/s, if a frame takes so many ns."""
    on_their_way = delay // 1000 * (rate or 10 * GIGABIT) // 8000
    frames = max(on_their_way // 1538, min(on_their_way // 60, 1 << 17)) + 128
    return (min(max(frames, LEAST[0]), 1 << 20),
            min(max(on_their_way + (1 << 17), LEAST[1]), 1 << 32))


@pytest.mark.parametrize("order", list(itertools.permutations(("rate_kbps", "latency_ns",
                                                               "jitter_ns"))))
def test_follows_in_any_order(powered, order):
    """Rate and delay; each change counts, up and down, and power changes nothing."""
    values = {"rate_kbps": 400_000, "latency_ns": 250 * MS, "jitter_ns": 50 * MS}
    now = {"rate_kbps": GIGABIT, "latency_ns": 0, "jitter_ns": 0}
    for name in order:
        powered[name] = values[name]
        now[name] = values[name]
        assert limits(powered) == wanted(now["rate_kbps"], now["latency_ns"] + now["jitter_ns"])
    powered["jitter_model"] = "normal"
    assert limits(powered) == wanted(400_000, 450 * MS)
    for power in (1, 0, 1):
        powered["power"] = power
        assert limits(powered) == wanted(400_000, 450 * MS)
    powered["latency_ns"] = powered["jitter_ns"] = 0
    assert limits(powered) == LEAST


@pytest.mark.parametrize("rate", [0, 1, 100, 100_000, 10 * GIGABIT, 400 * GIGABIT])
def test_all_rates(item, rate):
    """From the least to the most that a line is made for."""
    item["rate_kbps"] = rate
    for delay in (0, 1000, MS, 250 * MS, 10 * S):
        item["latency_ns"] = delay
        assert limits(item) == wanted(rate, delay)


def test_speed_by_ethtool(namespace, item):
    """It counts as any other change of the rate, whichever end it is set at."""
    item["far_end"], item["latency_ns"] = "peer", 250 * MS
    item.on()
    assert limits(item) == wanted(GIGABIT, 250 * MS)
    for number, speed in enumerate((10, 10_000, 100)):
        run("ethtool", "-s", f"vnet{number % 2}", "speed", speed, "autoneg", "off")
        assert limits(item) == wanted(1000 * speed, 250 * MS)


def test_what_was_written_stays(powered, log):
    """Until 0 is written, each limit for itself."""
    powered["line_frames"] = 500
    for name, value in SATELLITE.items():
        powered[name] = value
    assert limits(powered) == (500, wanted(GIGABIT, 250 * MS)[1])
    powered["line_bytes"] = 1 << 20
    powered["rate_kbps"] = 100_000
    assert limits(powered) == (500, 1 << 20)
    powered["line_frames"] = 0
    assert limits(powered) == (wanted(100_000, 250 * MS)[0], 1 << 20)
    powered["line_bytes"] = 0
    assert limits(powered) == wanted(100_000, 250 * MS)


def told(item, needed, has):
    """What the log says of too little."""
    return [f"vnet_rs: {item}: at 1000000 kbit/s {needed[0]} frames or {needed[1]} bytes can be on "
            f"their way, and there is room for {has[0]} frames and {has[1]} bytes: more is lost "
            "(line_full, line_no_memory)"]


def test_too_little_is_told_where_it_is_set(powered, log):
    """By whichever write, with what would do; and that does. Nothing is said of what is enough."""
    name = powered.path.name
    for attribute, value in SATELLITE.items():
        powered[attribute] = value
    powered["loss_ppm"] = 5
    assert not ours(log)
    powered["line_frames"] = 4096
    assert ours(log) == told(name, NEEDED, (4096, NEEDED[1]))
    powered["line_frames"] = FRAMES - 1
    assert ours(log) == told(name, NEEDED, (FRAMES - 1, NEEDED[1]))
    powered["loss_ppm"] = 6
    powered["rate_kbps"] = 1000
    assert not ours(log)
    powered["rate_kbps"] = GIGABIT
    assert ours(log) == told(name, NEEDED, (FRAMES - 1, NEEDED[1]))
    powered["line_frames"], powered["line_bytes"] = NEEDED
    assert not ours(log)


def test_too_little_for_a_speed_is_told(namespace, item, log):
    """ethtool's writer finds it in the log, too."""
    item["far_end"], item["rate_kbps"] = "peer", 1000
    item["latency_ns"], item["line_frames"] = 250 * MS, 1024
    item.on()
    assert not ours(log)
    run("ethtool", "-s", "vnet1", "speed", "1000", "autoneg", "off")
    assert ours(log) == told("vnet1", NEEDED, (1024, NEEDED[1]))


def test_nothing_is_lost_for_want_of_room(module, silent):
    """More than the least is on its way at once; it arrives, all of it, also when less would do for
    what comes after.
    """
    with Way("pair", silent, tx_ring=4096) as pair:
        pair.set(latency_ns=10 * S, rate_kbps=100_000)
        pair.post(2000)
        pair.has_left()
        assert pair.on_their_way() == 2000 > LEAST[0]
        pair.set(rate_kbps=1000)
        pair.set(latency_ns=1)
        assert limits(pair.item) == LEAST
        pair.post(100, first=2000)
        assert pair.arrived() == list(range(2100))
        assert pair.count("line_full") == 0
        assert pair.carries(100) == list(range(100))
