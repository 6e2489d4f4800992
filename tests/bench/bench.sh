#!/usr/bin/env bash
# In the root: measure, and write docs/bench.md and docs/bench.svg.
#
#   tests/bench/bench.sh [PART...]     packets, talk, growth, queues, profile; all, if none is named
#
# What was measured before of the other parts is in build/bench and is shown again.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

results=$TREE/build/bench
mkdir -p "$results" docs
qemu/kernel.sh lab >/dev/null
qemu/module.sh lab >/dev/null

# One CPU, as the others would only add their own ticks; several where it is about them.
cpus() { if [ "$1" = queues ]; then echo 8; else echo 1; fi; }

export PYTHONDONTWRITEBYTECODE=1
[ $# -gt 0 ] || set -- packets talk growth queues profile
for part; do
	say "measuring: $part"
	qemu/guest.sh -n "bench-$part" -t 1200 -c "$(cpus "$part")" -i lab \
		env PYTHONPATH=tests/guest python3 "tests/bench/$part.py"
	cp "build/guest/bench-$part/$part.json" "$results/"
done
cat >"$results/versions" <<-END
	Measured on $(uname -m), $(nproc) CPUs ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)), without KVM
	Linux $(make -s -C "$(qemu/kernel.sh lab)" kernelrelease), clang $(clang -dumpversion)
	$(rustc --version)
	$(qemu-system-x86_64 --version | head -n 1), TCG, \`-icount shift=0,sleep=off\`
END
MPLCONFIGDIR=$(mktemp -d)
export MPLCONFIGDIR
python3 tests/bench/table.py "$results" docs/bench.md
python3 tests/bench/picture.py "$results" docs/bench.svg
say "wrote docs/bench.md and docs/bench.svg"
