#!/usr/bin/env bash
# On the host: build against a kernel tree of one's own, with one's own tools,
# after looking whether that can work, since kbuild's own words are hard to
# understand.
#
#   qemu/kdir.sh KDIR modules|rust-analyzer
set -euo pipefail
cd "$(dirname "$0")/.."
. qemu/lib.sh
kdir=$1
target=$2

config=$kdir/include/config/auto.conf
value() { sed -n "s/^CONFIG_$1=//p" "$config" | tr -d '"'; }

# source_of: the kernel's source: a build with O=, and the headers of a distribution,
# include its Makefile.
source_of() {
	local source
	source=$(sed -n 's/^include \(.*\)\/Makefile$/\1/p' "$kdir/Makefile" | tail -n 1)
	echo "${source:-$kdir}"
}

# crates SOURCE: the files that the build of a kernel leaves in rust/ for modules in Rust.
crates() {
	local libraries=(core compiler_builtins ffi bindings uapi pin_init build_error kernel)
	printf 'lib%s.rmeta\n' "${libraries[@]}"
	printf '%s.so\n' libmacros libpin_init_internal
	# 7.3 has zerocopy besides.
	! grep -qs -e '--extern zerocopy' "$1/scripts/Makefile.build" ||
		printf '%s\n' libzerocopy.rmeta libzerocopy_derive.so
	# The parts of trace events and warn_on!.
	[ -z "$(value JUMP_LABEL)" ] || echo kernel/generated_arch_static_branch_asm.rs
	[ -z "$(value BUG)" ] || printf 'kernel/generated_arch_%s_asm.rs\n' warn reachable
}

# rust_half: the parts of a built kernel that a module in Rust needs and this tree lacks.
rust_half() {
	local source
	source=$(source_of)
	crates "$source" | sed 's,^,rust/,' | cat - <(echo scripts/target.json) |
		while read -r file; do [ -e "$kdir/$file" ] || echo "$file"; done
	[ -e "$source/rust/bindgen_parameters" ] || echo rust/bindgen_parameters
}

# program NAME: clang or gcc as kbuild will call it, with LLVM= or CROSS_COMPILE=.
program() {
	case $1,${LLVM:-} in
	gcc,*) echo "${CC:-${CROSS_COMPILE:-}gcc}" ;;
	clang,-*) echo "${CC:-clang$LLVM}" ;;
	clang,*/) echo "${CC:-${LLVM}clang}" ;;
	*) echo "${CC:-clang}" ;;
	esac
}

[ -d "$kdir" ] || die "KDIR=$kdir is no directory"
[ -f "$kdir/Makefile" ] || die "KDIR=$kdir is no kernel tree (it has no Makefile)"
[ -f "$config" ] || die "KDIR=$kdir is not configured and built: it has no include/config/auto.conf" \
	"(if that kernel was built with O=, KDIR= is that directory)"
release=$(cat "$kdir/include/config/kernel.release" 2>/dev/null || true)
case $release in
[0-6].* | 7.[01].* | 7.[01]-*) die "the kernel in $kdir is $release; this module is for 7.2 and 7.3" ;;
esac
[ "$(value RUST)" = y ] || die "the kernel in $kdir lacks CONFIG_RUST: it has no Rust support to build on"
[ "$(value CFI)$(value CFI_CLANG)" = "" ] ||
	die "the kernel in $kdir has CONFIG_CFI: this module's bindings cannot be built for it"
[ "$(value PREEMPT_RT)" = "" ] ||
	die "the kernel in $kdir has CONFIG_PREEMPT_RT, which this module does not support"
built_by=$(value RUSTC_VERSION_TEXT)
rustc=${RUSTC:-rustc}
have=$("$rustc" --version 2>/dev/null) ||
	die "there is no $rustc here; the kernel in $kdir was built by \"$built_by\""
[ "$have" = "$built_by" ] ||
	die "the kernel in $kdir was built by \"$built_by\", but $rustc is \"$have\"; they must be the same"
[ -f "$kdir/Module.symvers" ] || die "the kernel in $kdir is configured but not built: it has no" \
	"Module.symvers, so no module can be linked with what it exports; build it with \`make\`"
missing=$(rust_half | xargs)
[ -z "$missing" ] || die "the tree in $kdir lacks the kernel's Rust half ($missing): the headers of most" \
	"distributions do; take a tree where this very kernel was built (\`make prepare\` in its source," \
	"with its .config, makes that half), or the distribution's package of it, if there is one" \
	"(Ubuntu's is linux-lib-rust-${release:-RELEASE})"
bindgen=${BINDGEN:-bindgen}
"$bindgen" --version >/dev/null 2>&1 ||
	die "there is no $bindgen here, which makes Rust declarations of the kernel's in C"

arguments=(RUSTC="$rustc" BINDGEN="$bindgen")
compiled_by=$(value CC_VERSION_TEXT)
case $compiled_by in
*clang*) kind=clang arguments+=(LLVM="${LLVM:-1}") ;;
*)
	kind=gcc
	[ -z "${LLVM:-}" ] || die "the kernel in $kdir was compiled by \"$compiled_by\":" \
		"LLVM=$LLVM would compile the module by clang, whose options are others"
	;;
esac
command -v "$(program $kind)" >/dev/null ||
	die "there is no $(program $kind) here; the kernel in $kdir was compiled by \"$compiled_by\""
exec make -C "$kdir" M="$PWD" "${arguments[@]}" "$target"
