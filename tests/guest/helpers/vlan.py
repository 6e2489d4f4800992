"""VLAN devices on both ends of a bench, and on its echo port."""

import contextlib

from helpers.run import run_batch

NEAR4, FAR4 = "203.0.113.1", "203.0.113.2"
NEAR6, FAR6 = "2001:db8:5::1", "2001:db8:5::2"
OURS, THEIRS = "192.0.2.129", "192.0.2.130"


def adding(over, *tags):
    """The commands that make VLAN devices one on top of the other; the last one's name."""
    lines = []
    for depth, (protocol, number) in enumerate(tags):
        name = f"vlan{depth}"
        lines += [f"link add link {over} name {name} type vlan protocol {protocol} id {number}",
                  f"link set {name} up"]
        over = name
    return lines, over


@contextlib.contextmanager
def vlans(bench, *tags):
    """The same VLAN at both ends, with addresses, while the block runs."""
    ends = (bench.near, bench.far)
    own = ((NEAR4, NEAR6), (FAR4, FAR6))
    for port, other, (four, six), theirs in zip(ends, ends[::-1], own, own[::-1]):
        lines, top = adding(port.name, *tags)
        lines.append(f"addr add {four}/24 dev {top}")
        if bench.ipv6:
            lines.append(f"addr add {six}/64 dev {top} nodad")
        # Nothing is to be asked for while frames are counted.
        lines += [f"neigh replace {address} lladdr {other.mac} dev {top} nud permanent"
                  for address in theirs[:1 + bench.ipv6]]
        with port.inside():
            run_batch("ip", *lines)
    try:
        yield
    finally:
        for port in ends:
            with port.inside():
                run_batch("ip", "link del vlan0")


@contextlib.contextmanager
def echo_vlan(port, *tags):
    """A VLAN on an echo port, while the block runs."""
    lines, top = adding(port.name, *tags)
    run_batch("ip", *lines, f"addr add {OURS}/32 dev {top}",
              f"route add {THEIRS}/32 dev {top} src {OURS}")
    try:
        yield
    finally:
        run_batch("ip", "link del vlan0")
