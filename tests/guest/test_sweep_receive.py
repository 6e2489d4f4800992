"""Every allocation on the way of a frame that arrives fails in turn, one function after the other.

Frames are lost then, each is counted, and what comes is right; after that nothing is missing. A
receiver is no thread of ours, so it is each third allocation that fails, whoever asks.
"""

import socket

import pytest

from helpers.cable import vnet_only
from helpers.failslab import needs_failslab
from helpers.features import switch
from helpers.packet import Tap
from helpers.sweep import (
    STOCK, debugging_aid, failing_below, kernel_place, module_place, module_text, no_skb_leaks)
from helpers.traffic import numbered
from helpers.way import CERTAIN

pytestmark = [needs_failslab, vnet_only]
COUNT, THIRD, SEGMENTS, SIZE = 900, 3, 10, 100
# More than STOCK, so that a leak shows.
LEAST = COUNT // THIRD - 1
SOL_UDP, UDP_SEGMENT = 17, 103
SO_ZEROCOPY, MSG_ZEROCOPY = 60, 0x4000000


def carries_all(way):
    """Asserts that nothing is missing any more."""
    assert way.carries(COUNT) == list(range(COUNT))


def in_order(numbers):
    """Whether none has overtaken another, or come twice."""
    return numbers == sorted(set(numbers))


@pytest.mark.parametrize("way", ["echo"], indirect=True)
def test_reply(way):
    """Without memory for a reply there is none."""
    with no_skb_leaks(), failing_below(module_place("net_rs_alloc_skb"), THIRD) as failed:
        numbers = way.carries(COUNT)
        assert in_order(numbers)
        assert COUNT - len(numbers) == failed() == way.count("echo_no_memory") >= LEAST
    carries_all(way)


def test_copy_of_a_head_that_is_shared(pair):
    """A frame whose head the sender's tap shares is lost without memory for another head."""
    with Tap(pair.near) as tap, no_skb_leaks():
        with failing_below(module_place("net_rs_skb_unclone"), THIRD) as failed:
            numbers = pair.carries(COUNT)
            assert in_order(numbers)
            assert COUNT - len(numbers) == failed() >= LEAST
            assert pair.count("rx_no_memory", pair.far) == failed()
        assert len(tap.frames()) == COUNT
    carries_all(pair)


def test_copy_of_users_memory(pair):
    """What stands in a user's memory is copied, or the frame is lost; the user gets it back."""
    pair.out.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    count, size = 60, 4000
    for end in (pair.near, pair.far):
        end.set(mtu=9000)
    place = module_place("net_rs_skb_orphan_frags_rx")
    with no_skb_leaks(), failing_below(place, THIRD, "fail_page_alloc") as failed:
        # They are the kernel's, too, until all has been copied.
        datagrams = [numbered(number, size) for number in range(count)]
        for datagram in datagrams:
            pair.out.send(datagram, MSG_ZEROCOPY)
        pair.has_left()
        numbers = pair.arrived(size)
        assert in_order(numbers)
        lost = pair.count("rx_no_memory", pair.far)
        assert count // THIRD - 1 <= count - len(numbers) == lost <= failed()
    carries_all(pair)


def test_second_copy(pair):
    """A frame comes once where there is no memory for it to come twice."""
    pair.set(duplicate_ppm=CERTAIN)
    with no_skb_leaks(), failing_below(kernel_place("skb_clone"), THIRD) as failed:
        numbers = pair.carries(COUNT)
        assert sorted(set(numbers)) == list(range(COUNT))
        assert 2 * COUNT - len(numbers) == failed() == pair.count("line_no_memory") >= LEAST
    pair.set(duplicate_ppm=0)
    carries_all(pair)


def test_wrong_bit(pair):
    """Without memory for a frame with a wrong bit, it is lost."""
    pair.set(corrupt_ppm=CERTAIN)
    # A copy takes two allocations, or three of which the first may fail: each has its turn.
    with no_skb_leaks(), failing_below(kernel_place("skb_copy"), 7) as failed:
        assert pair.carries(COUNT) == []
        assert COUNT // 10 < pair.count("line_no_memory") <= failed()
    pair.set(corrupt_ppm=0)
    carries_all(pair)


@pytest.mark.parametrize("way", ["pair", "echo"], indirect=True)
def test_segments(way):
    """Without memory for the segments of a GSO skb, all of it is lost, and each is counted."""
    with way.far.room.inside():
        switch(way.far.name, {"rx-gro": False})
    way.out.setsockopt(SOL_UDP, UDP_SEGMENT, SIZE)
    no_memory = "rx_no_memory" if way.is_pair else "echo_no_memory"
    # An odd interval: a GSO skb takes an even number, and all in turn are to fail.
    with no_skb_leaks(), failing_below(kernel_place("__skb_gso_segment"), 31) as failed:
        for first in range(0, COUNT, SEGMENTS):
            way.out.send(b"".join(numbered(first + i, SIZE) for i in range(SEGMENTS)))
        way.has_left()
        numbers = way.arrived(SIZE)
        assert in_order(numbers)
        lost = way.count(no_memory, way.far)
        # Without sheaves (qemu/guest.sh) it is skbs alone that memory is asked for there, and no
        # GSO skb does without one of its own.
        assert COUNT - len(numbers) == lost == failed() * SEGMENTS
        assert failed() >= COUNT // 31
    way.out.setsockopt(SOL_UDP, UDP_SEGMENT, 0)
    carries_all(way)


def test_stack(pair):
    """What the stack wants memory for in our poll is its own affair: a tap misses frames."""
    with Tap(pair.far) as tap, no_skb_leaks():
        poll = module_place("vnet_rs_poll")
        with failing_below(poll, 2, rejected=debugging_aid()) as failed:
            numbers = pair.carries(COUNT)
            assert in_order(numbers) and failed() > STOCK
        assert 0 < len(tap.frames()) < COUNT
    carries_all(pair)


@pytest.mark.parametrize("interval", [1, 2, 5, 13])
def test_everywhere(pair, interval):
    """What arrives is right and in order, although allocations fail wherever the module's code is;
    if all fail, nothing comes but what does in the batches that are exempt.
    """
    pair.set(duplicate_ppm=100_000, corrupt_ppm=10_000)
    with no_skb_leaks(), Tap(pair.near), Tap(pair.far):
        with failing_below(module_text(), interval, rejected=debugging_aid()) as failed:
            numbers = pair.carries(COUNT)
            assert failed() > COUNT // 20
        print(f"{failed()} allocations failed, {len(numbers)} datagrams arrived")
    assert numbers == sorted(numbers)
    assert numbers if interval > 1 else len(numbers) < COUNT // 2
    pair.set(duplicate_ppm=0, corrupt_ppm=0)
    carries_all(pair)
