#!/usr/bin/env bash
# In the root: run the KUnit suites of net/ in a guest with the debug kernel. Prints their
# results as KTAP. Fails if a case fails or is missing, and if the kernel complained.
#
#   tests/prove/kunit.sh
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

# `make check` lints the code for the lab kernel, which has no KUnit.
say "clippy on the KUnit suites of net/, warnings are errors"
env MODULE_DIR="$TREE/build/clippy-kunit" \
	qemu/module.sh debug CLIPPY=1 W=e net_kunit_main.o >/dev/null
qemu/module.sh debug >/dev/null
say "booting the debug kernel for the KUnit suites of net/"
qemu/guest.sh -n prove-kunit -t 600 debug python3 tests/prove/kunit.py
