#!/usr/bin/env bash
# In the root: every allocation fails in turn, and only that (a part of `make
# test`, too). The guest's end looks for leaks; the kernel's complaints count.
#
#   tests/prove/failslab.sh [PYTEST-ARGUMENT...]
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

qemu/module.sh debug >/dev/null
say "failing each allocation in turn, in a guest with the debug kernel"
# -rP shows how many allocations each sweep has covered.
exec qemu/guest.sh -n prove-failslab -t 900 debug \
	bash -c 'exec python3 -m pytest -p no:cacheprovider --tb=short -rP --durations=0 "$@" \
		tests/guest/test_sweep_*.py tests/guest/*no_memory.py' prove "$@"
