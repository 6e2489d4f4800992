"""A file that compiles and must not is noticed; and so is one refused for another reason."""

import pathlib
import shutil
import subprocess
import sys

import pytest
import rejected

CONTROL = {"control.rs": "ok"}
TREE = pathlib.Path(__file__).parents[2]


@pytest.mark.parametrize("wanted, got, words", [
    ({"a.rs": "E0502"}, {}, "compiles, and must not"),
    ({"a.rs": "E0502"}, {"a.rs": {"E0308"}}, "E0502 is the reason"),
    ({"a.rs": "E0502"}, {"a.rs": {"E0502", "E0308"}}, "E0502 is the reason"),
    ({"a.rs": "ok"}, {"a.rs": {"E0308"}}, "must compile"),
    ({"a.rs": None}, {"a.rs": {"E0308"}}, "does not say"),
    ({}, {"softirq.rs": {"E0308"}}, "not one of the files"),
])
def test_noticed(wanted, got, words):
    (wrong,) = rejected.judge(CONTROL | wanted, got)
    assert words in wrong


def test_no_control():
    assert list(rejected.judge({"a.rs": "E0502"}, {"a.rs": {"E0502"}}))


def test_as_they_should_be():
    got = {"a.rs": {"E0502"}, "b.rs": {"lifetime may not live long enough"}}
    assert not list(rejected.judge(CONTROL | {"a.rs": "E0502", "b.rs": "lifetime may not"}, got))


@pytest.mark.parametrize("name, is_right", [("skb_after_consume.rs", True), ("control.rs", False)])
def test_with_the_real_layer(tmp_path, name, is_right):
    """A file that is refused, and one that compiles and claims to be refused."""
    module = subprocess.run([TREE / "qemu/module.sh", "lab"], cwd=TREE, capture_output=True,
                            text=True, check=True)
    assert "vnet_rs.ko" in module.stdout
    text = (TREE / "tests/rejected" / name).read_text().partition("\n")[2]
    (tmp_path / "a.rs").write_text("//~ E0382\n" + text)
    shutil.copy(TREE / "tests/rejected/control.rs", tmp_path)
    run = subprocess.run([sys.executable, rejected.__file__, TREE / "build/lab", tmp_path],
                         capture_output=True, text=True, check=False)
    assert (run.returncode == 0) == is_right, run.stdout
    assert is_right or "a.rs: compiles, and must not (E0382)" in run.stdout
