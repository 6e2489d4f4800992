"""Software time stamps of what is sent: taken by the driver, before the frame is delivered."""

import socket
import struct
import time

import pytest

from helpers.run import run
from helpers.stream import UDP_SEGMENT, datagrams, noise
from helpers.traffic import udp
from helpers.wait import until

SO_TIMESTAMPNS, SO_TIMESTAMPING = 35, 37
TX_SOFTWARE, RX_SOFTWARE, SOFTWARE, OPT_ID, OPT_TSONLY = 1 << 1, 1 << 3, 1 << 4, 1 << 7, 1 << 11
IP_RECVERR = 11


def stamped(sock, *flags):
    """Asks for stamps."""
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING,
                    SOFTWARE | OPT_ID | OPT_TSONLY | sum(flags))


def read_stamp(sock, flags=0):
    """A message's time stamp in seconds, and its number for one that was sent."""
    _, extra, _, _ = sock.recvmsg(65535, 1024, flags)
    stamp = number = None
    for level, kind, data in extra:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPING):
            seconds, nanoseconds = struct.unpack_from("=qq", data)
            stamp = seconds + nanoseconds / 1e9
        elif (level, kind) == (socket.SOL_IP, IP_RECVERR):
            number = struct.unpack_from("=I4xII", data)[2]
    return stamp, number


def sent_stamp(sock):
    """The stamp of what was sent, which is there without anybody waiting for the wire."""
    def there():
        try:
            return read_stamp(sock, socket.MSG_ERRQUEUE)
        except BlockingIOError:
            return None
    return until(there, "there is a stamp")


@pytest.fixture(name="stamps", scope="module", autouse=True)
def stamps_fixture(lasting_bench):
    """What arrives is stamped: the kernel begins a moment after the first socket has asked."""
    assert lasting_bench
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.connect(sock.getsockname())
        stamped(sock, RX_SOFTWARE)

        def has_one():
            sock.send(b"x")
            return read_stamp(sock)[0]
        until(has_one, "what arrives is stamped")
        yield


def test_stamp_lies_between_sending_and_receiving(bench):
    """Over a pair the receiver's stamp is later."""
    with datagrams(bench) as (sender, receiver):
        stamped(sender, TX_SOFTWARE)
        stamped(receiver, RX_SOFTWARE)
        for number in range(5):
            before = time.time()
            sender.send(noise(100))
            received, _ = read_stamp(receiver)
            stamp, which = sent_stamp(sender)
            assert before <= stamp <= received
            assert which == number


def test_echo_port_stamps(bench):
    """Over an echo port the reply comes later."""
    with udp() as sock:
        stamped(sock, TX_SOFTWARE, RX_SOFTWARE)
        before = time.time()
        sock.send(noise(100))
        received, _ = read_stamp(sock)
        stamp, _ = sent_stamp(sock)
        assert before <= stamp <= received


def test_stamp_does_not_wait_for_the_wire(bench):
    """It is taken when the frame goes to the card: a second on the wire comes after that."""
    run("ethtool", "-s", bench.near.name, "speed", 1, "autoneg", "off")
    try:
        with datagrams(bench) as (sender, receiver):
            stamped(sender, TX_SOFTWARE)
            stamped(receiver, RX_SOFTWARE)
            # 60 frames of 542 bytes and 24 more on the wire take 271 ms at 1 Mbit/s.
            sender.setsockopt(socket.SOL_UDP, UDP_SEGMENT, 500)
            sender.send(noise(30_000))
            received, _ = read_stamp(receiver)
            stamp, _ = sent_stamp(sender)
            assert received - stamp >= 60 * (542 + 24) * 8 / 1e6
    finally:
        run("ethtool", "-s", bench.near.name, "speed", 1000, "autoneg", "off")


def test_nobody_asked(bench):
    """Without a wish there is no stamp."""
    with datagrams(bench) as (sender, receiver):
        sender.send(noise(100))
        receiver.recv(65535)
        bench.settle()
        sender.setblocking(False)
        with pytest.raises(BlockingIOError):
            sender.recvmsg(100, 100, socket.MSG_ERRQUEUE)


def test_ethtool_tells(bench):
    """`ethtool -T`: stamps in software, and none in hardware."""
    shown = run("ethtool", "-T", bench.near.name).stdout
    assert "software-transmit" in shown
    assert "software-receive" in shown
    assert "hardware-transmit" not in shown
