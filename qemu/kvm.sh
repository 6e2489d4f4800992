#!/usr/bin/env bash
# In the root: does KVM work here? Prints yes or no.
#
#   qemu/kvm.sh KERNEL
#
# That /dev/kvm is there, and even that it opens, proves nothing: there are
# machines where a guest then hangs. So a guest is booted, with a time limit,
# and the answer kept until this machine is booted again.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

if ! [ -r /dev/kvm ] || ! [ -w /dev/kvm ]; then
	echo no
	exit
fi
answer=$CACHE/kvm-$(id -u)-$(cat /proc/sys/kernel/random/boot_id)
# One probe at a time; and a machine that was too busy may not be, later.
exec 9>"$CACHE/kvm-$(id -u).lock"
flock 9
if [ "$(cat "$answer" 2>/dev/null)" != yes ]; then
	find "$CACHE" -maxdepth 1 -path "$answer" -mmin +60 -delete
fi
if ! [ -e "$answer" ]; then
	say "trying whether KVM works here (30 seconds at most)"
	dir=$TREE/build/guest/kvm
	rm -rf "$dir"
	mkdir -p "$dir"
	# The answer is that the guest ran; a debug kernel may go on to look for leaks.
	# shellcheck disable=SC2016  # $OUT is the guest's
	echo 'echo 0 >"$OUT/status"; sync' >"$dir/command"
	timeout --signal=KILL 30 qemu/virtme.sh run "$1" 1G yes "$dir" \
		</dev/null 2>&1 | cat >"$dir/console" || true
	rm -f "$CACHE/kvm-$(id -u)"-*-*
	if [ "$(cat "$dir/status" 2>/dev/null)" = 0 ]; then
		echo yes >"$answer"
	else
		echo no >"$answer"
		say "it does not: guests run under software emulation"
	fi
fi
cat "$answer"
