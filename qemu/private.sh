#!/bin/sh
# On the host, as root, first thing in a mount namespace of its own: see to it
# that what is mounted from here on is seen nowhere else, then run the command.
# In a chroot, whose / is no mount, that cannot be said of / and need not be.
mount --make-rprivate / 2>/dev/null || true
exec "$@"
