"""Frames in several pieces."""

import socket

import pytest

from helpers import trace
from helpers.stream import connection, datagrams, noise
from helpers.traffic import udp

SG = pytest.mark.parametrize("sg", [True, False], ids=["sg on", "sg off"])


def in_pieces(skbs):
    """Those of which a part is not in the first piece."""
    return [skb for skb in skbs if skb["data_len"]]


@pytest.fixture(name="jumbo", autouse=True)
def jumbo_fixture(bench):
    """Room for large frames."""
    for port in bench.ports:
        port.set(mtu=9000)
    yield
    for port in bench.ports:
        port.set(mtu=1500)


@SG
@pytest.mark.parametrize("rx", [True, False], ids=["rx on", "rx off"])
def test_datagram_in_pieces(bench, sg, rx):
    """It arrives whole; with scatter-gather off the stack has put it together before."""
    bench.near.set_features({"tx-scatter-gather": sg})
    bench.far.set_features({"rx-checksum": rx})
    with datagrams(bench) as (sender, receiver), trace.sent(bench.near) as skbs:
        for first, rest in ((1, 8000), (3001, 4000), (100, 101)):
            sender.send(noise(first, 1), socket.MSG_MORE)
            sender.send(noise(rest, 2))
            assert receiver.recv(65535) == noise(first, 1) + noise(rest, 2)
        sent = skbs.all(protocol=0x0800)
    assert len(sent) == 3
    assert bool(in_pieces(sent)) == sg


@SG
def test_echo_host_takes_pieces(bench, sg):
    """So does the echo host, which copies."""
    bench.echo.set_features({"tx-scatter-gather": sg})
    with udp() as sock, trace.sent(bench.echo) as skbs:
        sock.send(b"first, for the neighbour")
        assert sock.recv(65535) == b"first, for the neighbour"
        sock.send(noise(1001, 1), socket.MSG_MORE)
        sock.send(noise(7000, 2))
        assert sock.recv(65535) == noise(1001, 1) + noise(7000, 2)
        assert bool(in_pieces(skbs.all(protocol=0x0800))) == sg
    assert bench.echo.counter("echo_bad_checksum") == 0


@SG
def test_file_is_sent_from_the_page_cache(bench, tmp_path, sg):
    """sendfile: the pieces are the file's own pages."""
    bench.near.set_features({"tx-scatter-gather": sg})
    data = noise(200_001)
    (tmp_path / "file").write_bytes(data)
    with connection(bench) as (sender, receiver), (tmp_path / "file").open("rb") as file:
        sender.settimeout(None)
        got = bytearray()
        while len(got) < len(data):
            if file.tell() < len(data):
                sender.sendfile(file, file.tell(), 20_000)
            got += receiver.recv(1 << 20)
    assert got == data
