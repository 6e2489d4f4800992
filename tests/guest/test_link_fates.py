"""What a link does to frames is what its counters say: losses, copies, order, wrong bits."""

import socket

import pytest

from helpers.cpu import Beside, softirqs_end
from helpers.features import switch
from helpers.fidelity import late
from helpers.packet import Tap
from helpers.pktgen import Pktgen
from helpers.snmp import counts
from helpers.talk import connection, expected, noise, received
from helpers.traffic import numbered
from helpers.wait import until
from helpers.way import CERTAIN, MS

COUNT = 300
SOL_UDP, UDP_SEGMENT = 17, 103


def in_order(numbers):
    """Whether none has overtaken another."""
    return numbers == sorted(numbers)


def test_perfect_link_counts_nothing(way):
    """What nobody has set does not happen."""
    assert way.carries(COUNT) == list(range(COUNT))
    line = {name: value for name, value in way.near.counters().items()
            if name.startswith("line_")}
    assert not any(line.values()) and len(line) == 9, line


def test_all_are_lost(way):
    """Nothing arrives; it has been sent all the same, and is no drop of anybody's."""
    way.set(loss_ppm=CERTAIN)
    assert way.carries(COUNT) == []
    assert way.count("tx_packets") == way.count("line_lost") == COUNT
    assert way.count("rx0_delivered", way.far) == 0
    assert way.near.stats()["tx_packets"] == way.near.counter("tx_packets")
    assert (way.near.stats()["tx_dropped"], way.near.stats()["tx_errors"]) == (0, 0)
    way.set(loss_ppm=0)
    assert way.carries(10) == list(range(10))


def test_some_are_lost(way):
    """What is sent arrives or is counted as lost, and keeps its order."""
    way.set(loss_ppm=300_000)
    numbers = way.carries(COUNT)
    assert in_order(numbers) and len(set(numbers)) == len(numbers)
    assert 0 < len(numbers) == COUNT - way.count("line_lost") < COUNT
    assert way.count("tx_packets") == COUNT


def test_bad_link_loses_all_of_a_burst(way):
    """While the link is bad all is lost, while it is good nothing: what is lost are bursts."""
    way.set(burst_enter_ppm=100_000, burst_leave_ppm=200_000)
    numbers = way.carries(COUNT)
    assert in_order(numbers)
    assert 0 < way.count("line_lost") == COUNT - len(numbers) < COUNT
    way.set(burst_enter_ppm=CERTAIN, burst_leave_ppm=0)
    assert way.carries(COUNT) == []
    # It is bad for as long as it can be.
    way.set(burst_enter_ppm=0)
    assert way.carries(COUNT) == list(range(COUNT))


def test_copies(way):
    """Some arrive twice, one behind the other, as often as is counted."""
    way.set(duplicate_ppm=300_000)
    numbers = way.carries(COUNT)
    assert set(numbers) == set(range(COUNT)) and in_order(numbers)
    assert 0 < way.count("line_duplicated") == len(numbers) - COUNT


def test_all_arrive_twice(pair):
    """Each frame and its copy."""
    pair.set(duplicate_ppm=CERTAIN)
    assert pair.carries(COUNT) == [number for number in range(COUNT) for _ in range(2)]
    assert pair.count("line_duplicated") == COUNT
    assert pair.count("rx0_delivered", pair.far) == 2 * COUNT


def test_some_are_late(pair):
    """As many as is counted, by the next one that is not overtaken itself; none is lost."""
    pair.set(reorder_ppm=200_000)
    pair.post(COUNT)
    numbers = pair.arrived()
    assert sorted(numbers) == list(range(COUNT))
    held = pair.count("line_reordered")
    # The last ones have nobody behind them.
    alone = held - late(numbers)
    assert 0 < held < COUNT
    assert 0 <= alone < 10 and numbers[COUNT - alone:] == list(range(COUNT - alone, COUNT))
    # Between two that are not, there are those that the second one has overtaken.
    steps = [(one, two) for one, two in zip(numbers, numbers[1:]) if two < one]
    assert all(two == max(numbers[:numbers.index(one)], default=-1) + 1 for one, two in steps)


def test_frame_that_nobody_overtakes_arrives(way):
    """It waits for the next one, but not for ever."""
    way.set(reorder_ppm=CERTAIN)
    assert way.carries(3) == [0, 1, 2]
    assert way.count("line_reordered") == (3 if way.is_pair else 6)


def test_order_is_kept_while_the_latency_changes(way):
    """Without jitter nothing overtakes, whatever is done to the latency."""
    way.set(latency_ns=300 * MS)
    for number, latency in enumerate((200 * MS, 50 * MS, 0, 20 * MS, 1)):
        way.post(20, first=20 * number)
        way.set(latency_ns=latency)
    assert way.arrived() == list(range(100))


def test_jitter_loses_nothing(way):
    """Frames overtake each other, each arrives once, and none is counted as reordered."""
    for model in ("uniform", "normal"):
        way.set(jitter_model=model, latency_ns=20 * MS, jitter_ns=5 * MS)
        numbers = way.carries(COUNT)
        assert sorted(numbers) == list(range(COUNT)) and not in_order(numbers)
    assert way.count("line_reordered") == 0


