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
	"${pytest[@]}" --junitxml "$results/harness.xml" tests/harness tests/selftests
}

# guest_tests FLAVOUR PART SECONDS MARK FILES [OPTION]: boot once, run many. The guest
# writes its report to $OUT, which is shared. The limit of one test is pytest's;
# the option is guest.sh's.
guest_tests() {
	qemu/module.sh "$1" >/dev/null || return 1
	say "booting the $1 kernel for the tests in it"
	local status=0
	# shellcheck disable=SC2016,SC2086  # $OUT is the guest's; FILES are words
	qemu/guest.sh -n "test-$2" -t "$3" ${6:+"$6"} "$1" bash -c 'exec "$@" --junitxml "$OUT/report.xml"' \
		pytest "${pytest[@]}" --durations=20 -o timeout=600 -m "$4" $5 || status=$?
	cp "build/guest/test-$2/report.xml" "$results/$2.xml" || true
	# What tests have measured (see tests/guest/helpers/fidelity.py).
	cp "build/guest/test-$2/figures" "$results/$2.figures" 2>/dev/null &&
		cat "$results/$2.figures"
	return $status
}

# marked MARK: the files with such tests. To import one that has none takes a guest
# almost a second.
marked() { grep -rlsE --include='test_*.py' "mark\.$1\b" tests/guest | sort | xargs; }

run_guest() { guest_tests debug guest 7200 'not lab and not exact' tests/guest; }

run_lab() { guest_tests lab lab 1800 lab "$(marked lab)"; }

run_exact() { guest_tests lab exact 1800 exact "$(marked exact)" -i; }

run_selftests() {
	[ -z "${TESTS:-}" ] || return 5 # they have names of their own
	qemu/selftests.sh | tee "$results/selftests.log"
}

# The same soak each time: `make prove` draws another.
run_prove() {
	SOAK_SEED=20261125 "${pytest[@]}" --junitxml "$results/prove.xml" tests/prove \
		--deselect tests/prove/test_prove.py::test_proof_among_guest_tests
}

# kernels PART: what it boots. Built before, so that progress is seen, and that no
# test's time limit is about building a kernel.
kernels() {
	case $1 in
	harness | prove) echo lab debug ;;
	guest) echo debug ;;
	lab | exact | selftests) echo lab ;;
	esac
}

[ $# -gt 0 ] || set -- gates host harness guest lab exact selftests prove
for part; do
	for flavour in $(kernels "$part"); do qemu/kernel.sh "$flavour" >/dev/null; done
done
for part; do
	say "== tests: $part"
	status=0
	"run_$part" || status=$?
	echo $status >"$results/$part.status"
done
qemu/summary.py "$results" "$@" | tee "$results/summary"
