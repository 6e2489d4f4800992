"""The directions of a cable, each with properties of its own: `ab`, `ba`, and both at once."""

import errno
import os

import pytest

from helpers.configfs import Item, ours
from helpers.events import Steps
from helpers.run import run, run_json
from helpers.traffic import numbered
from helpers.wait import until
from helpers.way import CERTAIN, DEFAULTS, MS, OTHERS, Way

PROPERTIES = {"rate_kbps": ("0", "400000000")} | OTHERS
FOLLOW = ("line_frames", "line_bytes")
DIRECTIONS = ("ab", "ba")
OTHER = {"ab": "ba", "ba": "ab"}
# Of an echo host both directions are seen together.
PAIR = pytest.mark.parametrize("way", ["pair"], indirect=True)
# Ethernet, IPv4 and UDP headers, and what a frame takes on the wire besides itself.
HEADERS, OVERHEAD = 14 + 20 + 8, 24


def wire_ns(size, kbps):
    """How long a datagram takes on the wire, in ns."""
    return (size + HEADERS + OVERHEAD) * 8 * 1_000_000 // kbps


@pytest.fixture(name="powered")
def powered_fixture(powered):
    """An item in each state, whose limits do not follow from other properties."""
    for name in FOLLOW:
        powered[name] = DEFAULTS[name]
    return powered


def one_way(item, direction):
    """The properties of a direction."""
    return {name: item[f"{direction}/{name}"] for name in os.listdir(item.path / direction)}


def test_each_has_all_properties(item):
    """Those of the item, and nothing else; both are perfect at first, at the module's rate."""
    for direction in DIRECTIONS:
        assert one_way(item, direction) == DEFAULTS | {"rate_kbps": "1000000"}
    assert {path.name for path in item.path.iterdir() if path.is_dir()} == set(DIRECTIONS)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_one_is_set(powered, direction):
    """The other one stays as it is, and the item shows both: first `ab`, then `ba`."""
    for name, values in PROPERTIES.items():
        before, others = one_way(powered, direction), one_way(powered, OTHER[direction])
        usual = powered[name]
        assert usual == before[name]
        for value in values:
            powered[f"{direction}/{name}"] = value
            assert one_way(powered, direction) == before | {name: value}
            assert one_way(powered, OTHER[direction]) == others
            both = (value, usual) if direction == "ab" else (usual, value)
            assert powered[name] == (value if value == usual else " ".join(both))
        powered[f"{direction}/{name}"] = usual


def test_both_are_set(powered):
    """One value is for both; of two the first is for `ab`. What is read can be written."""
    for name, (one, other) in PROPERTIES.items():
        usual = powered[name]
        powered[name] = f"{one} {other}"
        assert [powered[f"{way}/{name}"] for way in DIRECTIONS] == [one, other]
        shown = powered[name]
        powered[name] = usual
        assert [powered[f"{way}/{name}"] for way in DIRECTIONS] == [usual, usual]
        powered[name] = shown
        assert powered[name] == f"{one} {other}"
        powered[name] = usual


def test_bad_value_is_refused(powered, log):
    """Of one direction or of one of two: nothing changes, and the log says where it was."""
    with powered.unchanged():
        for way in DIRECTIONS:
            for data, error in [
                    (b"1 2\n", errno.EINVAL), (b"-1\n", errno.EINVAL), (b"\n", errno.EINVAL),
                    (b"1000001\n", errno.ERANGE), (b"1" * 21, errno.E2BIG)]:
                powered.refuses(f"{way}/loss_ppm", data, error, "must be from 0 to 1000000", log)
        for data, error in [
                (b"1 \n", errno.EINVAL), (b" 1\n", errno.EINVAL), (b"1  2\n", errno.EINVAL),
                (b"1 2 3\n", errno.EINVAL), (b"1\n2\n", errno.EINVAL), (b"1\n 2\n", errno.EINVAL),
                (b"1 1000001\n", errno.ERANGE), (b"1000001 1\n", errno.ERANGE),
                (b"1 " + b"1" * 21, errno.E2BIG)]:
            powered.refuses("loss_ppm", data, error, "must be from 0 to 1000000", log)
        # Where there is one value, two make none.
        powered.refuses("plugged", b"1 0\n", errno.EINVAL, "must be from 0 to 1", log)


