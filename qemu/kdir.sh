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

[ -d "$kdir" ] || die "KDIR=$kdir is no directory"
[ -f "$kdir/Makefile" ] || die "KDIR=$kdir is no kernel tree (it has no Makefile)"
[ -f "$config" ] || die "KDIR=$kdir is not configured and built: it has no include/config/auto.conf"
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
[ -f "$kdir/Module.symvers" ] ||
	die "the kernel in $kdir is configured but not built: it has no Module.symvers"
bindgen=${BINDGEN:-bindgen}
"$bindgen" --version >/dev/null 2>&1 ||
	die "there is no $bindgen here, which makes Rust declarations of the kernel's in C"
release=$(cat "$kdir/include/config/kernel.release" 2>/dev/null || true)
case $release in
[0-6].* | 7.[01].* | 7.[01]-*) die "the kernel in $kdir is $release; this module is for 7.2 and 7.3" ;;
esac

arguments=(RUSTC="$rustc" BINDGEN="$bindgen")
case $(value CC_VERSION_TEXT) in
*clang*) arguments+=(LLVM="${LLVM:-1}") ;;
esac
exec make -C "$kdir" M="$PWD" "${arguments[@]}" "$target"
