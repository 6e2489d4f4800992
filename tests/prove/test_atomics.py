"""atomics.py finds atomics, and their functions."""

import subprocess

import atomics
import pytest

SAMPLE = """
extern void _raw_spin_lock(int *);
static inline int inlined(int *a) { return __atomic_fetch_add(a, 1, __ATOMIC_SEQ_CST); }
int add(int *a) { return inlined(a); }
int and(int *a) { return __atomic_fetch_and(a, 7, __ATOMIC_SEQ_CST); }
int swap(int *a) { return __atomic_exchange_n(a, 1, __ATOMIC_SEQ_CST); }
int compare(int *a) { return __sync_bool_compare_and_swap(a, 1, 2); }
void lock(int *a) { _raw_spin_lock(a); }
int load(int *a) { return __atomic_load_n(a, __ATOMIC_ACQUIRE); }
void store(int *a) { __atomic_store_n(a, 1, __ATOMIC_RELEASE); }
void plain(int *a) { a[0] += a[1]; }
void barrier(void) { asm volatile("lock; addl $0,-4(%%rsp)" ::: "memory", "cc"); }
__attribute__((section(".init.text"))) int elsewhere(int *a) { return inlined(a); }
"""


@pytest.fixture(name="found", scope="module")
def found_fixture(tmp_path_factory):
    """The findings in the sample."""
    source = tmp_path_factory.mktemp("atomics") / "sample.c"
    source.write_text(SAMPLE, encoding="ascii")
    built = source.with_suffix(".o")
    subprocess.run(["clang", "-O2", "-g", "-c", source, "-o", built], check=True)
    return atomics.functions(built)


def test_all_are_found(found):
    """Each of those that has one, also one in another section, and none that has not."""
    assert found.keys() == {"inlined", "and", "swap", "compare", "lock"}
    assert len(found["inlined"]) == 1 and len(found["swap"]) == 1


@pytest.mark.parametrize("frames, name", [
    # Of the kernel, in ours.
    ([("<kernel::sync::refcount::Refcount>::inc", "/kernel/refcount.rs:72"),
      ("<vnet_rs::vnet_rs::port::Port as vnet_rs::net::driver::Driver>::start_xmit", "/m/a.rs:9"),
      ("vnet_rs::net::xmit::start_xmit::<vnet_rs::vnet_rs::port::Port>", "/m/net/xmit.rs:1")],
     "<Port as Driver>::start_xmit"),
    # Of ours, with a line of the kernel's.
    ([("<vnet_rs::vnet_rs::port::Port as vnet_rs::net::driver::Driver>::start_xmit",
       "/kernel/refcount.rs:72"),
      ("vnet_rs::net::xmit::start_xmit::<vnet_rs::vnet_rs::port::Port>", "/m/net/xmit.rs:1")],
     "<Port as Driver>::start_xmit"),
    # Without a function, as far as one can see.
    ([("<kernel::sync::arc::Arc<vnet_rs::vnet_rs::cable::Cable> as core::clone::Clone>::clone",
       "/kernel/arc.rs:450")], "<Arc<Cable> as Clone>::clone"),
])
def test_whose(frames, name):
    """A packet's function is found, and so is a clone that the compiler did not inline."""
    assert atomics.whose(frames, "/m/")[0] == name
    assert atomics.reason(name) is None


def test_what_may(found):
    """Each function that is allowed is so for a reason."""
    assert atomics.reason("<Turn>::take").startswith("arms")
    assert not [name for name in found if atomics.reason(name)]
