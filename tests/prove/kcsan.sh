#!/usr/bin/env bash
# In the root: the soak on a kernel that looks for data races (KCSAN), built when this is first
# run, which takes half an hour. Not part of CI. What counts are races of the module (qemu/kcsan.py
# says which those are); the kernel's own are counted, and in the log. docs/kcsan.md says which
# races are seen, and which are not.
#
#   tests/prove/kcsan.sh [MINUTES]     (2, if none are given)
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

log=build/guest/soak-kcsan/dmesg
# Of a run before, if this one does not get so far.
rm -f "$log" "$log.ours"
status=0
SOAK_KERNEL=kcsan tests/prove/soak.sh "$@" || status=$?
[ -e "$log.ours" ] || die "the kernel that looks for data races has left no log"
all=$(grep -c 'BUG: KCSAN' "$log" || true) ours=$(grep -c 'BUG: KCSAN' "$log.ours" || true)
say "KCSAN: $ours data races of the module, $((all - ours)) of the rest of the kernel ($(host_path "$PWD/$log"))"
exit "$status"
