#!/usr/bin/env bash
# In the root: run the tests and close with one line that sums them all up.
#
#   qemu/test.sh [PART...]
#
#   gates     do the gates of `make check` notice what they are to notice?
#   host      the pure core, with cargo
#   harness   the harness: does it fail when it has to? Is the README true?
#   guest     the driver, in a guest with the debug kernel
#   lab       those few that say so, with the lab kernel
#
# TESTS, if set, is pytest's -k: only tests with such a name.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

results=$TREE/build/results
rm -rf "$results"
mkdir -p "$results"
pytest=(python3 -m pytest -p no:cacheprovider -ra --tb=short --color=no)
[ -z "${TESTS:-}" ] || pytest+=(-k "$TESTS")
export PYTHONDONTWRITEBYTECODE=1

run_gates() {
	"${pytest[@]}" --junitxml "$results/gates.xml" tests/check
}

run_host() {
	[ -z "${TESTS:-}" ] || return 5 # cargo has no -k
	(cd tests/host && CARGO_TARGET_DIR=$TREE/build/host cargo test --offline --no-fail-fast) 2>&1 |
		tee "$results/host.log"
}

run_harness() {
	"${pytest[@]}" --junitxml "$results/harness.xml" tests/harness
}

# guest_tests FLAVOUR PART SECONDS MARK: boot once, run many. The guest writes
# its report to $OUT, which is shared. The limit of one test is pytest's.
guest_tests() {
	qemu/module.sh "$1" >/dev/null || return 1
	say "booting the $1 kernel for the tests in it"
	local status=0
	# shellcheck disable=SC2016  # $OUT is the guest's
	qemu/guest.sh -n "test-$2" -t "$3" "$1" bash -c 'exec "$@" --junitxml "$OUT/report.xml"' \
		pytest "${pytest[@]}" -o timeout=240 -m "$4" tests/guest || status=$?
	cp "build/guest/test-$2/report.xml" "$results/$2.xml" || true
	return $status
}

run_guest() { guest_tests debug guest 1500 'not lab'; }

run_lab() {
	grep -rqs --include='test_*.py' 'mark\.lab' tests/guest || return 5 # none yet
	guest_tests lab lab 900 lab
}

[ $# -gt 0 ] || set -- gates host harness guest lab
for part; do
	say "== tests: $part"
	status=0
	"run_$part" || status=$?
	echo $status >"$results/$part.status"
done
qemu/summary.py "$results" "$@" | tee "$results/summary"
