"""Interrupt moderation: fewer interrupts, later ones, and none that never comes."""

import time

import pytest

from helpers.ethtool import ask_to_set, unmoderated
from helpers.near_far import pair
from helpers.queues import echoed, settled, total
from helpers.run import run, run_json
from helpers.traffic import echo_numbered, numbered, receive_numbered, send_numbered, udp
from helpers.vnet import FAR4, books
from helpers.wait import until

NAMES = ("tx-usecs", "tx-frames", "rx-usecs", "rx-frames")
ADAPTIVE = ("adaptive-tx", "adaptive-rx")
# Of the ethtool family, ETHTOOL_MSG_COALESCE_SET and ETHTOOL_A_COALESCE_*.
COALESCE_SET = 20
RX_USECS, RX_FRAMES, TX_USECS, TX_FRAMES = 2, 3, 6, 7
OFF = (0, 1, 0, 1)
# What a new port uses under load.
LOAD = (64, 32, 64, 32)
USECS = "usecs must be from 0 to 1000000"


def moderate(port, check=True, **settings):
    """Changes some of the settings: tx_usecs, tx_frames, rx_usecs, rx_frames."""
    words = [str(word) for name, value in settings.items()
             for word in (name.replace("_", "-"), value)]
    return run("ethtool", "-C", port.name, *words, check=check)


def moderate_at_once(port, usecs, frames):
    """The same for both directions, where a command would take its time."""
    ask_to_set(port, COALESCE_SET, {RX_USECS: usecs, RX_FRAMES: frames,
                                    TX_USECS: usecs, TX_FRAMES: frames})


def settings_of(port):
    """The settings, in the order of their names above."""
    shown = run_json("ethtool", "--json", "-c", port.name)[0]
    return tuple(shown[name] for name in NAMES)


def adaptive(port):
    """Whether each direction adapts, in the order of their names above."""
    shown = run_json("ethtool", "--json", "-c", port.name)[0]
    return tuple(shown[name] for name in ADAPTIVE)


@pytest.fixture(name="port")
def port_fixture(port):
    """A port that does not moderate."""
    unmoderated(port)
    return port


def round_trip():
    """How long a datagram takes to come back, in seconds."""
    with udp() as sock:
        start = time.monotonic()
        echoed(sock)
        return time.monotonic() - start


def no_interrupt_is_near(then):
    """Lets all that was put off come first: an interrupt for what was sent would bring a reply,
    too.
    """
    time.sleep(1.1)
    return then()


def interrupts_of(port, traffic):
    """How many interrupts the traffic takes."""
    before = port.settle()["q0_interrupts"]
    traffic()
    return port.settle()["q0_interrupts"] - before


def moderated_burst(port, usecs, frames):
    """Echoes 150 datagrams, which may take an interrupt for so many frames, and one whenever the
    time is over, in both directions; asserts that there were no more.
    """
    start = time.monotonic()
    interrupts = interrupts_of(port, lambda: echo_numbered(150, 1000))
    over = (time.monotonic() - start) * 1e6 / usecs
    assert interrupts <= 2 * (over + (150 / frames if frames else 0) + 2)


def one_by_one():
    """Sends 30 datagrams, each of which waits for the one before it to come back."""
    with udp() as sock:
        for number in range(30):
            echoed(sock, number=number)


@pytest.mark.parametrize("settings", [
    {"tx_usecs": 1000001}, {"rx_usecs": 4294967295}, {"tx_usecs": 10, "rx_usecs": 1000001},
])
def test_nonsense_is_refused(port, settings):
    """What would wait longer than a second: refused with a reason; nothing changes."""
    result = moderate(port, check=False, **settings)
    assert result.returncode != 0
    assert "Numerical result out of range" in result.stdout
    assert USECS in result.stdout
    assert settings_of(port) == OFF


