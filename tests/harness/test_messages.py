"""What is said when it cannot work: about a kernel tree, and about the machine."""

import os
import pathlib
import subprocess

import pytest

QEMU = pathlib.Path(__file__).parents[2] / "qemu"

GOOD_CONFIG = """
CONFIG_RUST=y
CONFIG_RUSTC_VERSION_TEXT="rustc 1.85.1 (test)"
CONFIG_CC_VERSION_TEXT="clang version 19"
"""

RUST_HALF = [*(f"rust/lib{name}.rmeta" for name in (
    "core", "compiler_builtins", "ffi", "bindings", "uapi", "pin_init", "build_error", "kernel")),
             "rust/libmacros.so", "rust/libpin_init_internal.so", "rust/bindgen_parameters",
             "scripts/target.json"]


def program(directory, name, output):
    path = directory / name
    path.write_text(f"#!/bin/sh\necho '{output}'\n")
    path.chmod(0o755)


@pytest.fixture(name="kdir")
def kernel_tree(tmp_path):
    """A kernel tree that kdir.sh has nothing against, and the tools that it asks for."""
    tree = tmp_path / "linux"
    (tree / "include/config").mkdir(parents=True)
    (tree / "include/config/auto.conf").write_text(GOOD_CONFIG)
    for name in ("Makefile", "Module.symvers", *RUST_HALF):
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).touch()
    program(tmp_path, "rustc", "rustc 1.85.1 (test)")
    for name in ("bindgen", "clang", "gcc"):
        program(tmp_path, name, name)
    (tmp_path / "make").write_text("#!/bin/sh\necho \"make $@\"\n")
    (tmp_path / "make").chmod(0o755)
    return tree