def test_directories_stay(item):
    """Users cannot remove them, nor make others, and they go with the item."""
    for way in DIRECTIONS:
        with pytest.raises(PermissionError):
            (item.path / way).rmdir()
        with pytest.raises(PermissionError):
            (item.path / way / "c").mkdir()
    with pytest.raises(PermissionError):
        (item.path / "c").mkdir()
    with pytest.raises(FileExistsError):
        (item.path / "ab").mkdir()


def test_item_goes_while_a_file_is_open(module):
    """What is open then is of no use any more, and does no harm."""
    with Item() as item:
        fd = os.open(item.path / "ba" / "rate_kbps", os.O_RDWR)
        assert os.read(fd, 100) == b"1000000\n"
        item.path.rmdir()
        with pytest.raises(OSError):
            os.write(fd, b"7\n")
        os.close(fd)


@PAIR
def test_loss_in_one_direction(way):
    """What goes the other way arrives."""
    way.set(loss_ppm=f"{CERTAIN} 0")
    assert not way.carries(20)
    assert way.count("line_lost") == 20
    way.into.connect(way.out.getsockname())
    way.into.send(numbered(7, 100))
    assert way.out.recv(100) == numbered(7, 100)
    assert way.count("line_lost", way.far) == 0


def test_latency_in_each_direction(way):
    """Each takes its own time, to the nanosecond by the wire's arithmetic."""
    forth, back = 10 * MS, 30 * MS
    way.item["ab/latency_ns"] = forth
    way.item["ba/latency_ns"] = back
    with Steps("complete", "deliver") as steps:
        assert way.carries(1) == [0]
        if way.is_pair:
            way.into.connect(way.out.getsockname())
            way.into.send(numbered(1, 100))
            way.out.recv(100)
        left, came = steps.all("complete"), steps.all("deliver")
    took = [there["at"] - here["at"] for here, there in zip(left, came)]
    assert took == ([forth, back] if way.is_pair else [forth + back])


def spacing(steps, step):
    """The times between events of a step, in ns, by the wire's arithmetic."""
    times = [event["at"] for event in steps.all(step)]
    return [after - before for before, after in zip(times, times[1:])]


@PAIR
def test_rate_in_each_direction(way):
    """Frames leave one behind the other at their own direction's rate."""
    way.set(rate_kbps="10000 1000")
    with Steps("complete") as steps:
        way.carries(20)
        forth = spacing(steps, "complete")
    assert set(forth) == {wire_ns(100, 10_000)}
    way.into.connect(way.out.getsockname())
    with Steps("complete") as steps:
        # The queue is full soon, so these leave one right behind the other.
        for number in range(20):
            way.into.send(numbered(number, 100))
        until(lambda: way.count("tx0_completed", way.far) == 20, "all have left")
        back = spacing(steps, "complete")
    assert min(back) == wire_ns(100, 1000)


@PAIR
def test_speed_is_that_of_the_own_wire(way):
    """Each port shows the rate at which it sends; `ethtool -s` sets both."""
    way.set(rate_kbps="10000 100000")

    def speeds():
        for end in (way.near, way.far):
            with end.room.inside():
                yield run_json("ethtool", "--json", end.name)[0]["speed"]

    assert list(speeds()) == [10, 100]
    with way.far.room.inside():
        run("ethtool", "-s", way.far.name, "speed", 1000, "autoneg", "off")
    assert list(speeds()) == [1000, 1000]
    assert way.item["rate_kbps"] == "1000000"


def replied(echo, count, first=0):
    """Waits until the host has replied to so many; returns the numbers of the replies."""
    echo.post(count, first)
    until(lambda: echo.count("echo_replies") + echo.count("echo_unsent") == first + count,
          "all are answered")
    return echo.arrived()


@pytest.fixture(name="echo")
def echo_fixture(module, silent):
    """A way to an echo host."""
    with Way("echo", silent) as way:
        yield way


def test_slow_way_back(echo):
    """The replies of an echo host leave at the rate of its own wire, one behind the other."""
    echo.set(rate_kbps="1000000 10000")
    with Steps("deliver") as steps:
        assert replied(echo, 100) == list(range(100))
        apart = spacing(steps, "deliver")
    assert set(apart) == {wire_ns(100, 10_000)}


