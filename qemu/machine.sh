#!/usr/bin/env bash
# On the host: can this machine do it at all? All that is missing is said at
# once, before anything is fetched or built.
set -euo pipefail
cd "$(dirname "$0")/.."
. qemu/lib.sh

MEMORY_GB=3  # the debug guest has 2, the compilers take as much

missing=()
need() { missing+=("$*"); }
ask() {
	[ ${#missing[@]} != 0 ] || return 0
	say "this machine lacks:"
	printf '  - %s\n' "${missing[@]}" >&2
	exit 1
}

[ "$(uname -s)" = Linux ] || need "Linux (this is $(uname -s))"
[ "$(uname -m)" = x86_64 ] || need "an x86-64 machine (this is $(uname -m))"
# The rest is asked in Linux's own way.
ask

if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
	need "root, or sudo: the Debian root is made and entered with it"
fi
if ! command -v mmdebstrap >/dev/null && ! command -v apt-get >/dev/null; then
	need "mmdebstrap, or a Debian 12 or 13 where apt-get can install it"
fi

memory=$(memory_gb)
[ "$memory" -ge $MEMORY_GB ] || need "$MEMORY_GB GB of memory (this has $memory)"

# there FILE...: whether one of these is, which a pattern has been replaced by.
there() { [ -e "$1" ]; }
# room DIRECTORY GB: whether so much is free where it is, or will be.
room() {
	local above=$1 free
	while ! [ -d "$above" ]; do above=$(dirname "$above"); done
	free=$(df --output=avail -k "$above" | awk 'NR == 2 {print int($1 / 1000000)}')
	[ "$free" -ge "$2" ] || need "$2 GB of disk under $1 (free: $free)"
}

# Files that are in the cache already need no more room.
cache=${VNET_HOST_CACHE:?} gb=1
there "$cache"/root-*[!l] || gb=$((gb + 4))
there "$cache"/kernel-*-lab-*/whole || gb=$((gb + 6))
there "$cache"/kernel-*-debug-*/whole || gb=$((gb + 4))
room "$cache" $gb
room "$PWD" 1
ask
