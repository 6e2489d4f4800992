"""How true a link is: the times of events, and how far figures may be off."""

import contextlib
import math
import os
import pathlib
import re
import statistics

from helpers.events import parsed
from helpers.kernel import Trace
from helpers.run import run

# Preamble, FCS and gap.
OVERHEAD = 24
# Half of the width of a normal distribution's middle 99.9 %, in standard deviations.
SIGMAS_999 = 3.2905


def times(text, event):
    """When the events of one name happened, in ns; tracefs shows them rounded to us."""
    return [int(seconds) * 1_000_000_000 + int(micros) * 1000
            for seconds, micros in re.findall(rf" (\d+)\.(\d{{6}}): {event}: ", text)]


def steps_with_times(text, step):
    """The driver's events of one step, with the time at which each happened, in ns."""
    events = [event for event in parsed(text) if event["step"] == step]
    return [event | {"time": time}
            for event, time in zip(events, times(text, f"vnet_rs_{step}"), strict=True)]


class CoreTrace(Trace):
    """Events of the network's core, with the wire's clock."""

    def __init__(self, *events):
        super().__init__(*(f"net/{event}" for event in events), name="vnet_fidelity")

    def __enter__(self):
        super().__enter__()
        (self.instance / "buffer_size_kb").write_text("4096")
        (self.instance / "trace_clock").write_text("mono")
        return self

    def times(self, event, name):
        """When the event happened to frames of an interface, in ns."""
        lines = [line for line in self.text().splitlines() if f"dev={name} " in line]
        return times("\n".join(lines), event)


def kbps_of(frames, frame_bytes, nanoseconds):
    """The rate at which so many frames have left, in kbit/s."""
    return frames * (frame_bytes + OVERHEAD) * 8 * 1_000_000 / nanoseconds


def spread(errors):
    """The median and the 99th percentile of errors, without their sign, in us."""
    size = sorted(abs(error) for error in errors)
    return statistics.median(size) / 1000, size[math.ceil(len(size) * 0.99) - 1] / 1000


def binomial(count, ppm):
    """The 99.9 % interval of how often something happens that has this chance."""
    chance = ppm / 1_000_000
    half = SIGMAS_999 * math.sqrt(count * chance * (1 - chance))
    return count * chance - half, count * chance + half


def late(numbers):
    """How many come after one that was sent later."""
    newest, count = -math.inf, 0
    for number in numbers:
        count += number < newest
        newest = max(newest, number)
    return count


def early(numbers):
    """How many come before one that was sent earlier."""
    return late([-number for number in reversed(numbers)])


@contextlib.contextmanager
def netem(room, other, *how):
    """A veth pair from `near` in a room to `far` in another; netem is at `near`."""
    with room.inside():
        run("ip", "link", "add", "near", "type", "veth", "peer", "name", "far")
        index = room.ip.link_lookup(ifname="far")[0]
        room.ip.link("set", index=index, net_ns_fd=other.fd)
        room.ip.link("set", ifname="near", state="up")
        other.ip.link("set", index=other.ip.link_lookup(ifname="far")[0], state="up")
        run("tc", "qdisc", "add", "dev", "near", "root", "netem", "limit", 100_000, *how)
        try:
            yield
        finally:
            run("ip", "link", "del", "near")


def report(line):
    """A figure for people: shown when the tests are over."""
    figures = pathlib.Path(os.environ.get("OUT", "/tmp")) / "figures"
    with figures.open("a", encoding="ascii") as file:
        file.write(f"{line}\n")
