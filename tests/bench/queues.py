"""What several queues cost: so many pktgen threads, each on a CPU and with a queue of its own.

Here CPUs take turns, and instructions of all of them make the time. So the time that it takes all
together, through the packets of all, is what a packet costs. They do not start at once; what
counts is the time in which at least one of them ran.
"""

import contextlib
import re

from helpers.peers import Peers
from helpers.pktgen import PKTGEN, Pktgen
from helpers.wait import until
from measure import Report, in_turn

COUNT = 15_000
RUNS = 2


class Threads(Pktgen):
    """pktgen on one port, from several CPUs."""

    def __init__(self, port, mac, queues, count, burst):
        super().__init__(port, mac, count=count, burst=burst, clone=0, shared=burst > 1)
        self.queues = queues

    def __enter__(self):
        for queue in range(self.queues):
            thread = PKTGEN / f"kpktgend_{queue}"
            thread.write_text("rem_device_all\n")
            name = f"{self.port.name}@{queue}"
            thread.write_text(f"add_device {name}\n")
            lines = [f"{key} {value}" for key, value in self.settings.items()]
            lines += [f"flag {flag}" for flag in self.flags]
            lines += [f"queue_map_min {queue}", f"queue_map_max {queue}"]
            for line in lines:
                (PKTGEN / name).write_text(f"{line}\n")
        return self

    def cost(self):
        """Runs them all; returns the time of all, through the packets of all."""
        (PKTGEN / "pgctrl").write_text("start\n")
        files = [PKTGEN / f"{self.port.name}@{queue}" for queue in range(self.queues)]
        until(lambda: all("Result: OK" in file.read_text() for file in files), "all are done", 120)
        texts = [file.read_text() for file in files]
        sent = sum(int(re.search(r"pkts-sofar: (\d+)", text)[1]) for text in texts)
        times = [re.search(r"started: (\d+)us +stopped: (\d+)us", text) for text in texts]
        return covered([(int(one[1]), int(one[2])) for one in times]) * 1000 / sent

    def __exit__(self, *_):
        for queue in range(self.queues):
            with contextlib.suppress(OSError):
                (PKTGEN / f"kpktgend_{queue}").write_text("rem_device_all\n")


def covered(spans):
    """How much time is in at least one of these."""
    total, end = 0, 0
    for start, stop in sorted(spans):
        total += max(0, stop - max(start, end))
        end = max(end, stop)
    return total


def cost(peers, name, queues, burst=1, count=COUNT):
    """What a packet costs on so many queues, of so many packets each."""
    with Threads(peers[name], peers.to(name), queues, count, burst) as threads:
        return threads.cost()


def main():
    """One to eight."""
    report = Report("queues")
    for queues in (1, 2, 4, 8):
        with Peers(queues=queues) as peers:
            report.row("queues", f"{queues}", in_turn({
                "sink": lambda: cost(peers, "vnet2", queues),
                "dummy": lambda: cost(peers, "dummy0", queues),
                "sink, burst 32": lambda: cost(peers, "vnet2", queues, 32),
                "pair": lambda: cost(peers, "vnet0", queues),
                "veth": lambda: cost(peers, "veth0", queues),
            }, RUNS))
    report.write()


if __name__ == "__main__":
    main()
