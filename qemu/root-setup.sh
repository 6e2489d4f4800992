#!/bin/sh
# On the host, from root.sh, when the packages are in: the last touches.
#   root-setup.sh ROOT SUITE SERIES...
set -eu
root=$1 suite=$2
shift 2

# The kernel source: the newest series that Debian has. One that cannot be fetched
# is not one that Debian lacks: that ends it here.
for series; do
	if chroot "$root" apt-cache show "linux-source-$series" >/dev/null 2>&1; then
		found=$series
		break
	fi
done
[ -n "${found:-}" ] || { echo "E: no linux-source of the series $* there"; exit 1; }
chroot "$root" apt-get install -y -t "$suite" "linux-source-$found"

# Where enter.sh mounts things, and what virtme-ng's init wants to mount over.
mkdir -p "$root/vnet/cache" "$root/vnet/tree" "$root/vnet/src" \
	"$root/lib/modules" "$root/etc/lvm"
touch "$root/etc/sudoers"

# What virtme-ng's init calls without looking whether it is there: there is no
# systemd in this root.
ln -s busybox "$root/usr/bin/poweroff"
ln -s /vnet/tree/qemu/guest-udev.sh "$root/usr/sbin/udevd"
for name in udevadm deallocvt; do
	[ -e "$root/usr/bin/$name" ] || ln -s true "$root/usr/bin/$name"
done

# The shell of `make qemu` starts with the module loaded (see guest-shell.sh).
cat >>"$root/etc/bash.bashrc" <<-'END'
	if grep -qs vnet.shell /proc/cmdline; then . /vnet/tree/qemu/guest-shell.sh; fi
END
