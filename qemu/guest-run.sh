#!/bin/bash
# In the guest: run the command that stands in OUT/command, then leave there
# its exit status, the kernel's log, and, in a debug kernel, what leaked.
export OUT=$1 HOME=/tmp PYTHONDONTWRITEBYTECODE=1
flavour=$(uname -r)
export MODULE=/vnet/tree/build/${flavour##*-vnet-}/vnet_rs.ko
exec 2>&1
cd /vnet/tree || exit 1
mount -t tmpfs -o mode=1777 tmpfs /tmp

# Programs that tests start by the hundred start faster with their libraries in memory:
# to open one in the root is several questions to the host.
mkdir /tmp/lib
(cd /usr/lib/x86_64-linux-gnu && cp -L libc.so.6 libm.so.6 libtinfo.so.6 libz.so.1 \
	libzstd.so.1 libmnl.so.0 libbpf.so.1 libelf.so.1 libcap.so.2 libselinux.so.1 \
	libpcre2-8.so.0 libxtables.so.12 libidn2.so.0 libunistring.so.5 /tmp/lib)
export LD_LIBRARY_PATH=/tmp/lib

# And Python's modules, laid over the place where it looks for them.
if [ -e "$OUT/python" ]; then
	mkdir -p /tmp/python/files /tmp/python/work
	tar -b 512 -xf "$(<"$OUT/python")" -C /tmp/python/files
	mount -t overlay -o xino=off,lowerdir=/usr/lib,upperdir=/tmp/python/files,workdir=/tmp/python/work \
		python /usr/lib
fi

# On a busy machine the kernel may measure its clock's rate against a timer that
# did not get its turn, and be wrong by a factor: then no time in here means
# anything, and guest.sh boots again.
if dmesg | grep -q 'PIT calibration deviates from HPET'; then
	touch "$OUT/wrong-clock"
	sync
	exit 1
fi

touch "$OUT/begun"
bash -c "$(cat "$OUT/command")" </dev/null
status=$?

# An object counts as leaked when two scans find nothing that points to it.
leaks=/sys/kernel/debug/kmemleak
if [ -e $leaks ]; then
	echo scan >$leaks
	sleep 6
	echo scan >$leaks
fi
dmesg >"$OUT/dmesg"
# The kernel's log has the number of leaks; the leaks themselves stand here.
[ -e $leaks ] && sed 's/^/kmemleak: /' $leaks >>"$OUT/dmesg"
echo $status >"$OUT/status"
sync
