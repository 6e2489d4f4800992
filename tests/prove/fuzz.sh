#!/usr/bin/env bash
# In the root: fuzz the pure core, one target of tests/fuzz after the other.
#
#   tests/prove/fuzz.sh [SECONDS [TARGET...]]   each target for so long; all for a minute together
#   tests/prove/fuzz.sh keep [TARGET...]        put the inputs worth keeping into the corpus
#
# An hour by hand: qemu/in-root.sh tests/prove/fuzz.sh 450
#
# Each begins with its corpus, tests/fuzz/corpus/TARGET, so that earlier findings are tried again;
# hops takes frames as echo does, and begins with the corpus of that.
# New inputs stay in build/fuzz/TARGET/corpus, where the next run goes on. An input that
# breaks something stays in build/fuzz/TARGET, the log says why, and the exit status is 1.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

targets=(echo hops attribute parameters delay_line fate rss wire)
keep=no
seconds=
case ${1:-} in
keep) keep=yes ;;
'') ;;
0* | *[!0-9]*) die "no number of seconds: $1" ;;
*) seconds=$1 ;;
esac
[ $# -le 1 ] || targets=("${@:2}")
: "${seconds:=$((60 / ${#targets[@]}))}"

top=$TREE/build/fuzz
machine=$(rustc -vV | sed -n 's/^host: //p')
programs=$top/target/$machine/release

# The flags are those that cargo-fuzz gives to rustc, without a sanitizer: the core has no unsafe,
# asan.sh looks at the rest, and speed finds more. The engine and its main() come with clang.
build() {
	local coverage=(-Cpasses=sancov-module -Ccodegen-units=1 --cfg fuzzing
		-Cllvm-args=-sanitizer-coverage-level=4
		-Cllvm-args=-sanitizer-coverage-inline-8bit-counters
		-Cllvm-args=-sanitizer-coverage-pc-table
		-Cllvm-args=-sanitizer-coverage-trace-compares
		-Clinker=clang -Clink-arg=-fsanitize=fuzzer)
	(cd tests/fuzz && CARGO_TARGET_DIR=$top/target RUSTFLAGS="${coverage[*]}" \
		cargo build --quiet --release --offline --target "$machine" "${targets[@]/#/--bin=}")
}

# fuzz TARGET: returns 1 if something was found.
fuzz() {
	local dir=$top/$1 format=${1/#hops/echo} status=0 words=()
	local dictionary=tests/fuzz/dictionaries/$format.dict
	[ ! -e "$dictionary" ] || words=("-dict=$dictionary")
	mkdir -p "$dir/corpus"
	# A frame must be long enough to be cut in an error; time limits are for machines with other
	# things to do. It writes to the first corpus only.
	"$programs/$1" -max_total_time="$seconds" -max_len=1600 -timeout=60 -rss_limit_mb=1024 \
		-print_final_stats=1 -artifact_prefix="$dir/" "${words[@]}" \
		"$dir/corpus" "tests/fuzz/corpus/$format" >"$dir/log" 2>&1 </dev/null || status=1
	awk -v target="$1" '
		match($0, /\([0-9]+ inline 8-bit counters/) { all = substr($0, RSTART + 1) + 0 }
		match($0, / cov: [0-9]+/) { covered = substr($0, RSTART + 6) + 0 }
		match($0, / corp: [0-9]+/) { inputs = substr($0, RSTART + 7) + 0 }
		/^stat::number_of_executed_units/ { executed = $2 }
		/^stat::average_exec_per_sec/ { rate = $2 }
		END { printf "%-12s%12d executions%10d/s%7d of %5d edges%6d inputs\n",
			target, executed, rate, covered, all, inputs }' "$dir/log"
	[ $status = 0 ] || found "$1"
	return $status
}

# found TARGET: sums up the log.
found() {
	sed -n '/panicked at/,/^note: /p; /ERROR: libFuzzer/p; /Test unit written/p' "$top/$1/log" |
		cut -c 1-200
	say "$1: found something; all of it: $(host_path "$top/$1/log")"
}

# keep TARGET: the fewest inputs that reach everything, of those that are there and those that
# were found.
keep() {
	[ "$1" != hops ] || return 0
	local old=tests/fuzz/corpus/$1 new=$top/$1/new
	rm -rf "$new"
	mkdir -p "$new" "$old" "$top/$1/corpus"
	"$programs/$1" -set_cover_merge=1 -use_counters=0 -max_len=1600 \
		"$new" "$old" "$top/$1/corpus" >"$top/$1/log" 2>&1 || return
	rm -rf "$old"
	mv "$new" "$old"
	say "$1: $(find "$old" -type f | wc -l) inputs kept"
}

build
status=0
for target in "${targets[@]}"; do
	case $keep in
	yes) keep "$target" || status=1 ;;
	no) fuzz "$target" || status=1 ;;
	esac
done
exit $status
