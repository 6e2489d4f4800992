# shellcheck shell=bash
# In the guest of `make qemu`: what its interactive bash reads at the start.

# A shell started from the first one finds it all done.
if ! [ -e /sys/module/vnet_rs ]; then
	cd /vnet/tree || return
	mount -t tmpfs -o mode=1777 tmpfs /tmp
	insmod build/lab/vnet_rs.ko
	ip address add 192.0.2.1/24 dev vnet0
	ip address add 2001:db8::1/64 dev vnet0 nodad
	ip link set vnet0 up
	ip -brief address show vnet0
	echo "Try: ping 192.0.2.2   ping 2001:db8::2   tcpdump -ni vnet0   ethtool -S vnet0"
fi
PS1='guest# '
