# shellcheck shell=bash
# Which kernel source there is: the linux-source package of the root, or
# KERNEL_SRC. Sourced, in the root, after lib.sh. Sets
#
#   source        its path, once `unpack` has been called
#   version       its version
#   source_key    a string that tells it from every other source
if [ -n "${KERNEL_SRC:-}" ]; then
	source=/vnet/src
	[ -f $source/Kbuild ] || die "KERNEL_SRC=$KERNEL_SRC is not a kernel source tree"
	[ ! -f $source/.config ] || die "KERNEL_SRC=$KERNEL_SRC was built in; run \`make mrproper\` there"
	version=$(make -s -C $source kernelversion)-own source_key=$KERNEL_SRC
else
	package=$(dpkg-query -W -f '${Package} ' 'linux-source-7.*' | awk '{print $1}')
	source_key=$(dpkg-query -W -f '${Version}' "$package")
	version=${source_key%%-*}
	source=$CACHE/src-$(echo "$source_key" | tr '~+:' '...')
fi

# unpack: the source, unless it is there; made under another name and renamed
# when it is whole. In a subshell, which takes the lock with it.
unpack() (
	[ ! -d "$source" ] || return 0
	exec 8>"$CACHE/src.lock"
	flock 8
	[ ! -d "$source" ] || return 0
	say "unpacking the source of Linux $version"
	rm -rf "$source.partial"
	mkdir "$source.partial"
	tar -C "$source.partial" --strip-components=1 -xf "/usr/src/$package.tar.xz"
	mv "$source.partial" "$source"
)
