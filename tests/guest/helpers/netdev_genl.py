"""The netdev family of generic netlink: queues, their NAPI instances and statistics.

As Documentation/netlink/specs/netdev.yaml describes it; there is no tool for it in the
distribution, and little is needed here.
"""

import errno
import struct

from helpers.genl import ACK, DUMP, attribute, request

QUEUE_GET, NAPI_GET, QSTATS_GET, NAPI_SET = 10, 11, 12, 14
QUEUES = ("rx", "tx")
NAPI = {1: "ifindex", 2: "id", 4: "pid", 5: "defer_hard_irqs", 6: "gro_flush_timeout",
        8: "threaded"}
QUEUE = {1: "id", 2: "ifindex", 3: "type", 4: "napi"}
QSTATS = {2: "type", 3: "id", 8: "rx_packets", 9: "rx_bytes", 10: "tx_packets", 11: "tx_bytes",
          14: "rx_missed", 33: "tx_stops", 34: "tx_wakes"}
QSTATS_SCOPE = 4
# Where the number of the device, or of the instance, is in a request.
IFINDEX, NAPI_ID, QUEUE_IFINDEX = 1, 2, 2


def ask(command, flags, *parts):
    """Asks the family for something."""
    return request("netdev", command, flags, *parts)


def named(answer, names):
    """An answer, as numbers with names."""
    return {name: int.from_bytes(answer[kind], "little")
            for kind, name in names.items() if kind in answer}


def dump(command, names, *parts):
    """All that there is."""
    return [named(answer, names) for answer in ask(command, DUMP, *parts)]


def napis(port):
    """The NAPI instances of a port, with their settings."""
    return dump(NAPI_GET, NAPI, attribute(IFINDEX, port.index))


def napi_of_queues(port):
    """Which NAPI instance serves a queue: by ("rx" or "tx", number)."""
    found = dump(QUEUE_GET, QUEUE, attribute(QUEUE_IFINDEX, port.index))
    return {(QUEUES[one["type"]], one["id"]): one.get("napi") for one in found}


def set_napi(napi, defer, timeout):
    """Sets how long an instance puts off its interrupts, and flushes GRO."""
    ask(NAPI_SET, ACK, attribute(NAPI_ID, napi), attribute(5, defer),
        attribute(6, timeout))


def has_napi(napi):
    """Whether there is such an instance."""
    try:
        ask(NAPI_GET, ACK, attribute(NAPI_ID, napi))
    except OSError as error:
        assert error.errno == errno.ENOENT
        return False
    return True


def stats(port):
    """The statistics of a port as a whole: of all queues that it has had, be it down or up."""
    return dump(QSTATS_GET, QSTATS, attribute(IFINDEX, port.index))[0]


def queue_stats(port):
    """The statistics of each queue in use of a port that is up: by ("rx" or "tx", number)."""
    found = dump(QSTATS_GET, QSTATS, attribute(IFINDEX, port.index),
                 attribute(QSTATS_SCOPE, struct.pack("=Q", 1)))
    return {(QUEUES[one["type"]], one["id"]): one for one in found}
