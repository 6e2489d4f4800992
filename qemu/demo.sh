#!/usr/bin/env bash
# In the root: build everything, boot the lab kernel, and show the transcript of
# guest-demo.sh. `--readme` puts that transcript into README.md; `--check` only
# tells whether README.md is still true.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

qemu/kernel.sh lab >/dev/null
say "building the module"
qemu/module.sh lab >/dev/null
say "booting the lab kernel in QEMU"

transcript=$(mktemp)
qemu/guest.sh -n demo -t 600 lab bash qemu/guest-demo.sh | tee "$transcript" ||
	die "the demo failed"

{
	echo "Proven: a NIC written in Rust was loaded, was pinged over IPv4 and IPv6 without a loss,"
	echo "kept its books to the last packet, and left; the kernel had nothing to complain about."
} | tee -a "$transcript"

case ${1:-} in
--readme) qemu/transcript.py write README.md "$transcript" ;;
--check) qemu/transcript.py check README.md "$transcript" ;;
esac
