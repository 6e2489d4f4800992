# shellcheck shell=bash
# Shared by every script here: how to speak, how to fail, where things are.
# Sourced, never run.
#
# Scripts come in three kinds, and each says at its top which one it is:
#   on the host    in-root.sh, machine.sh, root.sh, enter.sh and a few more
#   in the root    the Debian 13 root that root.sh makes; enter.sh goes there
#   in the guest   guest-*.sh: in the virtual machine, whose root is that root

say() { printf 'vnet_rs: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Inside the root these paths are always the same, on every machine: build
# products hold absolute paths, and a cache entry must not depend on where a
# clone of this project happens to be.
# shellcheck disable=SC2034  # used by the scripts that source this file
CACHE=/vnet/cache TREE=/vnet/tree

# How much memory this machine lets us have, in GB.
memory_gb() {
	local limit
	# A container may have less than the machine.
	limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || true)
	awk -v limit="$limit" '/^MemTotal/ {
		gb = int($2 / 1000000)
		if (limit ~ /^[0-9]+$/ && limit / 1e9 < gb) gb = int(limit / 1e9)
		print gb
	}' /proc/meminfo
}

# run_logged LOG COMMAND...: quiet when it goes well, its last lines when not.
run_logged() {
	local log=$1
	shift
	mkdir -p "$(dirname "$log")"
	if ! "$@" >"$log" 2>&1 </dev/null; then
		tail -n 25 "$log" >&2
		die "failed: $* (the whole log: $(host_path "$log"))"
	fi
}

# The name that a path inside the root has for the person at the keyboard.
host_path() {
	case $1 in
	$CACHE/*) echo "${VNET_HOST_CACHE:-$CACHE}/${1#"$CACHE"/}" ;;
	$TREE/*) echo "${VNET_HOST_TREE:-$TREE}/${1#"$TREE"/}" ;;
	*) echo "$1" ;;
	esac
}
