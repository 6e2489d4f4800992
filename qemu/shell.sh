#!/usr/bin/env bash
# In the root: a shell in the guest, with the module loaded and vnet0 up (which
# guest-shell.sh does there). With `gdb`, QEMU waits for a debugger first.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

kernel=$(qemu/kernel.sh lab)
qemu/module.sh lab >/dev/null
dir=$TREE/build/guest/shell
mkdir -p "$dir"
more=()
if [ "${1:-}" = gdb ]; then
	port=${GDB_PORT:-1234}
	say "QEMU waits. In another terminal, in this directory: make gdb"
	more=(--qemu-opts -S -gdb "tcp:localhost:$port")
fi
say "booting; leave the shell with ctrl-d"
exec qemu/virtme.sh shell "$kernel" 1G "$(qemu/kvm.sh "$kernel")" "$dir" \
	--kopt vnet.shell --kopt quiet "${more[@]}"
