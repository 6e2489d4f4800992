"""The kernel's own packet generator: as much load as there can be."""

import pathlib
import re
import subprocess

from helpers.vnet import FAR4
from helpers.wait import until

PKTGEN = pathlib.Path("/proc/thread-self/net/pktgen")


class Pktgen:
    """A run of pktgen on a port. `count` 0 means until it is stopped.

    Unless it is `shared`, each packet is sent once and pktgen forgets it: veth can do no more.
    """

    def __init__(self, port, mac, count=0, burst=32, clone=1000, size=60, udp_port=9, cpu=0,
                 shared=True, **more):
        self.port = port
        self.flags = [] if shared else ["!SHARED"]
        self.process = None
        self.thread = PKTGEN / f"kpktgend_{cpu}"
        self.settings = {
            "count": count, "burst": burst, "clone_skb": clone, "pkt_size": size,
            "delay": 0, "dst_min": FAR4, "dst_max": FAR4, "src_min": "192.0.2.1",
            "src_max": "192.0.2.1", "dst_mac": mac,
            "udp_dst_min": udp_port, "udp_dst_max": udp_port,
        } | more

    def __enter__(self):
        self.thread.write_text("rem_device_all\n")
        self.thread.write_text(f"add_device {self.port.name}\n")
        for name, value in self.settings.items():
            (PKTGEN / self.port.name).write_text(f"{name} {value}\n")
        for flag in self.flags:
            (PKTGEN / self.port.name).write_text(f"flag {flag}\n")
        return self

    def run(self):
        """Runs it to the end; returns how many packets it has sent."""
        (PKTGEN / "pgctrl").write_text("start\n")
        # The kernel waits for its thread, but not for a thread that starts late.
        until(lambda: re.search(r"Result: OK: \d+\(c", self.result()), "pktgen is done", 120)
        return self.sofar()

    def start(self):
        """Starts it; returns when it runs."""
        self.process = subprocess.Popen(
            ["sh", "-c", "echo start > /proc/self/net/pktgen/pgctrl"])
        until(lambda: self.sofar() > 0, "pktgen runs")

    def stop(self):
        """Stops it, if it still runs."""
        (PKTGEN / "pgctrl").write_text("stop\n")
        self.process.wait(timeout=60)

    def result(self):
        """pktgen's report of the run."""
        return (PKTGEN / self.port.name).read_text()

    def sofar(self):
        """How many packets it has sent."""
        return int(re.search(r"pkts-sofar: (\d+)", self.result()).group(1))

    def nanoseconds(self):
        """How long a packet took; with `-icount`, how many instructions."""
        took = re.search(r"Result: OK: (\d+)\(c\d+\+d\d+\) usec, (\d+)", self.result())
        return int(took[1]) * 1000 / int(took[2])

    def errors(self):
        """How many it could not send."""
        return int(re.search(r"errors: (\d+)", self.result()).group(1))

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.stop()
        if (PKTGEN / self.port.name).exists():
            self.thread.write_text("rem_device_all\n")
