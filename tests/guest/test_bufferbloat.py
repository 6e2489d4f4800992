"""Back-pressure reaches the queueing discipline: a flood does not hold up a ping."""

import json
import os
import pathlib

import pytest

from helpers.bloat import FRAME_MS, KBPS, RING, bloat_way, flooded
from helpers.fidelity import report

pytestmark = pytest.mark.exact


def percentile(pings, part):
    """What so many of a hundred round trips took at most, in ms."""
    took = sorted(ms for _, ms in pings)
    return took[min(len(took) - 1, len(took) * part // 100)]


def test_bufferbloat(module, silent):
    """A ping that waits for the whole ring takes as long as that; with the byte limit it waits
    for a few frames, and the flood gets through as well.
    """
    with bloat_way(silent) as way:
        results = {"ring": flooded(way, byte_limit=False), "bql": flooded(way, byte_limit=True)}
    keep = pathlib.Path(os.environ.get("OUT", "/tmp")) / "bufferbloat.json"
    keep.write_text(json.dumps(results), encoding="ascii")
    for name, (pings, kbps) in results.items():
        report(f"bufferbloat: {name}: median {percentile(pings, 50):.2f} ms, 99 % within "
               f"{percentile(pings, 99):.2f} ms, {kbps / 1000:.1f} Mbit/s on the wire")
    (slow, slow_kbps), (quick, quick_kbps) = results["ring"], results["bql"]
    # A full ring takes 126 ms. The driver lets a quarter of it run empty before it goes on.
    assert percentile(slow, 99) == pytest.approx(RING * FRAME_MS, rel=0.01)
    assert percentile(slow, 0) > RING * FRAME_MS * 0.75
    assert percentile(quick, 99) <= 5
    assert slow_kbps == pytest.approx(KBPS, rel=0.002)
    assert quick_kbps == pytest.approx(slow_kbps, rel=0.01)
