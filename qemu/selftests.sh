#!/usr/bin/env bash
# In the root: run the kernel's own tests of network drivers against our ports,
# in a guest with the lab kernel. The list of them, and of those that are not to pass,
# is in tests/selftests.
#
#   qemu/selftests.sh [veth|netdevsim]     TESTS, if set, says which: "ping queues"
#
# With veth or netdevsim they run against these drivers of the kernel's instead:
# so one sees which results come from the suites, or from this machine.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh
device=${1:-vnet}

suites=$(qemu/suites.sh)
qemu/module.sh lab >/dev/null
say "booting the lab kernel for the kernel's own tests"
# shellcheck disable=SC2086  # TESTS are words
exec qemu/guest.sh -n selftests -t 3000 lab env PYTHONPATH=/vnet/tree/tests/guest \
	python3 tests/selftests/run.py "$suites" --device "$device" ${TESTS:-}
