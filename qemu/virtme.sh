#!/usr/bin/env bash
# In the root: the one place that knows virtme-ng. Boots KERNEL, either with a
# shell on this terminal, or (`run`) to run the command that stands in
# DIR/command. The guest shares DIR, and can write there.
#
#   qemu/virtme.sh run|shell KERNEL MEMORY yes|no(KVM) DIR [VIRTME-ARGUMENT...]
set -euo pipefail
what=$1 kernel=$2 memory=$3 kvm=$4 dir=$5
shift 5

arguments=(
	--kdir "$kernel" --mods none --memory "$memory" --cpus 2 --name guest
	# A shared directory is only taken when there is an overlay as well.
	--rwdir "$dir=$dir" --overlay-rwdir /etc
	# Options by which its init starts sooner.
	--kopt BASH_ENV=/vnet/tree/qemu/guest-init.sh
	# The whole report of a mistake, then the end: no half-dead guests.
	--kopt oops=panic
	# Built-in drivers that would make devices of their own at boot.
	--kopt dummy.numdummies=0 --kopt ifb.numifbs=0 --kopt bonding.max_bonds=0
	# Emulated CPUs answer too late for the clock's watchdog; addresses stay put
	# for gdb.
	--kopt tsc=reliable --kopt nokaslr
)
if [ "$kvm" != yes ]; then
	# Without KVM not virtiofs but 9p: virtiofsd writes guest memory behind QEMU's
	# back, and QEMU would go on running code that it had translated from a page before.
	# Our root never changes under a guest, so let it cache (half the boot time).
	rootflags=version=9p2000.L,trans=virtio,access=any,cache=loose,msize=262144
	# The name of the root is said, since a kernel without disks assumes none.
	arguments+=(--disable-kvm --force-9p --kopt root=/dev/root --kopt "rootflags=$rootflags")
fi
if [ "$what" = run ]; then
	# Only this short line: a kernel's command line ends at 2048 characters.
	arguments+=(--show-boot-console --kopt ignore_loglevel
		--script-sh "exec bash /vnet/tree/qemu/guest-run.sh $dir")
fi
exec virtme-run "${arguments[@]}" "$@"
