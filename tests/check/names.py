"""Types, constants and free functions of one name, in different files of one module."""

import re

from rust_source import code, line_of

# At the top of a file and formatted, an item begins its line.
ITEM = re.compile(r"""
    ^ (?:pub\s*(?:\([^)]*\)\s*)?)? (?:const\s+(?=(?:unsafe\s+)?fn))? (?:unsafe\s+)? (?:extern\s+)?
      (?:fn|const|static|struct|enum|trait|type|union|macro_rules!) \s+ (?P<name>[A-Za-z]\w*)
""", re.VERBOSE | re.MULTILINE)

# Where one name in several files is one meaning, and why it is not in one place.
SAME = {
    "new": "makes the ends of a ring, a FIFO or slots: named with the module, as in fifo::new()",
    "Mac": "the pure core cannot import that of net/",
    "IFNAMSIZ": "the pure core cannot import that of net/",
}
# Files that have the same things for another protocol each.
PROTOCOLS = "vnet_rs/cable/echo"
# Modules of their own, each with a driver of its own.
ELSEWHERE = ("net/kunit/", "samples/")


def find(files):
    """Yields (file, line, words) of each name that an earlier file has, too."""
    first = {}
    for name, text in files:
        if not name.endswith(".rs") or name.startswith(ELSEWHERE):
            continue
        place = PROTOCOLS if name.startswith(PROTOCOLS) else name
        text = code(text)
        for match in ITEM.finditer(text):
            item = match["name"]
            at = first.setdefault(item, place)
            if at != place and item not in SAME:
                yield name, line_of(text, match.start("name")), f"{item} is also in {at}"