def test_fast_way_back(echo):
    """A reply leaves when its request has come, if the wire back is as fast, or has no limit."""
    for number, rates in enumerate(("10000", "10000 0", "10000 1000000")):
        echo.set(rate_kbps=rates)
        sent = range(20 * number, 20 * number + 20)
        with Steps("complete", "deliver") as steps:
            assert replied(echo, 20, first=sent[0]) == list(sent)
            left, came = steps.all("complete"), steps.all("deliver")
        assert [event["at"] for event in came] == [event["at"] for event in left]


def test_host_has_a_queue(echo):
    """Replies that find no room there are lost, and counted; the books of the port are right."""
    echo.set(rate_kbps="0 1000")
    count = 600
    # 256 of these take 300 ms on the wire: the host has seen all others before.
    came = replied(echo, count)
    unsent = echo.count("echo_unsent")
    assert 0 < unsent <= count - 256
    assert len(came) == echo.count("echo_replies") == count - unsent
    assert came == sorted(came)
    assert echo.count("rx0_delivered") == len(came)


def test_queue_stays_when_the_plug_comes_out(echo):
    """What has not left the host when the cable is out is lost there."""
    echo.set(rate_kbps="0 100")
    echo.post(50)
    until(lambda: echo.count("tx0_completed") == 50, "all have left")
    echo.set(plugged=0)
    until(lambda: echo.count("echo_replies") + echo.count("echo_unsent")
          + echo.count("line_purged") >= 50, "all replies are accounted for")
    assert echo.count("echo_unsent") > 0
    echo.set(plugged=1)
    until(lambda: echo.near.has_carrier, "there is a link again")
    echo.set(rate_kbps=0)
    echo.arrived()
    assert echo.carries(5, first=100) == list(range(100, 105))


def test_new_rate_on_the_way_back(echo):
    """It holds from the next reply on: those in the queue leave by it."""
    echo.set(rate_kbps="0 1")
    echo.post(10)
    until(lambda: echo.count("tx0_completed") == 10, "all have left")
    # At the old rate all would take 13 s, and the first alone takes more than one.
    with Steps("deliver") as steps:
        echo.set(rate_kbps="0 1000000")
        until(lambda: echo.count("echo_replies") == 10, "all are answered")
        apart = spacing(steps, "deliver")
    assert echo.arrived() == list(range(10))
    assert max(apart) <= wire_ns(100, 1000000)


def test_memory_is_that_of_the_lines_in_use(item):
    """A direction with a perfect link has no line."""
    for far_end, lines in (("echo", 2), ("sink", 1), ("peer", 2)):
        item["far_end"] = far_end
        item["latency_ns"] = 0
        none = int(item["memory_bytes"])
        item["latency_ns"] = MS
        both = int(item["memory_bytes"])
        item["latency_ns"] = f"{MS} 0"
        assert int(item["memory_bytes"]) - none == (both - none) // lines > 0
        item["latency_ns"] = f"0 {MS}"
        assert int(item["memory_bytes"]) - none == (both - none) // lines * (lines - 1)


def test_too_little_room_is_said_of_the_direction(item, log):
    """Where only one of them has too little; of both alike the log says it once."""
    item["far_end"] = "peer"
    item["line_frames"] = 10
    log.lines()
    item["ba/latency_ns"] = 100 * MS
    said = ours(log)
    assert len(said) == 1 and said[0].startswith("vnet_rs: cable0: ba: at 1000000 kbit/s ")
    item["latency_ns"] = 200 * MS
    said = ours(log)
    assert len(said) == 1 and said[0].startswith("vnet_rs: cable0: at 1000000 kbit/s ")


@PAIR
def test_fates_are_drawn_for_each_direction(way):
    """A seed of its own makes the same losses again, whatever the other direction does."""
    way.set(loss_ppm=500_000, seed="3 4")
    first = way.carries(100)
    assert 0 < len(first) < 100
    way.item["ba/seed"] = 5
    way.item["ab/seed"] = 6
    way.item["ab/seed"] = 3
    assert way.carries(100) == first
