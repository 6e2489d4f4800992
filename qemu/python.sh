#!/usr/bin/env bash
# In the root: print the path of the archive of the modules that our tests import. A guest takes it
# into its memory in one piece (guest-run.sh): to ask the host for each of a thousand files
# takes it longer than to run them.
set -euo pipefail
cd /vnet/tree
. qemu/lib.sh

archive=$CACHE/python-$(basename "${VNET_HOST_ROOT:?}").tar
if [ ! -e "$archive" ]; then
	# Paths in it begin below /usr/lib. Under another name until it is whole.
	partial=$(mktemp "$archive.XXXXXX")
	python3 - <<-'END' | tar -C /usr/lib -cf "$partial" --no-recursion -T -
		import importlib
		import os
		import sys

		for name in ("pytest", "_pytest.junitxml", "pytest_timeout", "pyroute2", "json",
		             "ctypes", "fcntl", "hashlib", "mmap", "random", "statistics", "scapy.utils",
		             "scapy.layers.inet6", "encodings.idna", "xml.etree.ElementTree"):
		    importlib.import_module(name)
		files = set()
		for module in list(sys.modules.values()):
		    for file in (getattr(module, "__file__", None), getattr(module, "__cached__", None)):
		        if file and file.startswith("/usr/lib/") and os.path.exists(file):
		            files.add(os.path.relpath(file, "/usr/lib"))
		print("\n".join(sorted(files)))
	END
	mv "$partial" "$archive"
fi
echo "$archive"
