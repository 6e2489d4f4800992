#!/usr/bin/env bash
# Stop and wake, and the driver's own barriers, in the kernel's own memory model: do the
# tests of tests/litmus end as each of them says ("Result:")?
#
#   tests/prove/litmus.sh
#
# On the host or in the root, wherever there is a herd7 (of herdtools7 7.58 or later;
# Debian 13 has none). The model is tools/memory-model of KERNEL_SRC, or of the cached source.
# Ends with 77, and says so, where it cannot be run.
set -euo pipefail
cd "$(dirname "$0")/../.."
. qemu/lib.sh

skip() {
	echo "litmus: skipped: $*"
	exit 77
}

command -v herd7 >/dev/null || skip "no herd7 here"

# The newest source that there is.
model=
for source in "$CACHE"/src-* "${XDG_CACHE_HOME:-${HOME:-}/.cache}"/vnet_rs/src-* "${KERNEL_SRC:-}" /vnet/src; do
	[ ! -f "$source/tools/memory-model/linux-kernel.cfg" ] || model=$source/tools/memory-model
done
[ -n "$model" ] || skip "no kernel source here (\`make\` unpacks one)"

tests=$PWD/tests/litmus failed=0
cd "$model"
for test in "$tests"/*.litmus; do
	name=$(basename "$test" .litmus)
	expected=$(sed -n 's/^ \* Result: //p' "$test")
	said=$(herd7 -conf linux-kernel.cfg "$test") || { echo "litmus: $name: herd7 failed"; failed=1; continue; }
	observed=$(awk '/^Observation / { print $3, $4, $5 }' <<<"$said")
	# A state must not be unreachable just because none is: there are others.
	if [ "${observed%% *}" = "$expected" ] && [ "${observed##* }" != 0 ]; then
		echo "litmus: $name: $observed, as expected"
	else
		echo "litmus: $name: $observed, expected: $expected"
		failed=1
	fi
done
exit $failed
