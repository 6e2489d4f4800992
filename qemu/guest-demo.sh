#!/bin/bash
# In the guest: the demo. Each command is shown as it is typed, then its output,
# and the first that fails ends it all.
set -euo pipefail

failed() { echo "FAILED: $*"; exit 1; }

run() {
	echo "\$ $*"
	bash -c "$*" || failed "\"$*\" ended with status $?"
}

# counter NAME: one of ethtool's figures, as they were shown.
counter() { sed -n "s/^ *$1: //p" /tmp/counters; }

# equal NAME... VALUE: the counters, or files of counters, all have that value.
equal() {
	local value=${*: -1} name figure
	for name in "${@:1:$#-1}"; do
		figure=$(if [ -e "$name" ]; then cat "$name"; else counter "$name"; fi)
		[ "$figure" = "$value" ] || failed "$name is $figure instead of $value"
	done
}

cd "$(dirname "$MODULE")"
# No addresses nor questions that we did not ask for, and reports of groups
# come at once: the figures at the end are to belong to the pings.
sysctl -qw net.ipv6.conf.default.addr_gen_mode=1 net.ipv6.conf.default.router_solicitations=0 \
	net.ipv6.conf.default.mldv2_unsolicited_report_interval=1

run insmod vnet_rs.ko
run ip -d link show vnet0
run ip address add 192.0.2.1/24 dev vnet0
run ip address add 2001:db8::1/64 dev vnet0 nodad
run ip link set vnet0 up

dump='tcpdump -nlti vnet0 arp or icmp or ip6 host 2001:db8::1'
echo "\$ $dump > /tmp/dump &"
$dump >/tmp/dump 2>/tmp/dump.log &
tcpdump=$!
for _ in $(seq 100); do
	grep -q '^listening' /tmp/dump.log && break
	sleep 0.1
done
run ping -c 3 192.0.2.2
run ping -c 3 2001:db8::2
for _ in $(seq 100); do
	[ "$(grep -c 'echo reply' /tmp/dump)" != 6 ] || break
	sleep 0.1
done
kill $tcpdump
wait $tcpdump || failed "tcpdump ended with status $?"
run cat /tmp/dump

run ip -s link show vnet0
run ethtool -S vnet0 | tee /tmp/counters

# Idle, so every descriptor that was posted is done with, and every reply received.
of_link=/sys/class/net/vnet0/statistics
posted=$(counter tx0_posted)
equal tx0_{completed,reaped} $of_link/tx_packets "$posted"
# Three replies to each ping, and one each to the ARP requests.
replies=$(grep -cE 'echo reply|ARP, Reply|neighbor advertisement' /tmp/dump)
[ "$(grep -c 'echo reply' /tmp/dump)" = 6 ] || failed "tcpdump did not see six replies"
equal echo_replies rx0_{delivered,received} $of_link/rx_packets "$replies"
equal echo_ignored $((posted - replies))
equal tx0_{purged,busy,down,no_carrier} tx_lost rx_filtered 0
equal $of_link/{{r,t}x_{errors,dropped},rx_missed_errors} 0

run rmmod vnet_rs
! ip link show vnet0 2>/dev/null || failed "vnet0 is still there"
