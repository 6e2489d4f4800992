#!/usr/bin/env bash
# On the host: can this machine do it at all? All that is missing is said at
# once, before anything is fetched or built.
set -euo pipefail
cd "$(dirname "$0")/.."
. qemu/lib.sh

DISK_GB=15   # root 3, source 2, two kernels 4, and room to build them
MEMORY_GB=3  # the debug guest has 2, the compilers take as much

missing=()
need() { missing+=("$*"); }

[ "$(uname -s)" = Linux ] || need "Linux (this is $(uname -s))"
[ "$(uname -m)" = x86_64 ] || need "an x86-64 machine (this is $(uname -m))"

if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
	need "root, or sudo: the Debian root is made and entered with it"
fi
if ! command -v mmdebstrap >/dev/null && ! command -v apt-get >/dev/null; then
	need "mmdebstrap, or a Debian 12 or 13 where apt-get can install it"
fi

memory=$(awk '/^MemTotal/ {print int($2 / 1000000)}' /proc/meminfo)
[ "$memory" -ge $MEMORY_GB ] || need "$MEMORY_GB GB of memory (this has $memory)"

# A cache that is there already has had its room.
cache=${VNET_HOST_CACHE:?}
if ! [ -d "$cache" ]; then
	above=$cache
	while ! [ -d "$above" ]; do above=$(dirname "$above"); done
	free=$(df --output=avail -k "$above" | awk 'NR == 2 {print int($1 / 1000000)}')
	[ "$free" -ge $DISK_GB ] || need "$DISK_GB GB of disk under $cache (free: $free)"
fi

[ ${#missing[@]} = 0 ] && exit 0
say "this machine lacks:"
printf '  - %s\n' "${missing[@]}" >&2
exit 1
