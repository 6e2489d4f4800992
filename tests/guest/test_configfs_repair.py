"""configfs: one end of a pair is gone, and `power` makes that anew; the other is left alone."""

import errno
import json

import pytest

from helpers.configfs import DEFAULTS, IN_USE, STRUCTURE
from helpers.failslab import needs_failslab
from helpers.faults import flags
from helpers.run import run
from helpers.sweep import sweep
from helpers.vnet import Namespace, Port
from helpers.wait import until

NAMES = ("left", "right")
MAC = "02:00:00:00:00:77"
# The end that stays, and the one that goes.
EITHER = pytest.mark.parametrize("stays, goes", [(0, 1), (1, 0)])


@pytest.fixture(name="pair")
def pair_fixture(namespace, item):
    """A powered pair, both ends up and with a carrier."""
    item["far_end"], item["name"], item["peer_name"] = "peer", *NAMES
    item.on()
    ends = [Port(namespace, name) for name in NAMES]
    for end in ends:
        end.up()
    until(lambda: all(end.has_carrier for end in ends), "there is a link")
    return ends


def remove(end):
    """`ip link del`."""
    end.ip.link("del", index=end.index)


def have_a_life(end):
    """The end is in a bridge, with an address, a route, a MAC and settings of its own."""
    run("ip", "link", "add", "br0", "type", "bridge")
    run("ip", "link", "set", "br0", "up")
    run("ip", "link", "set", end.name, "address", MAC, "mtu", "1400", "master", "br0")
    run("ip", "addr", "add", "10.9.0.1/24", "dev", end.name)
    run("ip", "route", "add", "10.10.0.0/16", "dev", end.name, "via", "10.9.0.2")
    run("ethtool", "-G", end.name, "tx", "64", "rx", "32")
    run("ethtool", "-s", end.name, "speed", "100", "autoneg", "off")


def life(end):
    """All of that, and what the end has counted."""
    shown = json.loads(run("ip", "-j", "-d", "addr", "show", "dev", end.name).stdout)[0]
    about = {name: shown[name] for name in ("ifindex", "ifname", "mtu", "address", "master",
                                            "addr_info")}
    routes = json.loads(run("ip", "-j", "route", "show", "dev", end.name).stdout)
    for route in routes:
        route.pop("flags", None)  # linkdown
    assert end.is_up
    return about, routes, run("ethtool", "-g", end.name).stdout, \
        {name: count for name, count in end.counters().items() if "rx" in name}


@EITHER
def test_what_lives_is_left_alone(pair, item, stays, goes):
    """The same device with all it had; the new end is up, and the carrier is back, at once."""
    end, gone = pair[stays], pair[goes]
    have_a_life(end)
    before, index = life(end), gone.index
    for _ in range(2):
        remove(gone)
        assert item["power"] == "0"
        assert not end.has_carrier
        assert life(end)[:3] == before[:3]
        item.on()
        assert item["power"] == "1"
        assert gone.index != index and not gone.is_up
        gone.up()
        until(lambda: end.has_carrier and gone.has_carrier, "the carrier is back")
        after = life(end)
        assert after[:3] == before[:3]
        assert all(after[3][name] >= count for name, count in before[3].items())
        assert item["rate_kbps"] == "100000"
    assert item.path.exists()


@EITHER
def test_new_end_is_described(pair, item, stays, goes):
    """It has the rings and the name of the description, and is where the writer is."""
    end, gone = pair[stays], pair[goes]
    run("ethtool", "-G", end.name, "tx", "64")
    index = end.index
    remove(gone)
    with Namespace() as other:
        item.on()
        assert other.ports() == [NAMES[goes]]
        assert "TX:\t\t\t256\n" in run("ethtool", "-g", NAMES[goes]).stdout
    assert end.index == index
    until(lambda: item["power"] == "0", "the namespace is gone")
    item.on()
    assert end.ns.ports() == [end.name, gone.name]
    assert end.index == index


def test_namespace_takes_one_end(pair, item):
    """As a container that ends does."""
    end, gone = pair
    have_a_life(end)
    before = life(end)
    with Namespace() as other:
        end.ip.link("set", index=end.ip.link_lookup(ifname=gone.name)[0], net_ns_fd=other.fd)
        other.ip.link("set", index=Port(other, gone.name).index, ifname="eth0", state="up")
    until(lambda: item["power"] == "0", "the namespace is gone")
    item.on()
    gone.up()
    until(lambda: end.has_carrier and gone.has_carrier, "the carrier is back")
    assert life(end)[:3] == before[:3]
    assert end.ns.ports() == [end.name, gone.name]


