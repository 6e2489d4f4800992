#!/usr/bin/env bash
# In the root: the soak on a kernel that looks for data races (KCSAN), built when this is first
# run, which takes half an hour. Not part of CI. What counts are races of the module (qemu/kcsan.py
# says which those are); the kernel's own are counted, and in the log.
#
#   tests/prove/kcsan.sh [MINUTES]     (2, if none are given)
#
# KCSAN sees what the compiler has instrumented: the kernel's C, our C in net/helpers*.c and
# vnet_rs/trace.c, and the helpers of the kernel crate, which are C as well: so every atomic of
# Rust (Atomic<T>, refcounts, the ring's cursors, the counters) and what C does under the locks.
# It samples: at one access in some thousands, it waits for another CPU to do the same, so that a
# quiet run proves little, and a long one more.
#
# It does not see:
# - plain reads and writes of Rust, fields, slices and slots of the ring, for rustc does not
#   instrument them for the kernel. If C, or an atomic, looks at the same place, then that side
#   may notice that the value has changed ("race at unknown origin"); between two of them nothing
#   does. That is what the absence of `unsafe` is for, and loom's model of the ring;
# - orderings that are too weak: weak memory is modelled with KCSAN_STRICT only, which the kernel
#   at large is not clean for. Loom and the ring's own threads on the host look at that;
# - a CPU's interrupts against its own tasks (KCSAN_INTERRUPT_WATCHER), for the same reason.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

status=0
SOAK_KERNEL=kcsan tests/prove/soak.sh "$@" || status=$?
log=build/guest/soak-kcsan/dmesg
all=$(grep -c 'BUG: KCSAN' "$log" || true) ours=$(grep -c 'BUG: KCSAN' "$log.ours" || true)
say "KCSAN: $ours data races of the module, $((all - ours)) of the rest of the kernel ($(host_path "$PWD/$log"))"
exit "$status"
