#!/usr/bin/env bash
# In the root: flood a slow link, ping through it, and draw the times of
# the pings, once with the ring as the queue and once with BQL at work.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

qemu/module.sh lab >/dev/null
say "flooding a link of 100 Mbit/s in a guest, and pinging through it"
qemu/guest.sh -n bufferbloat -t 600 -i lab \
	python3 -m pytest -p no:cacheprovider -q --tb=short -o timeout=500 \
	tests/guest/test_bufferbloat.py
mkdir -p docs
qemu/bufferbloat.py build/guest/bufferbloat/bufferbloat.json docs/bufferbloat.svg
cat build/guest/bufferbloat/figures
say "drawn: $(host_path "$TREE/docs/bufferbloat.svg")"
