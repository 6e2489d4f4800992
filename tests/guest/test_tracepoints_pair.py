"""The trace events at a cable: what one port completes, the other is delivered."""

import pytest

from helpers.events import Steps, net_cookie
from helpers.faults import HANG, wrong
from helpers.pair import be_silent, books_of_pair, datagrams, nothing_in_the_way
from helpers.traffic import receive_numbered, send_numbered
from helpers.wait import until

PAIR = pytest.mark.parameters(pairs=1)
SLOW = pytest.mark.parameters(pairs=1, rate_kbps=100)


def cookie(end):
    """The number of the network namespace that the end is in."""
    with end.room.inside():
        return net_cookie()


@PAIR
def test_from_one_end_to_the_other(cable):
    """The skb that one end has posted is delivered to the other, and leaves nothing to reap."""
    be_silent(cable)
    out, into = datagrams(cable.a, cable.b)
    with Steps("post", "complete", "deliver", "reap") as steps:
        send_numbered(out, 1, 100)
        receive_numbered(into, 1, 100)
        books_of_pair(cable)
        post, complete, deliver, reap = steps.all()
    assert [one["step"] for one in (post, complete, deliver, reap)] == [
        "post", "complete", "deliver", "reap"]
    here, there = (cable.a.name, cookie(cable.a)), (cable.b.name, cookie(cable.b))
    assert here != there
    for one in (post, complete, reap):
        assert (one["dev"], one["net_cookie"]) == here
    assert (deliver["dev"], deliver["net_cookie"]) == there
    assert post["skbaddr"] == complete["skbaddr"] == deliver["skbaddr"] != 0
    assert reap["skbaddr"] == 0
    assert post["len"] == complete["len"] == deliver["len"] == reap["len"]
    assert complete["at"] == deliver["at"]


@SLOW
def test_drop_on_a_broken_link(cable):
    """What finds the link broken completes, is reaped, and is dropped for it."""
    be_silent(cable)
    nothing_in_the_way(cable)
    out, _ = datagrams(cable.a, cable.b)
    with Steps() as steps:
        with wrong(cable.a, HANG):
            send_numbered(out, 8, 1000)
            until(lambda: len(steps.all("post")) == 8, "all are posted")
            cable.b.down()
        until(lambda: len(steps.all("reap", dev=cable.a.name)) == 8, "all are reaped")
        lost = cable.a.settle()["tx0_no_carrier"]
        drops = steps.all("drop")
        reaped = {one["skbaddr"] for one in steps.all("reap")}
        assert len(steps.all("complete")) == 8
        assert len(drops) == lost == 8
    for drop in drops:
        assert (drop["dev"], drop["queue"]) == (cable.a.name, 0)
        assert (drop["why"], drop["reason"]) == ("tx_no_carrier", "DEV_READY")
        assert drop["skbaddr"] in reaped
    cable.b.up()
