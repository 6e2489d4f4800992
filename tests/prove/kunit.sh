#!/usr/bin/env bash
# In the root: run the KUnit suites of net/ in a guest with the debug kernel. Prints what
# they say, as KTAP. Fails if a case fails or is missing, and if the kernel complained.
#
#   tests/prove/kunit.sh
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

qemu/module.sh debug >/dev/null
say "booting the debug kernel for the KUnit suites of net/"
qemu/guest.sh -n prove-kunit -t 600 debug python3 tests/prove/kunit.py
