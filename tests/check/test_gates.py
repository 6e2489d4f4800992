"""Each gate notices a bad sample, and leaves a good one alone."""

import pathlib

import gates
import pytest
import rust_source

FORBID = "#![forbid(unsafe_code)]\n"
GOOD_UNSAFE = """
/// Frees.
///
/// # Safety
///
/// `p` comes from `make`.
pub unsafe fn free(p: *mut u8) {
    // SAFETY: by this function's contract `p` comes from `make`, which owns it.
    unsafe { bindings::free(p) };
    // SAFETY: see above; the statement goes over
    // several lines.
    let x =
        unsafe { f() };
}
"""
SPLIT = "deb.debian" + ".org"

BAD = [
    ("no_unsafe_in_the_driver", "vnet_rs/a.rs", "fn f() { unsafe { g() } }"),
    ("no_unsafe_in_the_driver", "vnet_rs.rs", FORBID + "unsafe impl Send for A {}"),
    ("no_unsafe_in_the_driver", "samples/a.rs", "fn f() { unsafe { g() } }"),
    ("unsafe_is_forbidden", "vnet_rs.rs", "// " + FORBID + "mod port;"),
    ("unsafe_is_forbidden", "vnet_rs/other.rs", FORBID),
    ("unsafe_is_justified", "net/a.rs", "fn f() {\n    unsafe { g() };\n}"),
    ("unsafe_is_justified", "net/a.rs", "// Sends.\nunsafe impl Send for A {}"),
    ("unsafe_is_justified", "net/a.rs", "/// Frees.\npub unsafe fn free() {}"),
    ("unsafe_is_justified", "net/a.rs", "unsafe extern \"C\" fn open() {}"),
    ("unsafe_is_justified", "net/a.rs",
     "// SAFETY: the first only, which is long enough.\nlet a = unsafe { f() };\n"
     "let b = unsafe { f() };"),
    ("safety_comments_give_a_reason", "net/a.rs", "// SAFETY: Just an FFI\n// call.\n"),
    ("safety_comments_give_a_reason", "net/a.rs", "// SAFETY: Only called by the core.\n"),
    ("safety_comments_give_a_reason", "net/a.rs", "// SAFETY: TODO, find out.\n"),
    ("safety_comments_give_a_reason", "net/a.rs", "// SAFETY: what the core\n// guarantees.\n"),
    ("safety_comments_give_a_reason", "net/a.rs", "// SAFETY: ok\n"),
    ("no_static_mut", "net/a.rs", "static mut COUNT: u32 = 0;"),
    ("net_does_not_know_the_driver", "net/a.rs", "use crate::vnet_rs::port::Port;"),
    ("lints_stay_on", "net/a.rs", "#[allow(dead_code)]\nfn f() {}"),
    ("lints_stay_on", "vnet_rs/a.rs", "#![cfg_attr(x, allow(dead_code))]"),
    ("lints_stay_on", "vnet_rs/a.rs", "#[expect(unused)]\nfn f() {}"),
    ("pure_core_is_pure", "vnet_rs/cable/wire.rs", "use kernel::prelude::*;"),
    ("pure_core_is_pure", "vnet_rs/cable/echo/ip.rs", "use crate::net::SkBuff;"),
    ("no_panic", "vnet_rs/a.rs", "let x = y.unwrap();"),
    ("no_panic", "net/a.rs", "let x = y\n    .expect(\"it is there\");"),
    ("no_panic", "vnet_rs/a.rs", "_ => unreachable!(),"),
    ("no_package_host", "qemu/a.sh", f"wget http://{SPLIT}/x"),
    ("no_path_of_one_machine", "README.md", "see /home" + "/me/linux"),
    ("no_path_of_one_machine", "qemu/a.sh", "ls /root" + "/linux"),
    ("files_are_short", "net/a.rs", "\n" * 401),
    ("no_circle_of_files", "net/a.rs and b.rs",
     {"net/a.rs": "use super::b::B;\nstruct A;", "net/b.rs": "use super::a::A;\nstruct B;"}),
    ("imports_run_one_way", "vnet_rs/card/a.rs, vnet_rs/driver/b.rs",
     {"vnet_rs/card/a.rs": "use super::super::driver::b::B;\nstruct A;",
      "vnet_rs/driver/b.rs": "use crate::vnet_rs::card::a::A;\nstruct B;",
      "vnet_rs/driver.rs": "mod b;", "vnet_rs/card.rs": "mod a;", "vnet_rs.rs": "mod card;"}),
    ("imports_run_one_way", "vnet_rs/cable.rs, vnet_rs/ring/b.rs",
     {"vnet_rs/cable.rs": "use super::ring::b::B;", "vnet_rs/ring.rs": "mod b;",
      "vnet_rs/ring/b.rs": "struct B;", "vnet_rs.rs": "mod cable;\nmod ring;"}),
    ("samples_are_small", "samples/dummy_rs.rs", "fn f() {}\n" * 81),
    ("comments_have_a_subject", "vnet_rs/a.rs", "/// What there is one of.\nstruct State;"),
    ("comments_have_a_subject", "vnet_rs.rs", "mod a;\n\n    // One that is empty.\nf();"),
    ("comments_have_a_subject", "vnet_rs_main.rs", "f();\n// It sends.\n"),
    ("comments_have_a_subject", "net/a.rs", "/// Who has the turn.\n"),
    ("comments_have_a_subject", "samples/a.rs", "//! Whoever reads.\n"),
    ("comments_have_a_subject", "net/a.rs", "    /// Who has it.\n    owner: u32,\n"),
    ("booleans_take_if", "net/a.rs", "match b {\n    true => f(),\n    false => g(),\n}"),
    ("names_mean_one_thing", "vnet_rs/a.rs and net/b.rs",
     {"vnet_rs/a.rs": "struct Fault;", "net/b.rs": "pub(crate) enum Fault {\n    A,\n}"}),
    ("names_mean_one_thing", "net/a.rs and b.rs",
     {"net/a.rs": "const MIN: u32 = 14;", "net/b.rs": "pub(super) const MIN: u32 = 60;"}),
    ("names_mean_one_thing", "net/a.rs and b.rs",
     {"net/a.rs": "fn number() {}", "net/b.rs": "pub(crate) const fn number() {}"}),
    ("functions_are_short", "net/a.rs", "fn f() {\n" + "    g();\n" * 60 + "}"),
]

