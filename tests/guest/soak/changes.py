"""What changes a port that lives."""

import socket
import struct
import time

from helpers.ethtool import ask_to_set
from helpers.faults import FAULTS, HANG, wrong
from helpers.queues import RING_SIZES, RINGS_SET
from helpers.run import run
from soak.crew import Activity

# Of the ethtool family: ETHTOOL_MSG_CHANNELS_SET with ETHTOOL_A_CHANNELS_COMBINED_COUNT,
# ETHTOOL_MSG_COALESCE_SET with RX_USECS, RX_MAX_FRAMES, TX_USECS, TX_MAX_FRAMES.
CHANNELS_SET, COMBINED = 18, 9
COALESCE_SET, COALESCE = 20, (2, 3, 6, 7)
# What a port has that nobody has changed.
MTU, RING, QUEUES = 1500, 256, 2


def up_and_down(chance, stage):
    """A port goes down, and comes up again."""
    port = chance.choice(stage.ports)
    port.down()
    time.sleep(chance.choice((0, 0, 0.05)))
    port.up()
    time.sleep(chance.choice((0, 0.5, 2)))


def ask(port, command, values):
    """Asks ethtool for it, where the port is."""
    with port.inside():
        ask_to_set(port, command, values)


def set_rings(port, tx, rx):
    """`ethtool -G`."""
    ask(port, RINGS_SET, {RING_SIZES["tx"]: tx, RING_SIZES["rx"]: rx})


def rings(chance, stage):
    """The rings become larger, or smaller."""
    tx, rx = (1 << chance.randrange(3, 11) for _ in range(2))
    set_rings(chance.choice(stage.ports), tx, rx)


def set_queues(port, count):
    """`ethtool -L combined`."""
    ask(port, CHANNELS_SET, {COMBINED: count})


def queues(chance, stage):
    """One queue pair, or two."""
    set_queues(chance.choice(stage.ports), chance.randrange(1, 3))


def offloads(chance, stage):
    """Some offloads on, some off. `loopback` only where nobody counts what comes back."""
    port = chance.choice(stage.ports)
    names = sorted(name for name in port.features() if port is stage.sink or name != "loopback")
    chosen = chance.sample(names, chance.randrange(1, 6))
    port.set_features({name: bool(chance.randrange(2)) for name in chosen})


def mtu(chance, stage):
    """Another MTU."""
    chance.choice(stage.ports).set(mtu=chance.choice((576, 1280, 1500, 4000, 9000)))


def mac(chance, stage):
    """Another address, while the port is up or not."""
    address = ":".join(f"{chance.randrange(256):02x}" for _ in range(5))
    chance.choice(stage.ports).set(address=f"02:{address}")
    time.sleep(0.2)


def groups(chance, stage):
    """Somebody joins groups, as any user may, without RTNL: the filter looks at the address."""
    port = chance.choice(stage.ports)
    with port.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        for number in range(chance.randrange(1, 80)):
            group = socket.inet_pton(socket.AF_INET6, f"ff02::4:{number:x}")
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                            group + struct.pack("=i", port.index))


def set_moderation(port, *values):
    """`ethtool -C`: rx-usecs, rx-frames, tx-usecs, tx-frames."""
    ask(port, COALESCE_SET, dict(zip(COALESCE, values)))


def moderation(chance, stage):
    """Interrupts come later."""
    values = chance.choice(((0, 1), (0, 16), (50, 0), (50, 16), (5000, 1), (5000, 16)))
    set_moderation(chance.choice(stage.ports), *values, *values)


def rate(chance, stage):
    """The wire becomes slower, or faster."""
    port = chance.choice(stage.ports)
    with port.inside():
        run("ethtool", "-s", port.name, "speed", chance.choice((10, 100, 1000)), "autoneg", "off")


def faults(chance, stage):
    """Some faults for a while: long enough, at times, for the watchdog."""
    port = chance.choice(stage.ports)
    chosen = chance.sample(FAULTS, chance.randrange(1, 4))
    with port.inside(), wrong(port, *chosen):
        time.sleep(8 if HANG in chosen and chance.randrange(2) else chance.random())


ACTIVITIES = [
    Activity("up and down", up_and_down),
    # More is in flight than would fit.
    Activity("rings", rings, ("EBUSY",)),
    Activity("queues", queues, ("EBUSY",)),
    Activity("offloads", offloads),
    Activity("MTU", mtu),
    Activity("MAC", mac),
    # With an MTU below 1280 there is no IPv6.
    Activity("groups", groups, ("ENODEV", "EINVAL")),
    Activity("moderation", moderation),
    Activity("rate", rate),
    Activity("faults", faults),
]
