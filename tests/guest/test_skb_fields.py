"""Each field of an skb is decided about: net/scrub.h says what becomes of it on a cable.

The names there are compared with the types of the running kernel. A field that a new kernel adds
fails here until somebody has written down what becomes of it.
"""

import pathlib
import re

import pytest

from helpers.btf import Types

pytestmark = pytest.mark.lab

TABLE = pathlib.Path(__file__).parents[2] / "net/scrub.h"
ROW = re.compile(r'^\t(HEADER|KEPT|KEPT_BITS|CLEARED)\((\w+),\s+"(.+)"\)( \\)?$', re.MULTILINE)


def table(macro):
    """What is said of each field: its verdict, by name."""
    text = TABLE.read_text(encoding="ascii")
    body = re.search(rf"^#define {macro}\(.*\) \\\n((?:.+\\\n)*.+\n)", text, re.MULTILINE)[1]
    rows = ROW.findall(body)
    assert len(rows) == len(body.splitlines()), "a line of the table is not understood"
    fields = {name: verdict for verdict, name, _, _ in rows}
    assert len(fields) == len(rows), "a field stands there twice"
    return fields


@pytest.fixture(name="types", scope="module")
def types_fixture():
    """The kernel's types."""
    return Types()


def bits_of(members):
    """All bits of some members."""
    return {bit for _, first, width in members for bit in range(first, first + width)}


def undecided(members, known):
    """Those that are not decided about: by their own names, or by those of others in the same
    place. The group is what is in it.
    """
    decided = bits_of(member for member in members if member[0] in known)
    return [member for member in members
            if member[0] != "headers" and bits_of([member]) - decided]


TABLES = pytest.mark.parametrize("name, macro", [
    ("sk_buff", "NET_RS_SKB_FIELDS"), ("skb_shared_info", "NET_RS_SHINFO_FIELDS")])


@TABLES
def test_each_field_is_decided(types, name, macro):
    """There is no field that nobody has thought of."""
    members = list(types.members(types.struct(name)))
    assert len(members) > 10
    assert not undecided(members, table(macro)), "net/scrub.h does not say what becomes of these"


@TABLES
def test_a_new_field_is_noticed(types, name, macro):
    """As one is that the table does not have."""
    members, known = list(types.members(types.struct(name))), table(macro)
    new = ("something_new", max(first + width for _, first, width in members), 1)
    assert undecided(members + [new], known) == [new]
    old = next(member for member in members if member[0] == list(known)[-1])
    assert undecided(members, list(known)[:-1]) == [old]


def test_what_is_kept_of_the_headers_is_there(types):
    """`HEADER` is for the group that is cleared otherwise, and the others are not in it."""
    members = list(types.members(types.struct("sk_buff")))
    group = bits_of(member for member in members if member[0] == "headers")
    assert group
    where = {name: bool(bits_of([(name, first, width)]) & group)
             for name, first, width in members}
    for name, verdict in table("NET_RS_SKB_FIELDS").items():
        if verdict in ("HEADER", "KEPT", "KEPT_BITS"):
            assert where[name] == (verdict == "HEADER"), name
