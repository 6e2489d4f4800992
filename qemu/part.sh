#!/usr/bin/env bash
# In the root: run one part of the tests, which qemu/test.sh has a list of, and leave its
# report in build/results: PART.xml, of pytest, or PART.log.
#
#   qemu/part.sh PART
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

results=$TREE/build/results
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

# compile_tests FLAVOUR: the guest then reads the tests as pytest has compiled them: compiling
# there takes fifteen times as long.
compile_tests() {
	MODULE=$TREE/build/$1/vnet_rs.ko PYTHONDONTWRITEBYTECODE='' \
		"${pytest[@]}" --collect-only -qq tests/guest >/dev/null || true
}

# guest_tests FLAVOUR PART SECONDS MARK FILES [OPTION]: boot once, run many. The guest
# writes its report to $OUT, which is shared. The limit of one test is pytest's;
# the option is guest.sh's. No plugins that take long to begin and are not used.
guest_tests() {
	SAMPLES=1 qemu/module.sh "$1" >/dev/null || return 1
	compile_tests "$1"
	say "booting the $1 kernel for the tests in it"
	local status=0
	# shellcheck disable=SC2016,SC2086  # $OUT is the guest's; FILES are words
	qemu/guest.sh -n "test-$2" -t "$3" ${6:+"$6"} "$1" bash -c 'exec "$@" --junitxml "$OUT/report.xml"' \
		pytest "${pytest[@]}" -p no:typeguard -p no:hypothesispytest --durations=20 \
		-o timeout=600 -m "$4" $5 || status=$?
	cp "build/guest/test-$2/report.xml" "$results/$2.xml" || true
	# The measurements of tests (see tests/guest/helpers/fidelity.py).
	cp "build/guest/test-$2/figures" "$results/$2.figures" 2>/dev/null &&
		cat "$results/$2.figures"
	return $status
}

# marked MARK: the files with such tests. To import one that has none takes a guest
# almost a second.
marked() { grep -rlsE --include='test_*.py' "mark\.$1\b" tests/guest | sort | xargs; }

# Every second file, from the first on or from the second. In two guests, since one keeps
# little more than one CPU busy.
run_guest-1() { guest_half guest-1 1; }
run_guest-2() { guest_half guest-2 0; }

# The others are named, and left out: for each file that is named pytest looks at all of
# them again, which takes a guest half a minute.
guest_half() {
	guest_tests debug "$1" 7200 'not lab and not exact' "tests/guest $(
		find tests/guest -name 'test_*.py' | sort | awk "NR % 2 != $2" | sed 's/^/--ignore=/' | xargs)"
}

# The same module with helpers that are objects, for a test that loads both.
run_lab() {
	MODULE_DIR=$TREE/build/objects qemu/module.sh lab HELPERS=object modules >/dev/null &&
		guest_tests lab lab 1800 lab "$(marked lab)"
}

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

"run_${1:?which part of the tests?}"
