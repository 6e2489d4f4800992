#!/usr/bin/env bash
# In the root: a shell in the guest, with the module loaded and vnet0 up (which
# guest-shell.sh does there). With `gdb`, QEMU waits for a debugger first.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

kernel=$(qemu/kernel.sh lab)
qemu/module.sh lab >/dev/null
if ! [ -t 0 ] && [ "${1:-}" != gdb ]; then
	# No terminal: the commands that come by file or pipe are run, and that is it.
	exec qemu/guest.sh -n shell -t 600 lab bash -c ". qemu/guest-shell.sh; $(cat)"
fi
dir=$TREE/build/guest/shell
rm -rf "$dir"
mkdir -p "$dir"
# A kernel that panics is not to boot again as if nothing had been.
more=(--qemu-opts -no-reboot)
if [ "${1:-}" = gdb ]; then
	port=${GDB_PORT:-1234}
	say "QEMU waits. In another terminal, in this directory: make gdb"
	more+=(-S -gdb "tcp:localhost:$port")
fi
say "booting; leave the shell with ctrl-d"
qemu/virtme.sh shell "$kernel" 1G "$(qemu/kvm.sh "$kernel")" "$dir" \
	--kopt vnet.shell="$dir" --kopt quiet "${more[@]}" || true
# guest-shell.sh leaves word when its shell ends.
[ -e "$dir/left" ] || die "the guest died before its shell was left"
