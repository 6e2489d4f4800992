#!/usr/bin/env bash
# In the root: run COMMAND PART for each part, so many at a time, and leave in RESULTS the
# exit status of each, in PART.status.
#
#   qemu/lanes.sh LANES RESULTS COMMAND PART...
#
# With others beside it, the output of a part waits in PART.out until it is over.
set -euo pipefail
cd "$(dirname "$0")/.."
. qemu/lib.sh
lanes=$1 results=$2 command=$3
shift 3

work() {
	local status=0
	[ "$lanes" = 1 ] || exec >"$results/$1.out" 2>&1
	"$command" "$1" || status=$?
	echo $status >"$results/$1.status"
}

# ended: waits until a part is, and shows its output.
ended() {
	local pid
	wait -n -p pid || true
	say "== tests: ${working[$pid]} has ended"
	[ "$lanes" = 1 ] || cat "$results/${working[$pid]}.out"
	unset "working[$pid]"
}

declare -A working=()
for part; do
	[ ${#working[@]} -lt "$lanes" ] || ended
	say "== tests: $part"
	work "$part" &
	working[$!]=$part
done
while [ ${#working[@]} != 0 ]; do ended; done
