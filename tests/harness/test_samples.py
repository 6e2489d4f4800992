"""`make samples` builds the modules of samples/, and nobody who does not ask for them has them."""

import os
import pathlib
import subprocess

import pytest

TREE = pathlib.Path(__file__).parents[2]


def said_by_make(*words):
    """What `make` would run."""
    return subprocess.run(["make", "-n", *words], cwd=TREE, stdout=subprocess.PIPE, check=True,
                          encoding="utf-8").stdout.strip()


def test_what_make_runs():
    assert said_by_make("samples") == "qemu/in-root.sh env SAMPLES=1 qemu/module.sh lab"
    assert said_by_make("samples", "KDIR=/k") == 'SAMPLES=1 qemu/kdir.sh "/k" modules'


@pytest.mark.parametrize("asked", [{}, {"SAMPLES": "1"}], ids=["not asked", "asked"])
def test_who_asks_has_them(tmp_path, asked):
    """The lists of what a module consists of are the first that kbuild makes for one."""
    subprocess.run(
        [TREE / "qemu/module.sh", "lab", "dummy_rs.mod", "ring_rs.mod"], check=False, cwd=TREE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | {"MODULE_DIR": str(tmp_path)} | asked)
    for name in ("dummy_rs", "ring_rs"):
        parts = (tmp_path / f"{name}.mod").read_text(encoding="utf-8")
        assert (f"samples/{name}.o" in parts) == bool(asked)