@pytest.mark.parametrize("netlink", [True, False], ids=["netlink", "ioctl"])
@pytest.mark.parametrize("side", ["tx", "rx"])
def test_never_is_refused(port, log, side, netlink):
    """Neither time nor number: there would never be an interrupt. It is refused with a reason that
    says how moderation is turned off; nothing changes.
    """
    log.lines()
    how = [] if netlink else ["--disable-netlink"]
    for before in ((), ("tx-usecs", 50, "tx-frames", 4, "rx-usecs", 60, "rx-frames", 5)):
        if before:
            run("ethtool", "-C", port.name, *before)
        now = settings_of(port)
        result = run("ethtool", *how, "-C", port.name, f"{side}-usecs", 0, f"{side}-frames", 0,
                     check=False)
        assert result.returncode != 0
        assert "Invalid argument" in result.stdout
        said = result.stdout if netlink else "\n".join(log.lines())
        assert f"{side}-usecs 0 and {side}-frames 0 is never: off is {side}-frames 1" in said
        assert settings_of(port) == now
    # The rest of what was asked for is refused, too.
    other = "rx" if side == "tx" else "tx"
    result = run("ethtool", *how, "-C", port.name, f"{side}-usecs", 0, f"{side}-frames", 0,
                 f"{other}-usecs", 70, check=False)
    assert result.returncode != 0
    assert settings_of(port) == now


@pytest.mark.parametrize("words", [("stats-block-usecs", "5"), ("rx-usecs-irq", "5"),
                                   ("tx-frames-high", "5")])
def test_what_there_is_not_is_refused(port, words):
    """Settings that the hardware does not have are refused by name."""
    result = run("ethtool", "-C", port.name, *words, check=False)
    assert result.returncode != 0
    assert "cannot modify an unsupported parameter" in result.stdout


def test_a_new_port_adapts(link):
    """-c says so. A lone frame is worth an interrupt of its own."""
    assert adaptive(link) == (True, True)
    assert settings_of(link) == LOAD
    link.up()
    link.address()
    link.far_mac()
    assert interrupts_of(link, one_by_one) >= 30
    books(link)


@pytest.mark.parametrize("netlink", [True, False], ids=["netlink", "ioctl"])
@pytest.mark.parametrize("one, other", [("tx", "rx"), ("rx", "tx")])
def test_a_time_or_a_number_ends_adapting(link, one, other, netlink):
    """Of that direction; and it can be turned on and off by itself."""
    how = [] if netlink else ["--disable-netlink"]
    fixed = tuple(name != f"adaptive-{one}" for name in ADAPTIVE)
    for words in ((f"{one}-usecs", 50), (f"{one}-frames", 5),
                  (f"{one}-usecs", 0, f"{one}-frames", 1), (f"adaptive-{one}", "off")):
        run("ethtool", *how, "-C", link.name, *words)
        assert adaptive(link) == fixed
        run("ethtool", *how, "-C", link.name, f"adaptive-{one}", "on")
        assert adaptive(link) == (True, True)
        assert settings_of(link) == LOAD
    run("ethtool", *how, "-C", link.name, f"adaptive-{other}", "on", f"{one}-frames", 7)
    assert adaptive(link) == fixed


def test_what_adapts_takes_no_values(port):
    """To turn it on and to say how does not go together: refused with a reason."""
    result = moderate(port, check=False, adaptive_rx="on", rx_usecs=50)
    assert result.returncode != 0
    assert "adaptive moderation chooses usecs and frames itself" in result.stdout
    assert adaptive(port) == (False, False)
    assert settings_of(port) == OFF


def test_settings_are_shown_and_stay(port):
    """-c shows what -C has set; it survives down and up, a new ring, and belongs to one port."""
    moderate(port, tx_usecs=100, tx_frames=8, rx_usecs=50, rx_frames=0)
    assert settings_of(port) == (100, 8, 50, 0)
    moderate(port, rx_frames=1000)
    wanted = (100, 8, 50, 1000)
    assert settings_of(port) == wanted
    port.down()
    assert settings_of(port) == wanted
    port.up()
    run("ethtool", "-G", port.name, "tx", 16)
    assert settings_of(port) == wanted
    other = type(port).add(port.ns, "vnet1")
    assert settings_of(other) == LOAD
    assert adaptive(other) == (True, True)
    echo_numbered(50, 100)
    books(port)