def test_receiver_notices_every_wrong_bit(way):
    """Of frames with a bit wrong none reaches the application; all others do."""
    def stack_counts():
        with way.far.room.inside():
            return {(protocol, name): value for protocol in ("Ip", "Udp")
                    for name, value in counts(protocol).items()}

    before = stack_counts()
    way.set(corrupt_ppm=300_000)
    numbers = way.carries(COUNT, size=1000)
    assert in_order(numbers)
    wrong = way.count("line_corrupted")
    assert 0 < wrong == COUNT - len(numbers) < COUNT
    if way.is_pair:
        # In the header of IP, in that of UDP, in what it sums up.
        after = stack_counts()
        errors = {key: after[key] - before[key] for key in before}
        assert errors["Ip", "InHdrErrors"] + errors["Udp", "InErrors"] == wrong
        assert errors["Udp", "InCsumErrors"] > wrong // 2
    way.set(corrupt_ppm=0)
    assert way.carries(10) == list(range(10))


def wrong_bits(one, other):
    """In how many bits two frames differ."""
    assert len(one) == len(other)
    return sum((a ^ b).bit_count() for a, b in zip(one, other))


def test_frame_that_is_sent_many_times_is_not_written(pair):
    """pktgen sends the same skb over and over: each wrong bit is in one frame only."""
    pair.set(corrupt_ppm=500_000, duplicate_ppm=100_000)
    with Tap(pair.far) as tap:
        with pair.near.room.inside(), Pktgen(
                pair.near, pair.far.mac, count=200, size=200) as pktgen:
            pktgen.run()
        until(pair.is_through, "all is through")
        softirqs_end()
        frames = tap.wait(200, kind=socket.PACKET_HOST)
    wrong = pair.count("line_corrupted")
    right = max(frames, key=frames.count)
    bits = [wrong_bits(frame, right) for frame in frames]
    assert set(bits) == {0, 1}
    # Copies are as wrong as the frame is.
    assert 0 < wrong <= sum(bits) <= wrong + pair.count("line_duplicated")


def test_file_arrives_whole_over_a_link_with_wrong_bits(pair, tmp_path):
    """TCP sends again what was damaged; neither its buffers nor the page cache are written."""
    data = noise(200_000)
    path = tmp_path / "data"
    path.write_bytes(data)
    pair.set(corrupt_ppm=30_000)
    with connection(pair.near, pair.far) as (here, there), path.open("rb") as file:
        def send():
            here.sendfile(file)
            here.shutdown(socket.SHUT_WR)

        sender = Beside(target=send, daemon=True)
        sender.start()
        there.settimeout(100)
        assert received(there) == expected(data)
        sender.join(timeout=100)
    assert pair.count("line_corrupted") > 0
    assert path.read_bytes() == data


@pytest.mark.parametrize("name", ["loss_ppm", "duplicate_ppm", "corrupt_ppm"])
def test_the_same_seed_does_the_same(way, name):
    """Power down and up, and it happens to the same frames; with another seed to others."""
    runs = []
    for seed in (7, 7, 8, 7):
        way.off()
        way.set(**{name: 0, "seed": seed})
        way.on()
        way.set(**{name: 200_000})
        runs.append(way.carries(COUNT, size=1000))
    assert runs[0] == runs[1] == runs[3] != runs[2]
    # A seed that changes begins anew.
    for seed in (8, 7):
        way.set(seed=seed)
    assert way.carries(COUNT, size=1000) == runs[0]


def test_directions_have_fates_of_their_own(pair):
    """Not the same frames are lost both ways."""
    with pair.far.room.inside():
        pair.far.no_byte_limit()
    pair.set(loss_ppm=300_000, seed=3)
    there = pair.carries(COUNT)
    pair.near, pair.far, pair.out, pair.into = pair.far, pair.near, pair.into, pair.out
    pair.out.connect((pair.far.v4, 5000))
    back = pair.carries(COUNT)
    assert back and back != there


def send_gso(way, count):
    """Sends one GSO skb of datagrams, which the wire may have to cut."""
    way.out.setsockopt(SOL_UDP, UDP_SEGMENT, 1000)
    try:
        way.out.send(b"".join(numbered(number, 1000) for number in range(count)))
    finally:
        way.out.setsockopt(SOL_UDP, UDP_SEGMENT, 0)


CUTS = {"loss_ppm": 1, "duplicate_ppm": 1, "reorder_ppm": 1, "corrupt_ppm": 1,
        "burst_enter_ppm": 1}


@pytest.mark.parametrize("name", [None, "latency_ns", *CUTS])
def test_trains_are_cut_where_something_happens_to_frames(pair, name):
    """And cross whole where frames are only late: the receiver's card cuts what GRO is to join."""
    with pair.near.room.inside():
        switch(pair.near.name, {"tx-udp-segmentation": True})
    if name:
        pair.set(**{name: CUTS.get(name, MS)})
    send_gso(pair, 20)
    numbers = pair.arrived(size=1000)
    # One in a million may be lost, or come twice.
    assert len(numbers) >= 18
    assert pair.count("tx0_posted") == 1
    assert pair.count("tx_packets") == pair.count("rx_packets", pair.far) == 20
    assert pair.count("rx0_delivered", pair.far) == 20
    if name in ("latency_ns", "reorder_ppm"):
        assert pair.count("line_entered") == (20 if name in CUTS else 1)


def test_frames_of_a_gso_skb_are_lost_one_by_one(pair):
    """Half of them, not all or none."""
    with pair.near.room.inside():
        switch(pair.near.name, {"tx-udp-segmentation": True})
    pair.set(loss_ppm=500_000)
    send_gso(pair, 40)
    numbers = pair.arrived(size=1000)
    assert 0 < len(numbers) == 40 - pair.count("line_lost") < 40
    assert in_order(numbers)
