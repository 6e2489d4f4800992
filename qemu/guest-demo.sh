#!/bin/bash
# In the guest: the demo. Each command is shown as it is typed, then its output,
# and the first that fails ends it all.
set -euo pipefail

failed() { echo "FAILED: $*"; exit 1; }

run() {
	echo "\$ $*"
	bash -c "$*" || failed "\"$*\" ended with status $?"
}

# counter NAME: one of ethtool's figures.
counter() { ethtool -S vnet0 | sed -n "s/^ *$1: //p"; }

cd "$(dirname "$MODULE")"
# No addresses nor questions that we did not ask for: the figures at the end are
# to belong to the pings.
sysctl -qw net.ipv6.conf.default.addr_gen_mode=1 net.ipv6.conf.default.router_solicitations=0

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
run ping -c 3 -i 0.2 192.0.2.2
run ping -c 3 -i 0.2 2001:db8::2
sleep 0.5
kill $tcpdump
wait $tcpdump || failed "tcpdump ended with status $?"
run cat /tmp/dump

run ip -s link show vnet0
run ethtool -S vnet0

# Idle, so every descriptor that was posted is done with.
posted=$(counter tx0_posted)
[ "$posted" = "$(counter tx0_completed)" ] || failed "posted and completed differ"
[ "$posted" = "$(counter tx0_reaped)" ] || failed "posted and reaped differ"
# Three replies to each ping, and one each to the questions who has the address.
replies=$(counter echo_replies)
[ "$replies" -ge 8 ] || failed "only $replies replies"
[ "$(counter rx0_received)" = "$replies" ] || failed "not every reply was received"
[ "$(grep -c 'echo reply' /tmp/dump)" = 6 ] || failed "tcpdump did not see six replies"

run rmmod vnet_rs
! ip link show vnet0 2>/dev/null || failed "vnet0 is still there"
