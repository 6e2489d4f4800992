#!/usr/bin/env bash
# In the root: build the module against a flavour's kernel and print where it
# is.
#
#   qemu/module.sh lab|debug|kcsan [MAKE-ARGUMENT...]     (`modules`, if none is given)
#
# The sources are copied to build/FLAVOUR/ and built there, so that the flavours
# do not overwrite each other's products in the tree.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh
flavour=${1:?usage: module.sh lab|debug|kcsan}
shift
kernel=$(qemu/kernel.sh "$flavour")
: "${MODULE_DIR:=$TREE/build/$flavour}"

mkdir -p "$MODULE_DIR"
exec 9>"$MODULE_DIR/lock"
flock 9
# Times are kept, so make rebuilds only changed files. Sources that are gone from
# the tree go here as well; the products of the build (the first --exclude) stay.
rsync -a --delete --prune-empty-dirs \
	--exclude='*generated*' --exclude='*.mod.c' --exclude='/build' --exclude='/tests' --exclude='/qemu' \
	--include='*/' --include='Kbuild' --include='*.rs' --include='*.c' --include='*.h' --include='bindgen_parameters' \
	--exclude='*' ./ "$MODULE_DIR/"

[ -f Kbuild ] || die "there is no Kbuild here yet, so no module to build"
log=$MODULE_DIR/build.log
make -C "$kernel" M="$MODULE_DIR" LLVM=1 "${@:-modules}" >"$log" 2>&1 </dev/null || {
	cat "$log" >&2
	die "the module does not build for the $flavour kernel"
}
# The remarks of a build that has succeeded are to be seen.
grep -A12 -E '^(warning|WARNING)' "$log" >&2 || true
host_path "$MODULE_DIR/vnet_rs.ko"
