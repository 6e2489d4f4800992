"""A cable carries bytes: what the sender's stack has noted in an skb is not seen behind it.

That of all fields is net/kunit/rx_frame.rs's; here is what users can note, and can see.
"""

import contextlib

import pytest

from helpers import bpf
from helpers.bpf import TCX_EGRESS, TCX_INGRESS
from helpers.packet import octets
from helpers.run import run, run_batch
from helpers.stream import datagrams, noise

FAR_FUTURE = 1 << 62
NOTES = ("mark", "priority", "tc_index", "cb1", "cb2", "cb3", "cb4", "tc_classid", "hash")
WRITABLE = tuple(name for name in NOTES if name != "hash")
# What is in cb the receiving stack writes over, even without GRO (struct napi_gro_cb).
LASTING = ("mark", "priority", "tc_index", "hash")

NOTE_ALL = (
    bpf.copy(6, 1)
    + b"".join(bpf.value(2, 0x1234) + bpf.store(6, bpf.SKB[name], 2) for name in WRITABLE)
    + bpf.value64(2, FAR_FUTURE) + bpf.store(6, bpf.TSTAMP, 2, 8)
    + bpf.copy(1, 6) + bpf.value(2, 0x1234) + bpf.call(bpf.SET_HASH)
    + bpf.leave(bpf.NEXT))


def drop_if_noted(names, time=True):
    """Drops what has a note in one of these fields, or is to be sent in the far future."""
    code = b"".join(bpf.load(2, 1, bpf.SKB[name]) + bpf.unless(2, 0, bpf.leave(bpf.SHOT))
                    for name in names)
    if time:
        code += (bpf.load(2, 1, bpf.TSTAMP, 8) + bpf.shift_right(2, 62)
                 + bpf.unless(2, 0, bpf.leave(bpf.SHOT)))
    return code + bpf.leave(bpf.OK)


@contextlib.contextmanager
def at(port, program, hook):
    """Has a program run at a port while the block runs."""
    with contextlib.ExitStack() as stack:
        with port.inside():
            stack.enter_context(bpf.attached(program, port.index, hook))
        yield


@pytest.fixture(name="plain")
def plain_fixture(bench):
    """A bench whose far end has no hash and no GRO of its own: they write into the same fields."""
    bench.far.set_features({"rx-hashing": False, "rx-gro": False})
    return bench


def assert_arrives(bench):
    """A datagram gets there."""
    with datagrams(bench) as (sender, receiver):
        sender.send(noise(100))
        assert receiver.recv(2000) == noise(100)


@pytest.mark.parametrize("name", NOTES + ("tstamp",))
def test_notes_are_seen_before_the_cable(plain, name):
    """Each of them: or the other test would say nothing."""
    names, time = ((), True) if name == "tstamp" else ((name,), False)
    with at(plain.near, NOTE_ALL, TCX_EGRESS), \
            at(plain.near, drop_if_noted(names, time), TCX_EGRESS), \
            datagrams(plain) as (sender, receiver):
        sender.send(noise(100))
        receiver.settimeout(0.5)
        with pytest.raises(TimeoutError):
            receiver.recv(2000)


def test_notes_are_not_seen_behind_the_cable(plain):
    """What tc and its programs can note: marks, classes, times, hashes."""
    with at(plain.near, NOTE_ALL, TCX_EGRESS), \
            at(plain.far, drop_if_noted(LASTING), TCX_INGRESS):
        assert_arrives(plain)


def test_the_hash_is_the_receiving_cards(bench):
    """With its offload on, it is there, and is not what the sender has noted."""
    bench.far.set_features({"rx-gro": False})
    right = bpf.load(2, 1, bpf.SKB["hash"]) + bpf.unless(2, 0, bpf.unless(
        2, 0x1234, bpf.leave(bpf.OK))) + bpf.leave(bpf.SHOT)
    with at(bench.near, NOTE_ALL, TCX_EGRESS), at(bench.far, right, TCX_INGRESS):
        assert_arrives(bench)


def test_xdp_sees_what_was_redirected_before(bench):
    """What tc has redirected XDP passes by, in the same stack; behind a cable it is a frame."""
    frame = octets(bench.far.mac) + octets(bench.near.mac) + b"\x88\xb5" + noise(100)
    run_batch("ip", "link add d0 type dummy", "link set d0 up")
    try:
        run_batch("tc", "qdisc add dev d0 clsact",
                  "filter add dev d0 egress protocol 0x88b5 matchall action mirred egress "
                  f"redirect dev {bench.near.name}")
        with bench.far.socket(17, 3) as tap, bench.near.socket(17, 3, 0) as out:
            tap.settimeout(5)
            with bench.far.inside():
                tap.bind((bench.far.name, 0x88b5))
            out.bind(("d0", 0))
            out.send(frame)
            assert tap.recv(2000) == frame
            with at(bench.far, bpf.leave(bpf.DROP), bpf.XDP_HOOK):
                out.send(frame)
                bench.settle()
                tap.settimeout(0.5)
                with pytest.raises(TimeoutError):
                    tap.recv(2000)
    finally:
        run("ip", "link", "del", "d0")


@pytest.mark.parametrize("length, arrives", [(14, 60), (42, 60), (59, 60), (60, 60), (61, 61)])
def test_short_frames_are_padded(bench, length, arrives):
    """With zeroes, to what is the shortest on a wire, wherever they are received."""
    frame = octets(bench.far.mac) + octets(bench.near.mac) + b"\x88\xb5" + noise(length)
    frame = frame[:length]
    with bench.far.socket(17, 3) as tap, bench.near.socket(17, 3, 0) as out:
        tap.settimeout(5)
        with bench.far.inside():
            tap.bind((bench.far.name, 0x88b5))
        out.bind((bench.near.name, 0))
        out.send(frame)
        assert tap.recv(2000) == frame.ljust(arrives, b"\0")


@pytest.mark.parametrize("size", [0, 1, 17, 18, 19])
@pytest.mark.parametrize("tx", [True, False], ids=["tx on", "tx off"])
def test_padding_is_not_in_the_sum(bench, tx, size):
    """A datagram in a frame with padding has the right checksum, whoever has put it in."""
    bench.near.set_features({"tx-checksum-ip-generic": tx})
    with datagrams(bench) as (sender, receiver):
        sender.send(noise(size))
        assert receiver.recv(2000) == noise(size)
