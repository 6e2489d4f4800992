#!/usr/bin/env bash
# In the root: write rust-project.json for an editor on the host. kbuild writes
# it with the paths of the root; the editor needs the host's.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

kernel=$(qemu/kernel.sh lab)
qemu/module.sh lab rust-analyzer >/dev/null
sed -e "s#$TREE/build/lab/\([^\"]*generated\)#@tree@/build/lab/\1#g" \
	-e "s#$TREE/build/lab#@tree@#g" \
	-e "s#$kernel#@cache@/${kernel#"$CACHE"/}#g" -e "s#$CACHE#@cache@#g" \
	-e "s#\"/usr#\"$VNET_HOST_ROOT/usr#g" \
	-e "s#@tree@#$VNET_HOST_TREE#g" -e "s#@cache@#$VNET_HOST_CACHE#g" \
	build/lab/rust-project.json >rust-project.json
say "wrote rust-project.json"
