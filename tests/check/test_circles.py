"""The gate sees which file needs which, through re-exports and all forms of `use`."""

import circles
import pytest

MAP = ("mod a;\nmod b;\nmod c;\n"
       "pub(crate) use a::{A, made};\npub(crate) use b::{\n    B,\n    c_of, //\n};\n")
B = "struct B;\nfn c_of() {}\n"
C = "use super::B;\nstruct C;\n"

# The text of net/a.rs, and whether it is then in a circle with net/b.rs, which needs it.
SAYS = {
    "by the map": ("use super::B;\nstruct A;", True),
    "by its file": ("use super::b::B;\nstruct A;", True),
    "from the top": ("use crate::net::{b::B, c::C};\nstruct A;", True),
    "under another name": ("use super::B as Other;\nstruct A;", True),
    "all of it": ("use super::b::*;\nstruct A;", True),
    "without use": ("struct A(super::B);", True),
    "by a module that it uses": ("use super::b;\nstruct A(b::B);", True),
    "through others": ("use super::c::C;\nstruct A;", True),
    "in a module of its own": ("struct A;\nmod suite {\n    use super::super::B;\n}", True),
    "only for others": ("pub(crate) use super::b::B;\nstruct A;", False),
    "in words": ("// use super::B;\nstruct A(&'static str); const B: &str = \"super::B\";", False),
    "its own": ("struct A;\nmod suite {\n    use super::*;\n    use super::A;\n}", False),
    "another crate's": ("use kernel::b::B;\nuse core::b;\nstruct A;", False),
    "in a macro, for who calls it": ("struct A; macro_rules! m { () => { $crate::net::b::B } }",
                                     False),
}


@pytest.mark.parametrize("says, is_circle", SAYS.values(), ids=SAYS)
def test_says(says, is_circle):
    files = {"net.rs": MAP, "net/a.rs": says, "net/b.rs": "use super::A;\n" + B, "net/c.rs": C,
             "net/b.c": "use super::b;", "other/b.rs": "use crate::net::A;"}
    found = {name for name, _words in circles.find("net", files)}
    assert ({"net/a.rs", "net/b.rs"} <= found) == is_circle
    assert bool(found) == is_circle
    assert not list(circles.find("other", files))


def test_parent_and_child():
    """A file that names an item of its child, which names one of the file."""
    files = {"net/a.rs": "mod x;\nstruct A;\nfn f() { x::g() }",
             "net/a/x.rs": "use super::A;\npub fn g() {}"}
    found = dict(circles.find("net", files))
    assert found == {"net/a.rs": "in a circle of 2 files, by net/a/x.rs",
                     "net/a/x.rs": "in a circle of 2 files, by net/a.rs"}


def test_child_of_who_only_shows_it():
    files = {"net/a.rs": "mod x;\npub use x::g;\nstruct A;",
             "net/a/x.rs": "use super::A;\npub fn g() {}"}
    assert not list(circles.find("net", files))
