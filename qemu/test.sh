#!/usr/bin/env bash
# In the root: run the tests and close with one line that sums them all up.
#
#   qemu/test.sh [PART...]
#
#   gates     do the gates of `make check` find violations?
#   host      the pure core, with cargo
#   harness   the harness: does it fail when it has to? Is the README true?
#   guest     the driver, in a guest with the debug kernel
#   lab       those few that say so, with the lab kernel
#   exact     those about time, with the lab kernel, where time counts instructions
#   selftests the kernel's own tests of network drivers, with the lab kernel
#   prove     the proofs of `make prove` that none of these has made
#
# TESTS, if set, is pytest's -k: only tests with such a name.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

results=$TREE/build/results
mkdir -p "$TREE/build"
exec 7>"$TREE/build/test.lock"
flock -n 7 || { say "another run is testing in this tree; waiting"; flock 7; }
rm -rf "$results"
mkdir -p "$results"

# kernels PART: the kernels that it boots. Built before, so that progress is seen, and that no
# test's time limit is about building a kernel.
kernels() {
	case $1 in
	harness | prove) echo lab debug ;;
	guest) echo debug ;;
	lab | exact | selftests) echo lab ;;
	esac
}

# The longest parts first.
[ $# -gt 0 ] || set -- guest prove harness selftests exact host lab gates
parts=()
for part; do
	for flavour in $(kernels "$part"); do qemu/kernel.sh "$flavour" >/dev/null; done
	case $part in
	guest) parts+=(guest-1 guest-2) ;;
	*) parts+=("$part") ;;
	esac
done

# Three at a time, if the machine has room for them, also with two CPUs: a guest keeps at most one
# of them busy, but for now and then, and often waits.
lanes=1
if [ ${#parts[@]} -gt 1 ] && [ "$(nproc)" -gt 1 ]; then
	lanes=$(($(memory_gb) / 4))
	lanes=$((lanes > 3 ? 3 : lanes < 1 ? 1 : lanes))
fi
qemu/lanes.sh $lanes "$results" qemu/part.sh "${parts[@]}"
qemu/summary.py "$results" "${parts[@]}" | tee "$results/summary"
