"""Rules of nftables in a room, and their counters."""

import json


def rules(room, *lines):
    """Adds rules, line by line as `nft` reads them."""
    for line in lines:
        room.run("nft", line)


def counted(room):
    """How many packets each named counter has seen."""
    listed = json.loads(room.run("nft", "-j", "list", "counters").stdout)["nftables"]
    return {one["counter"]["name"]: one["counter"]["packets"]
            for one in listed if "counter" in one}
