#!/usr/bin/env bash
# On the host, as root, in private namespaces (see in-root.sh): go into the
# Debian root and run a command there as the person who asked for it.
set -euo pipefail
cd "$(dirname "$0")/.."
. qemu/lib.sh
R=${VNET_HOST_ROOT:?}

# The cached root is shared by all clones: nothing that runs in it changes it.
mount --bind "$R" "$R"
mount -o remount,bind,ro "$R"
mount --bind "${VNET_HOST_CACHE:?}" "$R/vnet/cache"
mount --bind "${VNET_HOST_TREE:?}" "$R/vnet/tree"
if [ -n "${KERNEL_SRC:-}" ]; then
	mount --bind "$KERNEL_SRC" "$R/vnet/src"
fi
mount -t proc proc "$R/proc"
mount --rbind /sys "$R/sys"
mount --rbind /dev "$R/dev"
mount -t tmpfs tmpfs "$R/tmp"
mount -t tmpfs tmpfs "$R/run"
mkdir -m 0777 "$R/tmp/home"

# A clean environment: nothing of the host's (locale, MAKEFLAGS, PATH...) may have a
# part in the build. It is not exec'ed: this shell, process 1 of the
# namespace, stays root, and dies with its parent.
env=(PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp/home USER=vnet LANG=C.UTF-8)
for name in TERM KERNEL_SRC TESTS GDB_PORT VNET_HOST_CACHE VNET_HOST_TREE \
	VNET_HOST_ROOT; do
	env+=("$name=${!name:-}")
done
groups=--clear-groups
# /dev/kvm usually belongs to a group.
if [ -e /dev/kvm ]; then groups=--groups=$(stat -c %g /dev/kvm); fi
chroot "$R" env -i "${env[@]}" setpriv --reuid "${VNET_UID:?}" --regid "${VNET_GID:?}" \
	"$groups" --inh-caps=-all bash -c 'cd /vnet/tree && exec "$@"' enter "$@"
