#!/usr/bin/env bash
# In the root: the host tests of the pure core, and all that fuzzing has kept, under
# AddressSanitizer.
#
#   tests/prove/asan.sh
#
# Miri would see more, but Debian's compiler comes without it. The core has no `unsafe`; so this
# looks for the compiler's mistakes, and ours in the tests' own code (tests/fuzz/input.rs).
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

top=$TREE/build/asan
machine=$(rustc -vV | sed -n 's/^host: //p')
# Debian's rustc knows the sanitizer, but has no runtime: clang brings it. The standard library is
# as it is; its generic functions are compiled with us.
export RUSTC_BOOTSTRAP=1
sanitizer="-Zsanitizer=address -Zexternal-clangrt -Clinker=clang -Clink-arg=-fsanitize=address"

status=0
(cd tests/host && CARGO_TARGET_DIR=$top/host RUSTFLAGS=$sanitizer \
	cargo test --offline --no-fail-fast --target "$machine") || status=1

# Without coverage there is nothing to be found, but everything to be tried again.
(cd tests/fuzz && CARGO_TARGET_DIR=$top/fuzz RUSTFLAGS="$sanitizer -Clink-arg=-fsanitize=fuzzer" \
	cargo build --quiet --release --offline --target "$machine")
for target in tests/fuzz/fuzz_targets/*.rs; do
	target=$(basename "$target" .rs)
	mapfile -t inputs < <(find "tests/fuzz/corpus/${target/#hops/echo}" -type f)
	if (run_logged "$top/$target.log" "$top/fuzz/$machine/release/$target" "${inputs[@]}"); then
		say "$target: ${#inputs[@]} inputs are harmless"
	else
		status=1
	fi
done
exit $status
