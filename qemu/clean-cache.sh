#!/usr/bin/env bash
# On the host: remove the cache. The Debian root in it belongs to root.
set -euo pipefail
cd "$(dirname "$0")/.."
. qemu/lib.sh
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/vnet_rs
[ -d "$cache" ] || exit 0

# Mounts live in namespaces of their own (see enter.sh). Should one be here in
# spite of that, it must not be deleted through.
# There a space is \040.
place=$(readlink -f "$cache")
if grep -qsF " ${place// /\\040}/" /proc/self/mounts; then
	die "something is mounted under $cache; please unmount it first"
fi
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
say "removing $cache"
"${as_root[@]}" rm -rf --one-file-system "$cache"
