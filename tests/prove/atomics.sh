#!/usr/bin/env bash
# In the root: no packet costs an atomic read-modify-write or a lock of our own. Which functions of
# the module have some, and why they may, is said by atomics.py.
#
#   tests/prove/atomics.sh
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

qemu/module.sh lab >/dev/null
say "looking for atomic read-modify-writes in the module for the lab kernel"
tests/prove/atomics.py build/lab/vnet_rs.ko
