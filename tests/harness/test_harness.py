"""Does the harness fail when it has to?

These run in the Debian root and boot guests of their own. What makes a kernel
complain is the module in complain/.
"""

import pathlib
import subprocess
import time

import pytest

TREE = pathlib.Path("/vnet/tree")
GUEST = TREE / "qemu/guest.sh"


def run(*command, timeout=1000):
    return subprocess.run(
        [str(word) for word in command], cwd=TREE, timeout=timeout, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        encoding="utf-8", errors="replace")


def guest(*command, flavour="lab", limit=300):
    return run(GUEST, "-n", "harness", "-t", limit, flavour, *command)


@pytest.fixture(scope="session", name="healthy")
def healthy_fixture():
    """How a guest ends that runs a short command, and how many seconds that takes."""
    # The first one may be the one for which is found out whether KVM works here.
    guest("true")
    start = time.monotonic()
    result = guest("printf", "<%s>", "two words", "it's $HOME", "")
    return result, time.monotonic() - start


@pytest.fixture(scope="session", name="hangs")
def hangs_fixture(healthy):
    """Asserts that a guest that hangs ends, with a sign of how far it came, in a time that is
    enough for that, however busy it has become here since the healthy one ran.
    """
    def check(sign, *command):
        limit = round(3 * healthy[1]) + 10
        result = guest(*command, limit=limit)
        while sign not in result.stdout and limit < 400:
            limit *= 2
            result = guest(*command, limit=limit)
        assert result.returncode == 124, result.stdout
        assert f"did not finish within {limit} seconds" in result.stdout
        assert sign in result.stdout
    return check


@pytest.fixture(scope="session", name="complain")
def complain_module():
    """Builds complain.ko for a flavour and returns its path."""
    built = {}

    def build(flavour):
        if flavour not in built:
            kernel = subprocess.run(
                [TREE / "qemu/kernel.sh", flavour], check=True, stdout=subprocess.PIPE,
                encoding="utf-8").stdout.strip()
            output = TREE / "build/harness" / flavour
            output.mkdir(parents=True, exist_ok=True)
            for source in (TREE / "tests/harness/complain").iterdir():
                (output / source.name).write_bytes(source.read_bytes())
            made = run("make", "-C", kernel, f"M={output}", "LLVM=1", "modules")
            assert made.returncode == 0, made.stdout
            built[flavour] = output / "complain.ko"
        return built[flavour]

    return build


def test_success_is_success(healthy):
    result, _ = healthy
    assert result.returncode == 0, result.stdout


def test_arguments_reach_the_guest_unchanged(healthy):
    assert "<two words><it's $HOME><>" in healthy[0].stdout


def test_exit_status_of_the_guest_is_ours():
    assert guest("sh", "-c", "exit 42").returncode == 42


def test_failing_test_in_the_guest_fails():
    result = guest("python3", "-c", "assert False, 'on purpose'")
    assert result.returncode == 1
    assert "on purpose" in result.stdout


def test_panic_ends_with_the_console(complain):
    result = guest("insmod", complain("lab"), "what=panic")
    assert result.returncode == 1, result.stdout
    assert "the guest died" in result.stdout
    assert "Kernel panic - not syncing: provoked on purpose" in result.stdout


def test_hang_ends_with_the_console_and_leaves_no_process(complain, hangs):
    hangs("starting script", "insmod", complain("lab"), "what=hang")
    left = run("pgrep", "-fa", "qemu-system.*guest/harness").stdout
    assert "qemu-system" not in left


def test_hang_after_the_command_is_a_hang(hangs):
    """A guest that does not end is no success, whatever its command was."""
    hangs("although its command did", "bash", "-c", "echo 0 >$OUT/status; sync; sleep 1000")


def commands(text):
    """`make qemu` with commands that come by a pipe."""
    return subprocess.run(
        ["qemu/shell.sh"], cwd=TREE, timeout=600, check=False, input=text, encoding="utf-8",
        errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_shell_takes_commands_from_a_pipe():
    """They find the module loaded and the port up; the last one's status counts."""
    result = commands("ping -c 2 -i 0.2 192.0.2.2\n! ip link show no-such-port\n")
    assert result.returncode == 0, result.stdout
    assert "2 received, 0% packet loss" in result.stdout
    result = commands("false\n")
    assert result.returncode == 1, result.stdout


def test_shell_does_not_boot_twice():
    """A panic ends it, with an error."""
    result = commands("echo c >/proc/sysrq-trigger\n")
    assert result.returncode == 1, result.stdout
    assert "Kernel panic" in result.stdout


def test_warning_fails_the_run(complain):
    """The command itself succeeds; that the kernel complained is what fails."""
    result = guest("insmod", complain("lab"), "what=warn")
    assert result.returncode == 1, result.stdout
    assert "the kernel complained" in result.stdout
    assert "provoked on purpose" in result.stdout


def test_debug_kernel_notices(complain):
    """In one guest, since it boots slowly. KASAN is last: it stops lockdep."""
    module = complain("debug")
    steps = [f"insmod {module} what={what} && rmmod complain"
             for what in ("leak", "atomic", "lockdep", "uaf")]
    result = guest("bash", "-ec", "\n".join(steps), flavour="debug", limit=800)
    assert result.returncode == 1, result.stdout
    assert "the kernel complained" in result.stdout
    log = (TREE / "build/guest/harness/dmesg").read_text(errors="replace")
    for words in ("sleeping function called from invalid context",
                  "KASAN: slab-use-after-free",
                  "possible circular locking dependency",
                  "kmemleak: unreferenced object"):
        assert words in log


def test_readme_shows_what_happens():
    """README.md's transcript is that of a run of `make demo`."""
    result = run("qemu/demo.sh", "--check")
    assert result.returncode == 0, result.stdout