def test_settings_of_a_port_that_is_down(link):
    """What is set on a port that is down acts when it comes up."""
    moderate(link, tx_usecs=1000000, tx_frames=0, rx_usecs=300000, rx_frames=0)
    link.up()
    link.address()
    link.far_mac()
    assert no_interrupt_is_near(round_trip) >= 0.3


@pytest.mark.parameters(rate_kbps=20000)
@pytest.mark.parametrize("usecs, frames", [(100000, 0), (1000000, 16)])
def test_fewer_interrupts(port, usecs, frames):
    """By time or by number of frames: many frames to an interrupt, and nothing is lost."""
    port.plain_qdisc()
    port.no_byte_limit()
    port.far_mac()
    assert interrupts_of(port, one_by_one) >= 30
    moderate(port, tx_usecs=usecs, tx_frames=frames, rx_usecs=usecs, rx_frames=frames)
    moderated_burst(port, usecs, frames)
    moderate(port, tx_usecs=0, tx_frames=1, rx_usecs=0, rx_frames=1)
    assert interrupts_of(port, one_by_one) >= 30
    books(port)


def test_rx_usecs_hold_a_reply_back(port):
    """A single reply waits for rx-usecs, and no longer than that (and what a loaded VM adds)."""
    port.far_mac()
    moderate(port, tx_usecs=1000000, tx_frames=0)
    assert min(round_trip() for _ in range(5)) < 0.4
    moderate(port, rx_usecs=400000, rx_frames=0)
    assert 0.4 <= no_interrupt_is_near(round_trip) < 20
    books(port)


def test_one_setting_alone_is_enough(port):
    """Each can be set alone, and is shown as it was set."""
    port.far_mac()
    moderate(port, tx_usecs=1000000, tx_frames=0)
    assert settings_of(port) == (1000000, 0, 0, 1)
    moderate(port, rx_usecs=400000)
    assert settings_of(port) == (1000000, 0, 400000, 1)
    # One frame is still enough.
    assert min(round_trip() for _ in range(5)) < 0.4
    moderate(port, rx_frames=0)
    assert settings_of(port) == (1000000, 0, 400000, 0)
    assert 0.4 <= no_interrupt_is_near(round_trip) < 20
    moderate(port, rx_frames=1)
    assert settings_of(port) == (1000000, 0, 400000, 1)
    assert min(round_trip() for _ in range(5)) < 0.4
    moderate(port, tx_usecs=0, tx_frames=1, rx_usecs=0)
    assert settings_of(port) == OFF
    books(port)


@pytest.mark.parameters(rate_kbps=20000)
def test_frames_alone_are_enough(port):
    """By number of frames only: fewer interrupts; and the last of them, too few, come too."""
    port.plain_qdisc()
    port.no_byte_limit()
    port.far_mac()
    moderate(port, tx_frames=16, rx_frames=16)
    assert settings_of(port) == (0, 16, 0, 16)
    moderated_burst(port, 10000, 16)
    assert min(round_trip() for _ in range(5)) >= 0.01
    books(port)


def test_enough_frames_do_not_wait(port):
    """rx-frames 4: three replies wait for the time to pass, four do not."""
    port.far_mac()
    moderate(port, tx_usecs=1000000, tx_frames=0, rx_usecs=1000000, rx_frames=4)

    def burst(count):
        settled(port)
        with udp() as sock:
            start = time.monotonic()
            send_numbered(sock, count, 100)
            receive_numbered(sock, count, 100)
            return time.monotonic() - start
    assert burst(3) >= 1
    assert min(burst(4) for _ in range(5)) < 1
    books(port)


