"""docs/bench.svg: the main rows next to their peers, and what a packet's instructions are spent on.

    tests/bench/picture.py RESULTS FILE
"""

import json
import pathlib
import sys

import matplotlib
from matplotlib import pyplot

from measure import typical
from spent import PARTS, SHOWN, Case

COLOURS = {"vnet": "#b7410e", "dummy": "#5a7d9a", "veth": "#5a7d9a", "xmit": "#b7410e",
           "engine": "#d9843b", "poll": "#f0c48a", "kernel": "#c9d3dc"}


def bars(axes, rows):
    """Each row with a bar for each device."""
    names = []
    for place, row in enumerate(rows):
        names.append(row["name"])
        for offset, (device, values) in enumerate(row["figures"].items()):
            axes.barh(place + 0.38 * offset, typical(values), 0.36, color=COLOURS[device])
            axes.text(typical(values), place + 0.38 * offset, f" {device} {typical(values):.0f}",
                      va="center", fontsize=7)
    axes.set_yticks([place + 0.19 for place in range(len(rows))], names, fontsize=8)
    axes.invert_yaxis()
    axes.set_title("Instructions per packet", fontsize=10)
    axes.margins(x=0.2)


def stacks(axes, cases):
    """Each case with what of it is whose."""
    for place, case in enumerate(cases):
        left = 0
        for part in PARTS:
            width = case.total(part)
            axes.barh(place, width, 0.6, left=left, color=COLOURS[part],
                      label=part if place == 0 else None)
            left += width
    axes.set_yticks(range(len(cases)), [case.name for case in cases], fontsize=8)
    axes.invert_yaxis()
    axes.set_title("Where they go", fontsize=10)
    axes.legend(fontsize=8)


def main():
    """Draws it."""
    results, place = map(pathlib.Path, sys.argv[1:])
    rows = [row for row in json.loads((results / "packets.json").read_text(encoding="ascii"))
            if row["moderation"] == "default" and "1500" not in row["name"]]
    profile = results / "profile.json"
    found = json.loads(profile.read_text(encoding="ascii"))["cases"] if profile.exists() else {}
    cases = [Case(name, found[name]) for pair in SHOWN for name in pair if name in found]
    matplotlib.use("svg")
    # The same figures make the same file.
    matplotlib.rcParams.update({"svg.hashsalt": "vnet_rs", "svg.fonttype": "none"})
    parts = 2 if cases else 1
    figure, axes = pyplot.subplots(parts, figsize=(9, 4 * parts), squeeze=False,
                                   layout="constrained")
    bars(axes[0][0], rows)
    if cases:
        stacks(axes[1][0], cases)
    figure.savefig(place, metadata={"Date": None})


if __name__ == "__main__":
    main()
