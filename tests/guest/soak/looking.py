"""Who looks at ports, by every way there is."""

from helpers import configfs, netdev_genl
from helpers.features import features
from helpers.run import run
from soak.crew import Activity, Refused

NO_DEVICE = ("not up", "down", "No such device", "disappeared", "went away")


def link(port):
    """`ip -s -d link`."""
    run("ip", "-s", "-d", "link", "show", port.name)


def proc(port):
    """/proc/net/dev has all of a namespace."""
    with open("/proc/thread-self/net/dev", encoding="ascii") as file:
        assert port.name in file.read()


def sysfs(port):
    """Every statistic by itself, and the queues."""
    for path in port.sysfs("statistics").iterdir():
        int(path.read_text())
    for path in port.sysfs("queues").glob("tx-*/byte_queue_limits/inflight"):
        int(path.read_text())


def registers(port):
    """`ethtool -d`, which is a copy of the rings' cursors, too."""
    run("ethtool", "-d", port.name)


def settings(port):
    """What ethtool knows by heart.

    Not `-x`: of a port that goes meanwhile, 7.3 takes a lock that unregistering has destroyed
    (rss_prepare_flow_hash() in net/ethtool/rss.c), and lockdep says so.
    """
    run("ethtool", port.name)
    run("ethtool", "-g", port.name)


WAYS = (
    lambda port: port.counters(), lambda port: port.stats(), lambda port: features(port.name),
    netdev_genl.stats, netdev_genl.queue_stats, netdev_genl.napi_of_queues,
    link, proc, sysfs, registers, settings)


def statistics(chance, stage):
    """One of the ways, at one of the ports."""
    port = chance.choice(stage.ports)
    with port.inside():
        if not port.ip.link_lookup(ifname=port.name):
            raise Refused("it is gone")
        try:
            chance.choice(WAYS)(port)
        except AssertionError:
            # Tools say in words of their own that it has gone meanwhile.
            if port.ip.link_lookup(ifname=port.name):
                raise
            raise Refused("it went") from None


def attributes(chance, _stage):
    """All attributes of one of the items."""
    items = list(configfs.ROOT.iterdir())
    if not items:
        raise Refused("there is none")
    configfs.Item(chance.choice(items).name).all()


def tcpdump(chance, stage):
    """Some packets of a port, in promiscuous mode or not."""
    port = chance.choice(stage.ports)
    with port.inside():
        result = run("timeout", 3, "tcpdump", "-nvxc", chance.randrange(1, 100), "-i", port.name,
                     *chance.choice(((), ("-p",), ("udp",))), check=False)
    if result.returncode not in (0, 124):
        why = [text for text in NO_DEVICE if text in result.stdout]
        assert why, result.stdout
        raise Refused(f"'{why[0]}'")


ACTIVITIES = [
    # A queue may have gone between the name and the number.
    Activity("statistics", statistics, ("ENODEV", "ENOENT", "EINVAL")),
    Activity("configfs, read", attributes, ("ENOENT",)),
    Activity("tcpdump", tcpdump),
]
