"""What memory a packet takes: none of ours, but where the other end of a cable gets an skb that
others share, and so has to get one of its own.
"""

import pytest

from helpers.allocations import SLAB, Allocations
from helpers.peers import Peers

pytestmark = pytest.mark.exact

# pktgen sends a burst to its end.
BURST = 32
COUNT = 32 * BURST
# The clone, and a head of its own, since GRO writes there (net/rx_frame.rs).
CLONE = {("kmem_cache_alloc", "skb_clone"): COUNT, ("kmem_cache_alloc", "pskb_expand_head"): COUNT}


@pytest.fixture(name="peers", scope="module", params=[0, 1_000_000], ids=["rate 0", "1 Gbit/s"])
def peers_fixture(request):
    """A pair and a sink: with frames that take no time, and with an engine that a timer runs."""
    with Peers(rate_kbps=request.param) as peers:
        yield peers


def allocated(peers, name, **how):
    """What so many packets have made our code allocate."""
    before = peers[name].counter("tx0_reaped")
    with Allocations() as allocations:
        peers.cost(name, COUNT, **how)
        peers[name].drain()
        assert peers[name].counter("tx0_reaped") == before + COUNT
        return allocations.count()


@pytest.mark.parametrize("name", ["vnet2", "vnet0"], ids=["sink", "pair"])
def test_nothing_is_allocated(peers, name):
    """For packets that are nobody else's."""
    assert not allocated(peers, name)


def test_nothing_is_allocated_for_shared_skbs(peers):
    """Where nobody but the sender gets them."""
    assert not allocated(peers, "vnet2", burst=BURST, clone=COUNT, shared=True)


def test_one_clone_a_packet(peers):
    """Where the other end gets an skb that its sender sends again and again."""
    counted = allocated(peers, "vnet0", burst=BURST, clone=COUNT, shared=True)
    of_slabs = {what: count for what, count in counted.items() if what[0] in SLAB}
    assert of_slabs == CLONE
    # Now and then a slab takes pages.
    assert {called for _, called in counted} == {called for _, called in CLONE}
