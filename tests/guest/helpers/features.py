"""`ethtool -k` and `ethtool -K`."""

import struct

from helpers import ethtool
from helpers.run import run_json


def listed(name):
    """All that `ethtool -k` shows of a device."""
    shown = run_json("ethtool", "--json", "-k", name)[0]
    return {feature: state for feature, state in shown.items() if feature != "ifname"}


def features(name):
    """Which of the offloads that can be changed are on, by the kernel's names."""
    names = ethtool.strings(name, ethtool.SET_FEATURES)
    blocks = -(-len(names) // 32)
    answer = ethtool.ask(name, struct.pack("=II", ethtool.GFEATURES, blocks), 16 * blocks)
    words = list(struct.iter_unpack("=IIII", answer[8:]))
    fixed = {bit for bit in range(len(names)) if has(words, 0, bit) <= has(words, 3, bit)}
    return {feature: has(words, 2, bit) for bit, feature in enumerate(names)
            if bit not in fixed and feature}


def has(words, which, bit):
    """A bit of one of: available, requested, active, never changed."""
    return bool(words[bit // 32][which] & 1 << bit % 32)


def switch(name, wanted):
    """Turns offloads on or off, as `ethtool -K`, which takes much longer."""
    names = ethtool.strings(name, ethtool.SET_FEATURES)
    blocks = [[0, 0] for _ in range(-(-len(names) // 32))]
    for feature, on in wanted.items():
        bit = names.index(feature)
        blocks[bit // 32][0] |= 1 << bit % 32
        blocks[bit // 32][1] |= on << bit % 32
    words = [word for block in blocks for word in block]
    ethtool.ask(name, struct.pack(f"=II{len(words)}I", ethtool.SFEATURES, len(blocks), *words))


def differences(old, new):
    """The old values of those that have changed."""
    return {feature: on for feature, on in old.items() if new[feature] != on}
