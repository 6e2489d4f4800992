#!/usr/bin/env python3
"""Code lines, unsafe blocks and SAFETY comments, layer by layer."""

import pathlib
import re
import sys

TREE = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TREE / "tests/check"))
from gates import Tree  # noqa: E402  (found through the path above)
from rust_source import code  # noqa: E402

# A file belongs to the first layer that has a place for it.
LAYERS = [
    ("kunit", ["net_kunit_main.rs", "net/kunit.rs", "net/kunit/"]),
    ("main", ["vnet_rs_main.rs", "Kbuild"]),
    ("driver", ["vnet_rs.rs", "vnet_rs/"]),
    ("net", ["net.rs", "net/"]),
    ("samples", ["samples/"]),
    ("tests", ["tests/"]),
    ("qemu", ["qemu/", "Makefile", ".ci/"]),
]
CODE = (".rs", ".c", ".h", ".py", ".sh", ".config", "Kbuild", "Makefile", "run")


def code_lines(name, text):
    """Lines that are neither blank nor comment alone."""
    if name.endswith((".rs", ".c", ".h")):
        return sum(1 for line in code(text).splitlines() if line.strip())
    return sum(1 for line in text.splitlines() if line.strip() and line.strip()[0] != "#")


def layer_of(name):
    """The layer that a file belongs to, if there is one."""
    for layer, places in LAYERS:
        for place in places:
            if name == place or place.endswith("/") and name.startswith(place):
                return layer
    return None


def main():
    files = Tree(TREE).files
    print(f"{'layer':8}{'files':>7}{'code lines':>12}{'unsafe':>8}{'SAFETY':>8}")
    for layer, _places in LAYERS:
        count = lines = unsafe = safety = 0
        for name, text in files.items():
            if not name.endswith(CODE) or layer_of(name) != layer:
                continue
            count += 1
            lines += code_lines(name, text)
            if name.endswith(".rs"):
                unsafe += len(re.findall(r"\bunsafe\s*(?:\{|impl\b)", code(text)))
                safety += text.count("// SAFETY:")
        print(f"{layer:8}{count:7}{lines:12}{unsafe:8}{safety:8}")


if __name__ == "__main__":
    main()
