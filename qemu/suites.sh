#!/usr/bin/env bash
# In the root: print where the kernel's own tests of network drivers are: a copy
# of those parts of its source that they need, in the same places, and next to
# them the few programs that they want compiled. The source itself stays as it is.
#
#   qemu/suites.sh
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh
. qemu/source.sh

PARTS=(
	tools/testing/selftests/drivers/net
	tools/testing/selftests/net/lib
	tools/net/ynl
	Documentation/netlink
	samples/pktgen
)

key=$({ echo "$source_key" && cat qemu/suites.sh; } | sha256sum | cut -c1-8)
suites=$CACHE/suites-$version-$key
log=$suites.log

# bpf_headers: what libbpf's bpf_helpers.h includes is made from the kernel's.
bpf_headers() {
	mkdir -p headers/bpf &&
		cp "$source/tools/lib/bpf/bpf_helpers.h" headers/bpf/ &&
		"$source/scripts/bpf_doc.py" --header --file "$source/include/uapi/linux/bpf.h" \
			>headers/bpf/bpf_helper_defs.h
}

# programs: as the Makefiles there would, but for their libbpf, which takes
# longer than all the rest and is not needed.
programs() {
	local drivers=tools/testing/selftests/drivers/net lib=tools/testing/selftests/net/lib
	make -C "$source" O="$PWD/headers" INSTALL_HDR_PATH="$PWD/headers" headers_install &&
		bpf_headers &&
		gcc -O2 -Iheaders/include -o $drivers/napi_id_helper $drivers/napi_id_helper.c &&
		gcc -O2 -Iheaders/include -o $lib/xdp_helper $lib/xdp_helper.c &&
		clang -O2 -g --target=bpf -Iheaders -Iheaders/include \
			-c -o $lib/xdp_dummy.bpf.o $lib/xdp_dummy.bpf.c &&
		rm -rf headers
}

# make_suites: all of it. With && throughout, for `set -e` is off in what is
# asked whether it fails.
make_suites() (
	cd "$source" && cp -r --parents "${PARTS[@]}" "$suites.partial" &&
		cd "$suites.partial" && programs
)

# A tree of one's own may have changed since.
[ -z "${KERNEL_SRC:-}" ] || rm -rf "$suites"
if [ ! -d "$suites" ]; then
	unpack
	exec 9>"$CACHE/suites.lock"
	flock 9
	if [ ! -d "$suites" ]; then
		say "making the kernel's tests of network drivers ready"
		rm -rf "$suites.partial"
		mkdir "$suites.partial"
		run_logged "$log" make_suites
		mv "$suites.partial" "$suites"
	fi
fi
echo "$suites"
