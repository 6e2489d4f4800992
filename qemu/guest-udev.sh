#!/bin/bash
# In the guest, as /usr/sbin/udevd: all that virtme-ng's init needs of a udev,
# which is names for its ports. The real one goes over every device there is,
# which takes minutes in the debug kernel, and it gives a new port another MAC
# address behind our back.
mkdir -p /dev/virtio-ports
for port in /sys/class/virtio-ports/*; do
	ln -sf "../${port##*/}" "/dev/virtio-ports/$(<"$port/name")"
done
