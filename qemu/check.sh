#!/usr/bin/env bash
# In the root: formatting, lints, gates, and what must not compile. All of them run, so that one call
# shows all there is to do.
set -uo pipefail
cd /vnet/tree || exit
. qemu/lib.sh

failed=()
step() {
	local name=$1
	shift
	say "check: $name"
	"$@" || failed+=("$name")
}

# ours PATTERN...: our files with such names.
ours() {
	local names=()
	for pattern; do names+=(-o -name "$pattern"); done
	find . \( -name .git -o -path ./build -o -name target \) -prune -o \
		-type f ! -name '*generated*' \( "${names[@]:1}" \) -print
}

kernel=$(qemu/kernel.sh lab) || exit 1
mapfile -t rust < <(ours '*.rs')
mapfile -t shell < <(ours '*.sh' && echo ./.ci/run)
mapfile -t python < <(ours '*.py' && echo ./tests/selftests/tools/ethtool)

step "rustfmt, with the kernel's settings" \
	rustfmt --check --edition 2021 --config-path "$kernel/source/.rustfmt.toml" "${rust[@]}"
# A directory of its own: clippy's products are no module.
step "clippy, through kbuild, warnings are errors" \
	env SAMPLES=1 MODULE_DIR=$TREE/build/clippy qemu/module.sh lab CLIPPY=1 W=e modules
step "what must not compile (tests/rejected)" \
	env PYTHONDONTWRITEBYTECODE=1 python3 tests/check/rejected.py "$TREE/build/clippy"
step "drivers whose constants make no sense" \
	env PYTHONDONTWRITEBYTECODE=1 python3 tests/check/constants.py "$TREE/build/clippy"
step "shellcheck" shellcheck -x -P qemu "${shell[@]}"
step "flake8" flake8 --max-line-length 100 "${python[@]}"
step "gates" env PYTHONDONTWRITEBYTECODE=1 python3 tests/check/gates.py

if [ ${#failed[@]} != 0 ]; then
	say "check failed: $(IFS=,; echo "${failed[*]}")"
	exit 1
fi
say "check passed"
