#!/usr/bin/env bash
# In the root: that the module cannot hurt the machine, as far as that can be
# shown. Each part is a script of tests/prove, described at its top.
#
# TESTS, if set, is pytest's -k: only those parts.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

for flavour in lab debug; do qemu/kernel.sh "$flavour" >/dev/null; done
export PYTHONDONTWRITEBYTECODE=1
exec python3 -m pytest -p no:cacheprovider -ra --tb=line --color=no ${TESTS:+-k "$TESTS"} \
	tests/prove
