"""Trace events of the network's core: the packets that a driver is given, and hands over."""

import contextlib
import re

from helpers.kernel import Trace

# The values of ip_summed: the stack has to sum it up, the card has and found it right, or the
# checksum was never filled in, because the packet has not left this machine.
UNSUMMED, CHECKED, NEVER_FILLED_IN = 0, 1, 3


class Skbs(Trace):
    """The skbs that go through one trace event, as dictionaries of its fields."""

    def __init__(self, event, port):
        super().__init__(f"net/{event}", name=f"vnet_{event}")
        self.event = event
        self.port = port

    def __enter__(self):
        super().__enter__()
        (self.instance / "buffer_size_kb").write_text("4096")
        return self

    def all(self, **only):
        """The events of the port since the last call, with these fields."""
        text = self.text()
        (self.instance / "trace").write_text("")
        lines = (line for line in text.splitlines() if f"{self.event}: " in line)
        skbs = [{name: number(value) for name, value in re.findall(r"(\w+)=(\S+)", line)}
                for line in lines]
        return [skb for skb in skbs if skb["dev"] == self.port.name
                and all(skb[name] == value for name, value in only.items())]


def number(value):
    """A field's value, as a number if it is one."""
    with contextlib.suppress(ValueError):
        return int(value, 0)
    with contextlib.suppress(ValueError):
        return int(value)
    return value


def received(port):
    """The packets that the driver hands to the stack."""
    return Skbs("napi_gro_receive_entry", port)


def sent(port):
    """The packets that the stack hands to the driver."""
    return Skbs("net_dev_start_xmit", port)
