"""The driver's own trace events: the steps of a frame's way through a port."""

import re
import socket

from helpers.kernel import Trace
from helpers.trace import number

STEPS = ("post", "doorbell", "complete", "interrupt", "reap", "deliver", "drop")
SO_NETNS_COOKIE = 71


def parsed(text):
    """The events in the output of trace, trace-cmd or perf, as dictionaries of their fields."""
    events = []
    for line in text.splitlines():
        found = re.search(r"vnet_rs_(\w+): +(dev=.*)", line)
        if found:
            fields = re.findall(r"(\w+)=(\S+)", found[2])
            events.append({"step": found[1]} | {name: number(value) for name, value in fields})
    return events


class Steps(Trace):
    """The driver's events while the block runs."""

    def __init__(self, *steps):
        super().__init__(*(f"vnet_rs/vnet_rs_{step}" for step in steps or STEPS),
                         name="vnet_steps")

    def __enter__(self):
        super().__enter__()
        (self.instance / "buffer_size_kb").write_text("4096")
        # One clock for all CPUs, the one of the wire; and addresses as they are.
        (self.instance / "trace_clock").write_text("mono")
        (self.instance / "options/hash-ptr").write_text("0")
        return self

    def all(self, step=None, **only):
        """The events so far, in order, with these fields."""
        return [event for event in parsed(self.text())
                if step in (None, event["step"])
                and all(event[name] == value for name, value in only.items())]


def net_cookie():
    """The number of the network namespace that this thread is in."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        return int.from_bytes(sock.getsockopt(socket.SOL_SOCKET, SO_NETNS_COOKIE, 8), "little")


def ring(event):
    """The cursors that an event shows."""
    return event["posted"], event["completed"], event["reaped"]
