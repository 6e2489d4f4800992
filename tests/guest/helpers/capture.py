"""tcpdump at an end of a cable."""

import contextlib
import subprocess
import tempfile

from scapy.utils import rdpcap

from helpers.wait import until


@contextlib.contextmanager
def tcpdump(end, count, *words):
    """Runs tcpdump while the block runs; the result has the packets, `count` of them."""
    packets = []
    with tempfile.NamedTemporaryFile() as dump, tempfile.NamedTemporaryFile("r") as log:
        with end.room.inside():
            process = subprocess.Popen(
                ["tcpdump", "-U", "-n", "-Z", "root", "-i", end.name, "-w", dump.name, *words],
                stderr=open(log.name, "w", encoding="ascii"))
        try:
            until(lambda: "listening on" in open(log.name, encoding="ascii").read(),
                  "tcpdump listens")
            yield packets
            until(lambda: len(rdpcap(dump.name)) >= count, f"tcpdump has seen {count} packets")
        finally:
            process.terminate()
            process.wait(timeout=30)
        packets.extend(rdpcap(dump.name))
