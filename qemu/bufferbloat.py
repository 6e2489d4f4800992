#!/usr/bin/env python3
"""In the root: draw the round trips that tests/guest/test_bufferbloat.py has measured.

    qemu/bufferbloat.py MEASURED.json PICTURE.svg
"""

import json
import pathlib
import sys

import matplotlib
import matplotlib.pyplot as plt

LABELS = {"ring": "byte limit out of the way: the ring of 1024 frames is the queue",
          "bql": "byte limit (BQL) at work: fq_codel is the queue"}
COLOURS = {"ring": "tab:red", "bql": "tab:blue"}


def draw(results, picture):
    """One curve for each way, over the time since the first ping."""
    # The same picture from the same figures.
    matplotlib.rcParams.update({"svg.hashsalt": "vnet_rs", "svg.fonttype": "none"})
    figure, axes = plt.subplots(figsize=(8, 4.5))
    for name, (pings, kbps) in results.items():
        first = pings[0][0]
        axes.plot([when - first for when, _ in pings], [took for _, took in pings],
                  ".-", color=COLOURS[name], linewidth=0.8, markersize=4,
                  label=f"{LABELS[name]}\n({kbps / 1000:.1f} Mbit/s on the wire)")
    axes.set_yscale("log")
    axes.set_ylim(0.3, 1000)
    axes.set_xlabel("time, s (of the guest, counted in instructions)")
    axes.set_ylabel("round trip of a ping, ms")
    axes.set_title("A ping through fq_codel on a flooded link of 100 Mbit/s")
    axes.grid(True, which="major", linewidth=0.3)
    axes.legend(loc="upper right", fontsize=8)
    figure.tight_layout()
    figure.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    draw(json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="ascii")), sys.argv[2])