def test_both_gone_are_made_anew(pair, item):
    """None is left to be spared; both are there then, and nothing happens after that."""
    for end in pair:
        remove(end)
    assert item["power"] == "0" and item["rate_kbps"] == "1000000"
    item.on()
    indices = [end.index for end in pair]
    item.on()
    assert [end.index for end in pair] == indices


@EITHER
def test_name_in_use(pair, item, stays, goes):
    """The writer gets the error, and what lives has not been touched; another name will do."""
    end, gone = pair[stays], pair[goes]
    have_a_life(end)
    remove(gone)
    before = life(end)
    run("ip", "link", "add", gone.name, "type", "dummy")
    with pytest.raises(FileExistsError):
        item.on()
    assert item["power"] == "0"
    assert life(end) == before
    attribute = ("name", "peer_name")[goes]
    item[attribute] = "another"
    assert item[attribute] == "another"
    item.on()
    assert end.ns.ports() == [end.name, "another"]
    assert life(end) == before


@EITHER
def test_structure_is_fixed_while_one_end_lives(pair, item, log, stays, goes):
    """But for the name of the one that does not; what is read is what lives."""
    end, gone = pair[stays], pair[goes]
    run("ethtool", "-G", end.name, "tx", "64")
    remove(gone)
    free, fixed = ("name", "peer_name")[goes], ("name", "peer_name")[stays]
    assert (item["tx_ring"], item[fixed], item[free]) == ("64", NAMES[stays], NAMES[goes])
    for name in STRUCTURE.keys() - {free}:
        item.refuses(name, f"{STRUCTURE[name][0]}\n".encode(), errno.EBUSY, IN_USE, log)
    item.off()
    assert end.ns.ports() == []
    assert item["tx_ring"] == "256"


@EITHER
def test_link_is_the_cables(pair, item, stays, goes):
    """What belongs to the link changes while one end lives, and stays when the other is back."""
    end, gone = pair[stays], pair[goes]
    item["latency_ns"] = 5
    remove(gone)
    item["rate_kbps"], item["loss_ppm"], item["seed"] = 20_000, 7, 9
    assert "20Mb/s" in run("ethtool", end.name).stdout
    run("ethtool", "-s", end.name, "speed", "30", "autoneg", "off")
    item.on()
    gone.up()
    shown = {name: item[name] for name in ("latency_ns", "rate_kbps", "loss_ppm", "seed")}
    assert shown == {"latency_ns": "5", "rate_kbps": "30000", "loss_ppm": "7", "seed": "9"}
    assert "30Mb/s" in run("ethtool", gone.name).stdout


@EITHER
def test_faults_of_an_end_go_with_it(pair, item, stays, goes):
    """The new one has none, the old one those that it had; the cable is not cut for ever."""
    end, gone = pair[stays], pair[goes]
    end.flag("starve-receive", True)
    gone.flag("flap-carrier", True)
    gone.flag("hang-engine", True)
    run("ethtool", "-K", gone.name, "loopback", "on")
    until(lambda: not end.has_carrier, "the cable is cut")
    remove(gone)
    assert item["flap_carrier"] == item["hang_engine"] == "0"
    item.on()
    gone.up()
    assert flags(end) == {"starve_receive"} and not flags(gone)
    until(lambda: end.has_carrier and gone.has_carrier, "the carrier is back")
    assert item["starve_receive"] == "1"


def test_written_faults_are_the_new_ends(pair, item):
    """What was written is for both ends, also for one that comes later."""
    end, gone = pair
    item["hang_engine"] = 1
    remove(gone)
    item["lose_interrupts"] = 1
    assert flags(end) == {"hang_engine", "lose_interrupts"}
    item.on()
    assert flags(gone) == flags(end)


def test_new_cable_has_what_was_written(pair, item):
    """Power off with one end gone: what comes after is a new cable, and nothing is left of it."""
    remove(pair[0])
    item.off()
    assert pair[1].ns.ports() == []
    item.on()
    names = {"far_end": "peer", "name": "left", "peer_name": "right", "power": "1"}
    assert item.all() == DEFAULTS | names


@needs_failslab
@EITHER
def test_without_memory(pair, item, stays, goes):
    """Each allocation fails in turn: there is a new end or none, and what lives is as it was."""
    end, gone = pair[stays], pair[goes]
    have_a_life(end)
    remove(gone)
    before = life(end)

    def after(error):
        assert sorted(end.ns.ports()) == ([end.name] if error else sorted(NAMES))
        assert item["power"] == ("0" if error else "1")
        assert end.index == before[0]["ifindex"]
        if not error:
            remove(gone)

    answers = sweep(item.on, after)
    assert answers[errno.ENOMEM] > 50
    assert life(end) == before
