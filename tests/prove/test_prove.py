"""Each proof is a script of its own, which can be run alone; here they run one after the other.

A script that ends with 77 says why it was skipped.
"""

import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
SKIPPED = 77
# Only if it is named, `TESTS=kcsan make prove`: it builds a kernel of its own.
ASKED_FOR = [name for name in ["kcsan"] if name in os.environ.get("TESTS", "")]


def run(name, capfd):
    """Runs a proof, and shows its output as it comes."""
    with capfd.disabled():
        print(f"\n-- {name}", flush=True)
        status = subprocess.run([HERE / f"{name}.sh"], check=False).returncode
    if status == SKIPPED:
        pytest.skip(f"{name}.sh says why")
    assert status == 0


@pytest.mark.parametrize("name", ["atomics", "loom", "litmus", "asan", "fuzz", "soak", *ASKED_FOR])
def test_proof(name, capfd):
    """The proofs that no other part of `make test` makes."""
    run(name, capfd)


@pytest.mark.parametrize("name", ["kunit", "failslab"])
def test_proof_among_guest_tests(name, capfd):
    """The proofs that the tests in the guest make as well."""
    run(name, capfd)
