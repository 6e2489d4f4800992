#!/usr/bin/env bash
# Did the kernel complain? Shows each complaint that it finds in the files
# given (dmesg, console) and fails if there is one.
set -euo pipefail
cd "$(dirname "$0")/.."
. qemu/lib.sh

# One a line. Anything that prints a stack is a complaint.
patterns='WARNING:
BUG:
BUG 
Call Trace:
KASAN:
KFENCE:
UBSAN:
Oops
Kernel panic
general protection
divide error
stack segment
double fault
Unable to handle kernel
possible circular
possible recursive
possible irq lock inversion
inconsistent lock state
inconsistent \{
suspicious RCU
sleeping function
scheduling while atomic
bad unlock balance
held lock freed
lock held when returning
DEBUG_LOCKS_WARN_ON
self-detected stall
detected stalls
soft lockup
hard lockup
blocked for more than
unregister_netdevice: waiting
ref_tracker:
refcount_t:
ODEBUG:
list_(add|del) corruption
corruption of
kmemleak: [1-9][0-9]* new suspected
kmemleak: unreferenced object
rust_kernel: panicked
page allocation failure'

found=0
for file; do
	[ -e "$file" ] || continue
	if lines=$(grep -naE -B2 -A14 -f <(echo "$patterns") "$file"); then
		found=1
		say "the kernel complained ($(host_path "$file")):"
		head -n 60 <<<"$lines" | tr -d '\r' | sed 's/^/  | /' >&2
		# The console repeats what dmesg has; once is enough.
		break
	fi
done
exit $found
