#!/usr/bin/env bash
# On the host: run a command in the Debian 13 root, making the root first if
# need be. Every make target that builds or boots something goes through here.
#
#   qemu/in-root.sh COMMAND [ARGUMENT...]
#
# COMMAND runs in /vnet/tree (this project), as the person who typed make; only
# entering the root needs to be root itself.
set -euo pipefail
cd "$(dirname "$0")/.."
. qemu/lib.sh

# Become root once, and remember the user: all files that are made are the user's.
if [ -z "${VNET_UID:-}" ]; then
	VNET_UID=$(id -u) VNET_GID=$(id -g)
	VNET_HOST_CACHE=${XDG_CACHE_HOME:-${HOME:?}/.cache}/vnet_rs
	VNET_HOST_TREE=$PWD
	[ -z "${KERNEL_SRC:-}" ] || KERNEL_SRC=$(readlink -e "$KERNEL_SRC") ||
		die "KERNEL_SRC: there is no such directory"
	export VNET_UID VNET_GID VNET_HOST_CACHE VNET_HOST_TREE
	qemu/machine.sh
	mkdir -p "$VNET_HOST_CACHE"
	# Root may not read a home directory that lies on a network file system;
	# say so here, where it is understood, and not in the middle of a mount.
	[ -w "$VNET_HOST_CACHE" ] || die "cannot write to $VNET_HOST_CACHE"
	if [ "$VNET_UID" != 0 ]; then
		exec sudo "$(command -v env)" VNET_UID="$VNET_UID" VNET_GID="$VNET_GID" \
			VNET_HOST_CACHE="$VNET_HOST_CACHE" VNET_HOST_TREE="$VNET_HOST_TREE" \
			KERNEL_SRC="${KERNEL_SRC:-}" MIRROR="${MIRROR:-}" TESTS="${TESTS:-}" \
			GDB_PORT="${GDB_PORT:-}" http_proxy="${http_proxy:-}" \
			https_proxy="${https_proxy:-}" no_proxy="${no_proxy:-}" qemu/in-root.sh "$@"
	fi
fi

# confined COMMAND: in private namespaces for mounts and processes. Bind mounts
# vanish with the last process, whatever happens, and when make is interrupted
# no process is left behind.
confined() {
	unshare --mount --propagation unchanged --pid --fork --kill-child \
		qemu/private.sh "$@" <&0 &
	inside=$!
	# unshare itself blocks these signals; its processes die when it is killed.
	trap 'kill -KILL $inside; exit 130' INT TERM HUP
	# A debugger wants ctrl-c for itself.
	if [ "${2:-}" = qemu/gdb.sh ]; then trap '' INT; fi
	wait "$inside"
}

unshare --mount --propagation unchanged --pid --fork true 2>/dev/null ||
	die "this machine lacks permission for namespaces (a container has to be privileged)"
qemu/host-packages.sh
VNET_HOST_ROOT=$(qemu/root.sh --where)
export VNET_HOST_ROOT
[ -d "$VNET_HOST_ROOT" ] || confined qemu/root.sh || exit

status=0
confined qemu/enter.sh "$@" || status=$?
exit "$status"
