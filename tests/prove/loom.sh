#!/usr/bin/env bash
# In the root: the ring and the stop/wake protocol in every interleaving, up to the
# preemption bound that is printed with each scenario.
#
#   qemu/in-root.sh tests/prove/loom.sh
#
# The scenarios in which all is as it is shipped have to hold; each thing done wrong on
# purpose has to be caught. The lines of the kernel and of the driver that the model
# cites are looked up as well.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh
. qemu/source.sh

unpack
export VNET_KERNEL_SOURCE=$source CARGO_TARGET_DIR=$TREE/build/loom
log=$TREE/build/loom/log
mkdir -p "$TREE/build/loom"
say "loom: trying every interleaving"
status=0
(cd tests/loom && cargo test --offline --tests --no-fail-fast -- --nocapture) >"$log" 2>&1 ||
	status=$?
grep '^loom: ' "$log" || true
if [ $status != 0 ]; then
	tail -n 40 "$log" >&2
	die "loom: failed (the whole log: $(host_path "$log"))"
fi
echo "loom: $(grep -c '^loom: holds' "$log") scenarios hold, $(grep -c '^loom: caught' "$log") mutations are caught"
