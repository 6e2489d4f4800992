#!/usr/bin/env bash
# In the root: gdb on the guest that `make qemu-gdb` started.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

kernel=$(qemu/kernel.sh lab)
cd "$kernel"
say "lx-symbols /vnet/tree/build/lab loads the module's symbols once it is in the guest"
exec gdb -q vmlinux \
	-iex "add-auto-load-safe-path $kernel" \
	-iex 'add-auto-load-safe-path /vnet/cache' \
	-ex "directory /vnet/tree/build/lab" \
	-ex "target remote localhost:${GDB_PORT:-1234}" "$@"
