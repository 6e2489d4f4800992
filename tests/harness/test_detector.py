"""What complaints.sh finds in a console, and what it leaves alone."""

import pathlib
import subprocess

import pytest

COMPLAINTS = pathlib.Path(__file__).parents[2] / "qemu/complaints.sh"

BAD = """
WARNING: CPU: 0 PID: 1 at net/core/dev.c:1 f+0x0/0x0
BUG: kernel NULL pointer dereference, address: 0000000000000000
BUG: KASAN: slab-use-after-free in f+0x0/0x0
BUG: sleeping function called from invalid context at a.c:1
BUG kmalloc-64 (Not tainted): Redzone overwritten
Oops: general protection fault, probably for non-canonical address
UBSAN: array-index-out-of-bounds in a.c:1:1
WARNING: possible circular locking dependency detected
WARNING: inconsistent lock state
WARNING: suspicious RCU usage
rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
INFO: task ip:1 blocked for more than 122 seconds.
watchdog: BUG: soft lockup - CPU#0 stuck for 22s!
unregister_netdevice: waiting for vnet0 to become free. Usage count = 2
ref_tracker: reference already released.
refcount_t: underflow; use-after-free.
ODEBUG: free active (active state 0) object: 0 object type: hrtimer
list_del corruption. prev->next should be 0
kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
kmemleak: unreferenced object 0xffff888000000000 (size 64):
rust_kernel: panicked at a.rs:1:1:
Kernel panic - not syncing: Fatal exception
""".strip().splitlines()

GOOD = """
vnet_rs: loading out-of-tree module taints kernel.
vnet_rs: tx_ring=100: must be a power of two from 2 to 4096
vnet0: NETDEV WATCHDOG: CPU: 0: transmit queue 0 timed out 5000 ms
kmemleak: Kernel memory leak detector initialized (mem pool available: 39000)
Spectre V2 : Vulnerable
debug: ignoring loglevel setting.
""".strip().splitlines()


def complaints(tmp_path, line):
    console = tmp_path / "console"
    console.write_text(f"[    1.000000] before\r\n[    2.000000] {line}\r\n")
    return subprocess.run([COMPLAINTS, console], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("line", BAD)
def test_complaint_is_found_and_shown(tmp_path, line):
    result = complaints(tmp_path, line)
    assert result.returncode != 0
    assert line in result.stderr


@pytest.mark.parametrize("line", GOOD)
def test_other_lines_are_left_alone(tmp_path, line):
    assert complaints(tmp_path, line).returncode == 0


def test_no_file_is_no_complaint(tmp_path):
    result = subprocess.run([COMPLAINTS, tmp_path / "none"], check=False)
    assert result.returncode == 0