def run(script, *arguments, first_in_path, **environment):
    path = f"{first_in_path}:{os.environ['PATH']}"
    result = subprocess.run(
        [QEMU / script, *map(str, arguments)], env={**os.environ, "PATH": path, **environment},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return result.returncode, result.stdout


def kdir_says(kdir):
    return run("kdir.sh", kdir, "modules", first_in_path=kdir.parent)


def test_good_tree_is_built(kdir):
    status, words = kdir_says(kdir)
    assert status == 0
    assert words.startswith(f"make -C {kdir} M=") and words.endswith(" LLVM=1 modules\n")


GCC_CONFIG = GOOD_CONFIG.replace("clang version 19", "gcc (Debian) 14")


def test_gcc_kernel_is_built_with_gcc(kdir):
    (kdir / "include/config/auto.conf").write_text(GCC_CONFIG)
    status, said = kdir_says(kdir)
    assert status == 0 and "LLVM" not in said


def refused(kdir, *words, **environment):
    """Asserts that one sentence says all the words, and that kbuild does not start."""
    status, said = run("kdir.sh", kdir, "modules", first_in_path=kdir.parent, **environment)
    assert status == 1
    assert said.startswith("vnet_rs: ") and said.count("\n") == 1, said
    for word in words:
        assert word in said


@pytest.mark.parametrize("old, new, words", [
    ("CONFIG_RUST=y", "", "lacks CONFIG_RUST"),
    ("CONFIG_RUST=y", "CONFIG_RUST=y\nCONFIG_CFI=y", "has CONFIG_CFI"),
    ("CONFIG_RUST=y", "CONFIG_RUST=y\nCONFIG_CFI_CLANG=y", "has CONFIG_CFI"),
    ("CONFIG_RUST=y", "CONFIG_RUST=y\nCONFIG_PREEMPT_RT=y", "has CONFIG_PREEMPT_RT"),
    ("1.85.1", "1.96.0", 'was built by "rustc 1.96.0 (test)"'),
])
def test_kernel_that_does_not_fit(kdir, old, new, words):
    (kdir / "include/config/auto.conf").write_text(GOOD_CONFIG.replace(old, new))
    refused(kdir, words)


def test_tools_may_be_named(kdir):
    status, words = run("kdir.sh", kdir, "modules", first_in_path=kdir.parent, LLVM="-19",
                        BINDGEN="true")
    assert status == 0
    assert "LLVM=-19" in words and "BINDGEN=true" in words


@pytest.mark.parametrize("environment, words", [
    ({"RUSTC": "no-such-rustc"}, "there is no no-such-rustc here"),
    ({"BINDGEN": "no-such-bindgen"}, "there is no no-such-bindgen here"),
    ({"LLVM": "-no"}, "there is no clang-no here"),
    ({"LLVM": "/no/such/"}, "there is no /no/such/clang here"),
    ({"CC": "no-such-clang"}, "there is no no-such-clang here"),
])
def test_kernel_needs_its_tools(kdir, environment, words):
    refused(kdir, words, **environment)


def test_gcc_kernel_needs_gcc(kdir):
    (kdir / "include/config/auto.conf").write_text(GCC_CONFIG)
    compiled_by = 'compiled by "gcc (Debian) 14"'
    refused(kdir, "there is no none-gcc here", compiled_by, CROSS_COMPILE="none-")
    refused(kdir, compiled_by, "LLVM=1 would", LLVM="1")


@pytest.mark.parametrize("release, good", [
    ("6.18.1", False), ("7.1.9", False), ("7.1-rc3", False), ("7.2.12", True), ("7.3.0-rc1", True),
    ("7.10.1", True), ("8.0.0", True)])
def test_kernel_may_be_too_old(kdir, release, good):
    (kdir / "include/config/kernel.release").write_text(release + "\n")
    status, words = kdir_says(kdir)
    assert (status == 0) == good
    assert ("is for 7.2 and 7.3" in words) != good


@pytest.mark.parametrize("missing, words", [
    ("Makefile", "is no kernel tree"),
    ("include/config/auto.conf", "is not configured and built"),
    ("Module.symvers", "is configured but not built"),
])
def test_tree_that_is_not_built(kdir, missing, words):
    (kdir / missing).unlink()
    refused(kdir, words)


def test_no_tree_at_all(kdir):
    refused(kdir / "none", "/none is no directory")
    refused(kdir / "Makefile", "/Makefile is no directory")


@pytest.mark.parametrize("missing", RUST_HALF)
def test_headers_without_a_part_of_the_rust_half(kdir, missing):
    (kdir / missing).unlink()
    refused(kdir, f"lacks the kernel's Rust half ({missing})", "`make prepare` in its source")


def test_headers_without_the_rust_half(kdir):
    """What distributions install: each file is named, and the package that has it."""
    (kdir / "include/config/kernel.release").write_text("7.3.4-stock\n")
    for name in RUST_HALF:
        (kdir / name).unlink()
    refused(kdir, "linux-lib-rust-7.3.4-stock", *RUST_HALF)


def test_rust_half_depends_on_the_kernel(kdir):
    """On its version, on what it is configured to have, and its source may be elsewhere."""
    source = kdir.parent / "source"
    (source / "scripts").mkdir(parents=True)
    (source / "scripts/Makefile.build").write_text("\t--extern zerocopy --extern zerocopy_derive\n")
    (kdir / "Makefile").write_text(f"include {source}/Makefile\n")
    config = GOOD_CONFIG + "CONFIG_JUMP_LABEL=y\nCONFIG_BUG=y\n"
    (kdir / "include/config/auto.conf").write_text(config)
    refused(kdir, "rust/libzerocopy.rmeta", "rust/libzerocopy_derive.so", "rust/bindgen_parameters",
            *(f"rust/kernel/generated_arch_{name}_asm.rs"
              for name in ("static_branch", "warn", "reachable")))


def test_machine_that_is_not_x86(tmp_path):
    program(tmp_path, "uname", "aarch64")
    status, said = run("machine.sh", first_in_path=tmp_path, VNET_HOST_CACHE="/vnet/cache")
    assert status != 0
    assert "this machine lacks:" in said
    assert "an x86-64 machine (this is aarch64)" in said


def test_machine_that_is_not_linux(tmp_path):
    program(tmp_path, "uname", "Darwin")
    program(tmp_path, "awk", "no such file")
    status, said = run("machine.sh", first_in_path=tmp_path, VNET_HOST_CACHE="/vnet/cache")
    assert status != 0
    assert "Linux (this is Darwin)" in said


def test_cache_that_is_not_whole_needs_its_room(tmp_path):
    """What an interrupted run has left is not all that is to come."""
    (tmp_path / "df").write_text("#!/bin/sh\necho Avail\necho 7000000\n")
    (tmp_path / "df").chmod(0o755)
    cache = tmp_path / "cache"
    (cache / "root-trixie-00000000").mkdir(parents=True)
    for kernels, good in (("", False), ("lab", True), ("debug", True)):
        if kernels:
            (cache / f"kernel-7.3.4-{kernels}-00000000").mkdir()
            (cache / f"kernel-7.3.4-{kernels}-00000000/whole").touch()
        status, said = run("machine.sh", first_in_path=tmp_path, VNET_HOST_CACHE=str(cache))
        assert (status == 0) == good, said


def test_machine_without_disk(tmp_path):
    (tmp_path / "df").write_text("#!/bin/sh\necho Avail\necho 1000000\n")
    (tmp_path / "df").chmod(0o755)
    status, said = run("machine.sh", first_in_path=tmp_path,
                       VNET_HOST_CACHE=str(tmp_path / "cache"))
    assert status != 0
    assert "15 GB of disk" in said
