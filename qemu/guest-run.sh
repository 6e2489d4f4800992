#!/bin/bash
# In the guest: run the command that stands in OUT/command, then leave there
# its exit status, the kernel's log, and, in a debug kernel, what leaked.
export OUT=$1 HOME=/tmp PYTHONDONTWRITEBYTECODE=1
flavour=$(uname -r)
export MODULE=/vnet/tree/build/${flavour##*-vnet-}/vnet_rs.ko
exec 2>&1
cd /vnet/tree || exit 1
mount -t tmpfs -o mode=1777 tmpfs /tmp

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
# The kernel's log has their number; what they are stands here.
[ -e $leaks ] && sed 's/^/kmemleak: /' $leaks >>"$OUT/dmesg"
echo $status >"$OUT/status"
sync
