#!/usr/bin/env bash
# On the host, as root, in private namespaces (see in-root.sh): make the Debian
# 13 root that everything else lives in, unless the cache has it. `--where` only
# prints its path.
#
# The root is made under another name and renamed when it is whole, so that a root
# under the right name can be trusted.
set -euo pipefail
cd "$(dirname "$0")/.."
. qemu/lib.sh

SUITE=trixie
# Newest first; the root takes the first that Debian has.
SERIES="7.3 7.2"

packages=$(sed 's/#.*//' qemu/packages | xargs | tr ' ' ,)
key=$(printf '%s\n' "$SUITE" "$SERIES" "$packages" "$(cat qemu/root-setup.sh)" |
	sha256sum | cut -c1-8)
root=${VNET_HOST_CACHE:?}/root-$SUITE-$key
log=$VNET_HOST_CACHE/root.log

if [ "${1:-}" = --where ]; then
	echo "$root"
	exit
fi
[ -d "$root" ] && exit 0

# Two clones may get here at once; the second one finds the root made.
exec 9>"$VNET_HOST_CACHE/root.lock"
flock -n 9 || { say "another run is making the Debian root; waiting"; flock 9; }
[ -d "$root" ] && exit 0

say "making the Debian 13 root with all tools (700 MB to fetch, and about a minute besides)"
rm -rf --one-file-system "$root.partial"
# Packages that are newer than the release (the kernel source) are in backports;
# the mirror's name is mmdebstrap's own business, so its own lines are copied.
# Documentation is left out: 300 MB that are not read in a guest. A proxy is the
# host's business.
SETUP=$(readlink -f qemu/root-setup.sh)
export SETUP
options=()
if command -v apt-config >/dev/null; then
	eval "$(apt-config shell proxy Acquire::http::Proxy)"
	[ -z "${proxy:-}" ] || options+=(--aptopt="Acquire::http::Proxy \"$proxy\"")
fi
# shellcheck disable=SC2016  # $1 and $SETUP are for the hooks' shell, not for this one
if ! mmdebstrap --variant=apt --format=directory --include="$packages" \
	--setup-hook='sed -i "/ '$SUITE' main/{p;s/ '$SUITE' / '$SUITE'-backports /}" "$1/etc/apt/sources.list"' \
	--customize-hook='"$SETUP" "$1" '"$SUITE-backports $SERIES" \
	--aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Retries "3"' "${options[@]}" \
	--dpkgopt='path-exclude=/usr/share/doc/*' \
	--dpkgopt='path-exclude=/usr/share/man/*' \
	--dpkgopt='path-exclude=/usr/share/locale/*' \
	$SUITE "$root.partial" ${MIRROR:+"$MIRROR"} 2>&1 </dev/null |
	tee "$log" | { grep --line-buffered '^I: ' >&2 || true; }
then
	grep -v '^I: ' "$log" | tail -n 20 >&2
	die "cannot make the Debian root (the whole log: $log)"
fi
mv "$root.partial" "$root"
chown "${VNET_UID:?}:${VNET_GID:?}" "$VNET_HOST_CACHE" "$log"
