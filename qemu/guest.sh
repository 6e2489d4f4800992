#!/usr/bin/env bash
# In the root: boot a kernel flavour, run a command in the guest, and tell how
# it went. The exit status is the command's; it is 1 as well when the guest
# dies or the kernel complained about anything, and 124 when time ran out.
#
#   qemu/guest.sh [-n NAME] [-t SECONDS] [-m MEMORY] [-c CPUS] [-i] [-p PLUGIN]
#                 lab|debug|kcsan COMMAND...
#
# With -i guest time counts instructions, one in a nanosecond, and idle time is
# skipped: what takes how long is then the same on every machine, however busy.
# -p gives the emulator a plugin: a file, with its arguments after commas.
#
# The guest sees this root read-only; build/guest/NAME is shared with it, to be
# written: it holds the console, the guest's dmesg and what the command leaves
# there ($OUT in the guest).
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

name='' limit=300 memory='' cpus=2 options=() emulator=()
while getopts n:t:m:c:ip: option; do
	case $option in
	n) name=$OPTARG ;;
	t) limit=$OPTARG ;;
	m) memory=$OPTARG ;;
	c) cpus=$OPTARG ;;
	i) emulator+=(-icount "shift=0,sleep=off") ;;
	p) emulator+=(-plugin "$OPTARG") ;;
	*) die "usage: guest.sh [-n NAME] [-t SECONDS] [-m MEMORY] [-c CPUS] [-i] [-p PLUGIN] lab|debug|kcsan COMMAND..." ;;
	esac
done
shift $((OPTIND - 1))
flavour=${1:?which kernel, lab, debug or kcsan?}
shift
case $flavour in
debug)
	: "${memory:=2G}"
	# Checks the slabs that we have objects of, and so leaves out sheaves (mm/slub.c), CPUs'
	# stocks of objects. An empty one still points to what was taken from it, and kmemleak
	# believes that; and its allocation may be one that is to fail, although it is not missed.
	options=(--kopt 'slab_debug=F,kmalloc-*,skbuff*')
	# RCU asks the CPUs, and does not wait for their ticks: the module is unloaded in a third
	# of the time, and memory that is freed too early is freed sooner.
	options+=(--kopt rcupdate.rcu_expedited=1)
	;;
kcsan)
	: "${memory:=1G}"
	# An emulated CPU makes so few accesses a second that of one in 4000 hardly any meets another.
	options=(--kopt kcsan.skip_watch=200 --kopt kcsan.udelay_task=200 --kopt kcsan.udelay_interrupt=100)
	;;
*) : "${memory:=1G}" ;;
esac

kernel=$(qemu/kernel.sh "$flavour")
kvm=no
if [ ${#emulator[@]} = 0 ]; then
	kvm=$(qemu/kvm.sh "$kernel")
	# Or Python waits for seconds until the kernel has found randomness by itself.
	emulator=(-device virtio-rng-pci)
fi
dir=$TREE/build/guest/${name:-$flavour}
mkdir -p "$dir"
exec 8>"$dir.lock"
flock -n 8 || { say "a guest named ${name:-$flavour} is running; waiting"; flock 8; }

# boot COMMAND...: false if the guest found that its clock is wrong, or did not get so far. vng's own
# streams are files reopened by name, so each has to be a pipe: the guest's
# output goes to ours, the console to its file.
boot() {
	rm -rf "$dir"
	mkdir -p "$dir"
	printf '%q ' "$@" >"$dir/command"
	qemu/python.sh >"$dir/python"
	status=0
	timeout --kill-after=5 "$limit" qemu/virtme.sh run "$kernel" "$memory" "$kvm" "$dir" \
		--cpus "$cpus" "${options[@]}" ${emulator[@]:+--qemu-opts "${emulator[@]}"} \
		2> >(cat >"$dir/console") </dev/null | cat || status=${PIPESTATUS[0]}
	! [ -e "$dir/wrong-clock" ] && ! emulator_failed
}

# emulator_failed: failures of the emulator on a busy machine, before our command has
# begun: QEMU's own table of devices changed under it, or a timer did not get its turn.
emulator_failed() {
	! [ -e "$dir/begun" ] &&
		grep -qaE 'iotlb_to_section: Assertion|IO-APIC \+ timer' "$dir/console"
}
boot "$@" || boot "$@" || boot "$@" ||
	die "the guest could not start three times: this machine is too busy"

last_words() {
	say "the last lines of its console ($(host_path "$dir/console")):"
	tail -n 20 "$dir/console" | tr -d '\r' | sed 's/^/  | /' >&2
}

logs=("$dir/dmesg" "$dir/console")
if [ "$flavour" = kcsan ]; then
	# The kernel's own data races are not for us to judge: kcsan.py says which are ours.
	for log in "${logs[@]}"; do
		[ ! -e "$log" ] || qemu/kcsan.py <"$log" >"$log.ours"
	done
	logs=("${logs[@]/%/.ours}")
fi
complaints=0
qemu/complaints.sh "${logs[@]}" || complaints=1
if [ "$status" = 124 ] || [ "$status" = 137 ]; then
	say "the guest did not finish within $limit seconds$(
		[ ! -e "$dir/status" ] || echo ", although its command did")"
	last_words
	exit 124
elif [ -e "$dir/status" ]; then
	status=$(cat "$dir/status")
else
	say "the guest died before its command had ended"
	last_words
	exit 1
fi
[ "$status" != 0 ] || status=$complaints
exit "$status"
