#!/usr/bin/env bash
# On the host, as root: install the few packages that the host itself needs.
# All else lives in the Debian root.
set -euo pipefail
cd "$(dirname "$0")/.."
. qemu/lib.sh

look() {
	wanted=()
	command -v mmdebstrap >/dev/null || wanted+=(mmdebstrap)
	command -v mount >/dev/null || wanted+=(mount)
}
look
[ ${#wanted[@]} = 0 ] && exit 0

# Two runs may want them at once; and the machine itself, when it has just booted,
# may be busy with its packages.
exec 9>"${VNET_HOST_CACHE:?}/host-packages.lock"
flock 9
look
[ ${#wanted[@]} = 0 ] && exit 0

command -v apt-get >/dev/null || die "please install: ${wanted[*]}"
say "installing on this host: ${wanted[*]}"
log=${VNET_HOST_CACHE:?}/host-packages.log
install() {
	DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 \
		install -y --no-install-recommends "${wanted[@]}"
}
# A fresh machine may not have its package lists yet.
install >"$log" 2>&1 </dev/null || { apt-get update && install; } >"$log" 2>&1 </dev/null || {
	tail -n 20 "$log" >&2
	die "cannot install ${wanted[*]} (the whole log: $log)"
}
