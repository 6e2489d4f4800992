#!/usr/bin/env bash
# In the root: everything at once on all CPUs of a guest with the debug kernel, for so many
# minutes: traffic on an echo port, a sink and a pair; up and down, rings, queues, offloads, MTU,
# MAC, rate, moderation and faults; items in configfs, links and namespaces that come and go;
# readers of all that; and at the end rmmod in the middle of it. Nothing may be refused without a
# reason, the books balance to the packet, nothing leaks and the kernel has nothing to say.
#
#   tests/prove/soak.sh [MINUTES]     (2, if none are given)
#
# SOAK_SEED: the seed of all chance; each run prints it. SOAK_KERNEL: debug, lab or kcsan.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh
minutes=${1:-2} kernel=${SOAK_KERNEL:-debug}

qemu/module.sh "$kernel" >/dev/null
say "soaking the $kernel kernel for $minutes minutes"
# The time to boot, to begin, to end and to look for leaks, on a slow machine.
limit=$(awk -v minutes="$minutes" 'BEGIN { print int(60 * minutes) + 900 }')
qemu/guest.sh -n "soak-$kernel" -t "$limit" "$kernel" \
	env SOAK_MINUTES="$minutes" SOAK_SEED="${SOAK_SEED:-}" \
	python3 -m pytest -p no:cacheprovider -s --tb=short --color=no -m soak tests/guest/test_soak.py
say "soaked: nothing was lost, and the kernel has nothing to say"