GOOD = {
    "vnet_rs.rs": "// The map.\n" + FORBID + "mod port;\n",
    "vnet_rs/port.rs": "// unsafe is only a word here, and \"unsafe {\" too\n"
                       "fn f() -> &'static str { \"panic!(unsafe)\" }\n"
                       "/// Sends.\n///\n/// It may sleep.\n// Itself is no It.\n"
                       "fn g<'a>(x: &'a u8) { h(x).unwrap_or(0) }\n",
    "vnet_rs/cable/wire.rs": "//! Uses nothing of kernel:: at all.\nfn wire() {}\n",
    "net/a.rs": GOOD_UNSAFE,
    "net/b.rs": "struct A;\n\nimpl A {\n    fn new() {}\n\n    fn g() {}\n}\n",
    "net/bindings.rs": "#[allow(dead_code)]\nmod generated {}\n",
    "qemu/a.sh": "ls /vnet/root-dev\n",
}


def tree_of(tmp_path, files):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return gates.Tree(tmp_path)


@pytest.mark.parametrize("gate, name, text", BAD)
def test_gate_notices(tmp_path, gate, name, text):
    tree = tree_of(tmp_path, text if isinstance(text, dict) else {name: text})
    assert list(getattr(gates, gate)(tree))


@pytest.mark.parametrize("gate", gates.GATES, ids=lambda gate: gate.__name__)
def test_gate_leaves_good_code_alone(tmp_path, gate):
    assert not list(gate(tree_of(tmp_path, GOOD)))


@pytest.mark.parametrize("gate", gates.GATES, ids=lambda gate: gate.__name__)
def test_each_gate_has_a_bad_sample(gate):
    assert gate.__name__ in {name for name, _file, _text in BAD}


def test_only_code_is_left():
    source = "a /* b\nc */ 'd' \"e // f\" r#\"g\"h\"# b'i' '\\'' // j\nlet x: &'k str;"
    assert rust_source.code(source).split() == ["a", "let", "x:", "&'k", "str;"]


def test_this_tree_is_read():
    tree = gates.Tree(pathlib.Path(__file__).parents[2])
    assert "tests/check/gates.py" in tree.files
    assert not [name for name in tree.files if name.startswith("build/")]
