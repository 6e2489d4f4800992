#!/usr/bin/env bash
# In the root: build a kernel flavour, unless the cache has it, and print the
# build directory, which is what KDIR is to a module.
#
#   qemu/kernel.sh lab|debug|kcsan
#
# The source is the linux-source package of the root, or KERNEL_SRC.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh
. qemu/source.sh
flavour=${1:?usage: kernel.sh lab|debug|kcsan}

case $flavour in
lab) fragments=(qemu/lab.config) lines=2500 targets=(bzImage modules scripts_gdb) ;;
debug) fragments=(qemu/lab.config qemu/debug.config) lines=2600 targets=(bzImage modules) ;;
kcsan) fragments=(qemu/lab.config qemu/kcsan.config) lines=2500 targets=(bzImage modules) ;;
*) die "there is no kernel flavour \"$flavour\": it is lab, debug or kcsan" ;;
esac

# The inputs of the build decide the name it is cached under.
key=$(
	{
		echo "$source_key"
		rustc --version
		clang --version | head -n 1
		bindgen --version
		pahole --version
		cat "${fragments[@]}"
	} | sha256sum | cut -c1-8
)
build=$CACHE/kernel-$version-$flavour-$key

# configure: tinyconfig plus our fragments.
configure() {
	mkdir -p "$build"
	make -C "$source" LLVM=1 O="$build" tinyconfig
	(cd "$source" && scripts/kconfig/merge_config.sh -m -O "$build" \
		"$build/.config" "${fragments[@]/#/$TREE/}")
	make -C "$source" LLVM=1 O="$build" olddefconfig
}

# unmet: options that the fragments turn on in the end, and this source does not know (any more).
unmet() {
	sed -n 's/^\(CONFIG_[A-Z0-9_]*\)=/\1 /p; s/^# \(CONFIG_[A-Z0-9_]*\) is not set$/\1 n/p' "${fragments[@]}" |
		awk '{ last[$1] = $2 } END { for (option in last) if (last[option] == "y") print option }' | sort |
		while read -r option; do
			grep -q "^$option=" "$build/.config" || echo "$option"
		done
}

# compile: a percentage for people, all of it into the log.
compile() {
	local jobs memory before quiet=()
	memory=$(memory_gb)
	jobs=$(($(nproc) + 1))
	# Linking with BTF and rustc on the kernel crate each take about 1.5 GB.
	[ "$jobs" -le "$memory" ] || jobs=$memory
	# Warnings in Debian's released source are not for us, and an eighth of the time.
	[ -n "${KERNEL_SRC:-}" ] || quiet=(KCFLAGS=-w)
	# About one file for each line that an interrupted build has printed.
	before=$(find "$build" -name '.*.cmd' | wc -l)
	make -C "$source" LLVM=1 O="$build" -j"$jobs" "${quiet[@]}" "${targets[@]}" 2>&1 </dev/null |
		tee "$build.log" | qemu/progress.py "building the $flavour kernel" "$lines" "$before"
}

# prune: removes files that neither modules nor gdb need again; three quarters of the space.
prune() {
	rm -f "$build"/vmlinux.{o,a,unstripped} "$build"/.tmp_vmlinux* \
		"$build"/arch/x86/boot/compressed/vmlinux*
	find "$build" \( -path "$build/scripts" -o -path "$build/tools" \
		-o -path "$build/rust" \) -prune -o \
		\( -name '*.o' -o -name '*.a' \) -exec rm -f {} +
}

# A tree of one's own may have changed since: make finds the files to rebuild.
whole() { [ -e "$build/whole" ] && [ -z "${KERNEL_SRC:-}" ]; }

if ! whole; then
	# Two clones, or two targets, may want the same kernel at the same time.
	exec 9>"$CACHE/kernel-$flavour.lock"
	flock -n 9 || { say "another run is building a $flavour kernel; waiting"; flock 9; }
fi
if ! whole; then
	unpack
	# An interrupted build is taken up where it was left.
	[ -e "$build/configured" ] || {
		run_logged "$build.log" configure
		options=$(unmet | xargs)
		[ -z "$options" ] || say "the $flavour kernel will lack: $options"
		touch "$build/configured"
	}
	compile || {
		grep -nE 'error|Error|\*\*\*' "$build.log" | tail -n 15 >&2 || true
		die "the $flavour kernel does not build (the whole log: $(host_path "$build.log"))"
	}
	[ -n "${KERNEL_SRC:-}" ] || prune
	touch "$build/whole"
fi
echo "$build"
