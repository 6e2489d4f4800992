#!/usr/bin/env bash
# In the root: measure, and write docs/bench.md and docs/bench.svg. It takes about twelve minutes.
#
#   tests/bench/bench.sh [PART...]     packets, talk, growth, ports, queues, profile; all, if none
#                                      is named
#
# What was measured before of the other parts is in build/bench and is shown again.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

results=$TREE/build/bench
mkdir -p "$results" docs
kernel=$(qemu/kernel.sh lab)
qemu/module.sh lab >/dev/null
export PYTHONDONTWRITEBYTECODE=1

# guest NAME CPUS SCRIPT [ARGUMENT...]: runs a script in a guest that counts instructions. One CPU,
# as the others would only add their own ticks; several where it is about them.
guest() {
	local name=bench-$1 cpus=$2
	shift 2
	qemu/guest.sh -n "$name" -t 1200 -c "$cpus" -i "${plugin[@]}" lab \
		env PYTHONPATH=tests/guest python3 "tests/bench/$1.py" "${@:2}"
}

# measure PART: leaves its figures in the results.
measure() {
	local cpus=1 plugin=()
	if [ "$1" = queues ]; then cpus=8; fi
	guest "$1" "$cpus" "$1"
	cp "build/guest/bench-$1/$1.json" "$results/"
}

# profiled NAME CPUS: the emulator counts what is executed, whose it is is found out afterwards.
profiled() {
	local mark plugin
	clang -O2 -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden \
		-o "$results/counter.so" tests/bench/counter.c
	mark=$(sed -n 's/ T __x64_sys_sethostname$//p' "$kernel/System.map")
	plugin=(-p "$results/counter.so,mark=$mark,out=$TREE/build/guest/bench-$1/counts")
	guest "$1" "$2" profile "${1#profile-}"
}

[ $# -gt 0 ] || set -- packets talk growth ports queues profile
for part; do
	say "measuring: $part"
	started=$SECONDS
	if [ "$part" = profile ]; then
		profiled profile-packets 1
		profiled profile-queues 8
		python3 tests/bench/where.py build/guest/bench-profile-{packets,queues} \
			"$results/profile.json"
	else
		measure "$part"
	fi
	say "measuring: $part took $((SECONDS - started)) s"
done
cat >"$results/versions" <<-END
	Measured on $(uname -m), $(nproc) CPUs ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)), without KVM
	Linux $(make -s -C "$kernel" kernelrelease), clang $(clang -dumpversion)
	$(rustc --version)
	$(qemu-system-x86_64 --version | head -n 1), TCG, \`-icount shift=0,sleep=off\`
END
MPLCONFIGDIR=$(mktemp -d)
export MPLCONFIGDIR
python3 tests/bench/table.py "$results" docs/bench.md
python3 tests/bench/picture.py "$results" docs/bench.svg
say "wrote docs/bench.md and docs/bench.svg, after $((SECONDS / 60)) min"