@pytest.mark.parameters(rate_kbps=0)
def test_tx_usecs_hold_the_reaping_back(port):
    """What was sent is reaped after tx-usecs, although nothing else happens."""
    port.far_mac()
    with udp(port=9) as sock:
        settled(port)
        moderate(port, tx_usecs=400000, tx_frames=0)
        start = time.monotonic()
        sock.send(b"to nobody")
        until(lambda: total(port.counters(), "tx_completed")
              == total(port.counters(), "tx_reaped"), "it is reaped", pause=0.005)
        assert time.monotonic() - start >= 0.35
    books(port)


def test_the_wire_does_not_wait_for_the_interrupt(port):
    """Frames that come while an interrupt is put off are sent, and answered, at once."""
    port.plain_qdisc()
    port.no_byte_limit()
    port.far_mac()
    moderate(port, tx_usecs=1000000, tx_frames=0, rx_usecs=1000000, rx_frames=0)

    def sent_before():
        before = settled(port)
        with udp() as sock:
            send_numbered(sock, 10, 100)
            until(lambda: port.counter("tx0_completed") == before["tx0_completed"] + 10,
                  "all are sent", pause=0.002)
            after = port.counters()
            receive_numbered(sock, 10, 100)
        return after["tx0_reaped"] == before["tx0_reaped"] \
            and after["rx0_delivered"] == before["rx0_delivered"] + 10
    until(sent_before, "all are sent before the interrupt")


def test_frames_that_wait_need_not_after_a_change(port):
    """Moderation taken back while a reply waits: it comes at once."""
    port.far_mac()

    def held():
        settled(port)
        moderate_at_once(port, 1000000, 0)
        with udp() as sock:
            start = time.monotonic()
            sock.send(b"x")
            moderate_at_once(port, 0, 1)
            assert sock.recv(100) == b"x"
            return time.monotonic() - start
    assert min(held() for _ in range(5)) < 1


def test_ping_waits_for_the_interrupt(port):
    """What ping measures is rx-usecs."""
    port.far_mac()
    moderate(port, tx_usecs=1000000, tx_frames=0, rx_usecs=200000, rx_frames=0)
    text = no_interrupt_is_near(lambda: run("ping", "-n", "-c", 1, FAR4).stdout)
    assert 200 <= float(text.rpartition("= ")[2].split("/")[0]) < 5000


def test_moderation_of_the_sender_does_not_delay_delivery():
    """Over a pair a frame arrives while the sender's interrupt still waits."""
    with pair(pairs=1, ports=0) as cable:
        cable.near.far_mac()
        moderate(cable.near, tx_usecs=1000000, tx_frames=0)
        with cable.receiver() as there, udp(port=7000) as sock:
            def overtaken():
                settled(cable.near)
                sock.send(numbered(1, 100))
                assert there.recv(1000) == numbered(1, 100)
                counters = cable.near.counters()
                return counters["tx0_reaped"] < counters["tx0_completed"]
            until(overtaken, "it has arrived before its descriptor is reaped")


@pytest.mark.parameters(rx_ring=64, tx_ring=4096)
@pytest.mark.parametrize("settings", [
    {"rx_usecs": 1000000, "rx_frames": 0}, {"rx_usecs": 1000000, "rx_frames": 4096},
    {"rx_usecs": 0, "rx_frames": 4096}])
def test_no_ring_overflows_while_an_interrupt_is_put_off(port, settings):
    """Half a ring of frames is worth one, whatever was asked for."""
    port.plain_qdisc()
    port.no_byte_limit()
    port.far_mac()
    moderate(port, **settings)
    before = port.settle()
    with udp() as sock:
        send_numbered(sock, 2000, 100)
        after = port.settle()
    assert after["echo_replies"] - before["echo_replies"] == 2000
    assert after["rx_missed"] == 0
    books(port)
