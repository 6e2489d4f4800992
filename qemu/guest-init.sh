# shellcheck shell=bash
# In the guest, before virtme-ng's init, which is a shell script of a hundred commands
# (BASH_ENV names this file, see virtme.sh): busybox does all that it can. It is one
# file without libraries, where a command of its own asks the host for several: the script
# takes half the time. Only that shell knows these functions, none of those that it starts.
unset BASH_ENV

for command in base64 chmod cp grep hostname install ln mkdir rm sed setsid touch uname; do
	eval "$command() { busybox $command \"\$@\"; }"
done

mount() {
	case "$*" in
	# Such names it leaves to the kernel, which knows numbers.
	*gid=tty*) command mount "$@" ;;
	*) busybox mount "$@" ;;
	esac
}
