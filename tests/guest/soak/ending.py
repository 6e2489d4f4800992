"""How it ends: all is as it was, the books balance to the packet, the module goes in mid-flight."""

import errno

from helpers import configfs, kernel
from helpers.ethtool import flags
from helpers.faults import set_faults
from helpers.queues import backlog, inflight, is_idle, total
from helpers.run import run
from helpers.vnet import ECHO, FAR4, Namespace, Port
from helpers.wait import until
from soak import changes
from soak.crew import watch

# A neighbour that did not answer for a while is asked again, now and then.
SOON = 60
# What each port does when there is traffic.
MOVES = ("tx_packets", "rx_packets")


def put_right(stage, features):
    """Every port as nobody had changed it."""
    for port in stage.ports:
        no_faults(port)
        port.set_features(features[port.name])
        until(lambda port=port: sizes_put_right(port), f"{port.name} can be put right")
        port.set(mtu=changes.MTU, state="up")


def sizes_put_right(port):
    """Whether rings, queues and moderation are; what is in flight has to fit."""
    changes.set_moderation(port, 0, 1, 0, 1)
    changes.set_queues(port, changes.QUEUES)
    try:
        changes.set_rings(port, changes.RING, changes.RING)
    except OSError as error:
        assert error.errno == errno.EBUSY, error
        return False
    return True


def no_faults(port):
    """Turns all of them off."""
    with port.inside():
        set_faults(port, False)
        assert not any(flags(port.name).values())


def flows(stage):
    """Waits until there is traffic on all ports, in all directions."""
    before = {port: port.counters() for port in stage.ports}

    def moved(port):
        now = port.counters()
        ways = MOVES[:1] if port is stage.sink else MOVES
        return all(now[way] > before[port][way] + 20 for way in ways)
    for port in stage.ports:
        until(lambda port=port: moved(port), f"there is traffic on {port.name}", SOON)


def books_in_flight(port):
    """The books while there is traffic. Counters are read one after the other, so what each of
    two looks says is compared with what the other one says.
    """
    first, second = port.counters(), port.counters()
    for queue in range(len([name for name in first if name.endswith("_posted")])):
        for less, more in (("reaped", "completed"), ("completed", "posted")):
            early, late = first[f"tx{queue}_{less}"], second[f"tx{queue}_{more}"]
            assert early <= late, (less, more, first, second)
        assert first[f"rx{queue}_received"] <= second[f"rx{queue}_delivered"], (first, second)


def snapshot(port):
    """Counters and statistics of a port that is idle, of the same moment."""
    def quiet():
        before = port.counters()
        if not is_idle(before) or backlog(port):
            return None
        stats = port.stats()
        return (before, stats) if port.counters() == before else None
    try:
        return until(quiet, f"{port.name} is idle", SOON)
    except AssertionError as error:
        # A book that does not balance looks like a frame in a ring, for ever.
        raise AssertionError(f"{error}: {port.counters()}") from None


def own_books(port):
    """Asserts that a port's books balance, for themselves and with `ip -s link`."""
    c, stats = snapshot(port)
    for name, value in c.items():
        queue, _, what = name.partition("_")
        if what == "posted":
            assert value == c[f"{queue}_reaped"] + c[f"{queue}_purged"], (port.name, name, c)
            assert c[f"{queue}_reaped"] == c[f"{queue}_completed"], (port.name, name, c)
        if what == "delivered":
            assert value == c[f"{queue}_received"] + c[f"{queue}_purged"], (port.name, name, c)
    assert c["line_entered"] == c["line_arrived"] + c["line_purged"], (port.name, c)
    for name in ("tx_packets", "tx_bytes", "rx_packets", "rx_bytes"):
        assert stats[name] == c[name], (port.name, name, stats, c)
    assert stats["rx_missed_errors"] == c["rx_missed"], (port.name, stats, c)
    assert stats["tx_carrier_errors"] == total(c, "tx_no_carrier"), (port.name, stats, c)
    if port.is_up:
        with port.inside():
            until(lambda: inflight(port) == 0, f"nothing of {port.name} is in flight for BQL")
    return c, stats


def echo_books(port):
    """What arrived at the host, and what became of its replies."""
    c, _ = own_books(port)
    assert c["tx_packets"] == sum(c[name] for name in ECHO), c
    arrived = total(c, "rx_delivered") + c["rx_missed"] + c["rx_filtered"] + c["rx_no_memory"]
    assert c["echo_replies"] == arrived + c["line_purged"], c


def pair_books(one, other):
    """What one end has sent the other end has, or says why not."""
    def both():
        first, second = own_books(one), own_books(other)
        return (first, second) if one.counters() == first[0] else None
    first, second = until(both, "both ends are quiet", SOON)
    for (out, _), (into, got) in ((first, second), (second, first)):
        arrived = into["rx_packets"] + into["rx_missed"] + into["rx_filtered"]
        lost = got["rx_dropped"] + out["line_purged"]
        assert out["tx_packets"] == arrived + lost, (out, into, got)


def all_books(stage):
    """Those of all ports that there are, which are idle; returns how many there are."""
    known = {(port.ns, port.name) for port in stage.ports}
    others = [port for port in stage.living() if (port.ns, port.name) not in known]
    echo_books(stage.echo)
    own_books(stage.sink)
    pair_books(stage.near, stage.far)
    for port in others:
        changes.set_queues(port, changes.QUEUES)
        no_faults(port)
        own_books(port)
    return len(known) + len(others)


def no_items():
    """Removes all items. The module cannot go before."""
    refused = run("rmmod", "vnet_rs", check=False)
    assert refused.returncode != 0 and "in use" in refused.stdout, refused
    for path in configfs.ROOT.iterdir():
        path.rmdir()


def rmmod_in_flight(stage, crew):
    """The module goes while there is traffic on all ports; nothing is left of it."""
    flows(stage)
    kernel.unload()
    assert not stage.living()
    assert not configfs.ROOT.exists()
    watch(1, crew)


def comes_again():
    """The module can be loaded again, and works."""
    with kernel.loaded(ports=0), Namespace() as namespace:
        port = Port.add(namespace)
        port.up()
        port.address()
        run("ping", "-n", "-c", 3, "-i", "0.2", FAR4)
