# vnet_rs: a NIC written in Rust. `make help` lists the targets.
#
# Everything but make itself and mmdebstrap lives in one Debian 13 root, which
# qemu/in-root.sh makes when it is first needed, and in which it runs commands.

IN_ROOT := qemu/in-root.sh
export KERNEL_SRC TESTS MIRROR GDB_PORT


.PHONY: module
module:            ## build vnet_rs.ko (KDIR=: for a kernel tree of your own)
ifdef KDIR
	@qemu/kdir.sh "$(KDIR)" modules
else
	@$(IN_ROOT) qemu/module.sh lab
endif

.PHONY: samples
samples:           ## build the modules of samples/ as well (KDIR= as above)
ifdef KDIR
	@SAMPLES=1 qemu/kdir.sh "$(KDIR)" modules
else
	@$(IN_ROOT) env SAMPLES=1 qemu/module.sh lab
endif

.PHONY: demo
demo:              ## from nothing to a ping that a NIC in Rust answers
	@$(IN_ROOT) qemu/demo.sh

.PHONY: qemu
qemu:              ## a shell in the guest, module loaded, vnet0 up
	@$(IN_ROOT) qemu/shell.sh

.PHONY: qemu-gdb
qemu-gdb:          ## the same, but QEMU waits for `make gdb` (GDB_PORT=1234)
	@$(IN_ROOT) qemu/shell.sh gdb

.PHONY: gdb
gdb:               ## gdb on the kernel that `make qemu-gdb` has started
	@$(IN_ROOT) qemu/gdb.sh

.PHONY: test
test:              ## everything that can be checked (TESTS=: pytest's -k)
	@$(IN_ROOT) qemu/test.sh

# One part of the tests only.
.PHONY: test-gates test-host test-guest test-lab test-exact test-harness test-prove
test-gates test-host test-guest test-lab test-exact test-harness test-prove:
	@$(IN_ROOT) qemu/test.sh $(@:test-%=%)

.PHONY: selftests
selftests:         ## the kernel's own driver tests (TESTS="ping queues": only these)
	@$(IN_ROOT) qemu/selftests.sh

.PHONY: prove
prove:             ## that the module cannot hurt the machine (TESTS="loom or soak": only these)
	@$(IN_ROOT) qemu/prove.sh

.PHONY: bench
bench:             ## what packets cost, next to dummy and veth: docs/bench.md
	@$(IN_ROOT) tests/bench/bench.sh

.PHONY: bufferbloat
bufferbloat:       ## draw docs/bufferbloat.svg: a ping beside a flood, with BQL and without
	@$(IN_ROOT) qemu/bufferbloat.sh

.PHONY: check
check:             ## formatting, lints, and the gates of tests/check
	@$(IN_ROOT) qemu/check.sh

.PHONY: stats
stats:             ## code lines, unsafe blocks and SAFETY comments per layer
	@$(IN_ROOT) qemu/stats.py

.PHONY: readme
readme:            ## put the transcript of a fresh `make demo` into README.md
	@$(IN_ROOT) qemu/demo.sh --readme

.PHONY: rust-analyzer
rust-analyzer:     ## write rust-project.json for editors (KDIR= as above)
ifdef KDIR
	@qemu/kdir.sh "$(KDIR)" rust-analyzer
else
	@$(IN_ROOT) qemu/rust-analyzer.sh
endif

# The files that kbuild leaves behind with KDIR=, by name: a clean-up must work without
# that kernel, and without git.
.PHONY: clean
clean:             ## remove what was built in this tree
	@rm -rf --one-file-system build rust-project.json
	@find tests -name __pycache__ -prune -exec rm -rf {} +
	@rm -f Module.symvers modules.order .Module.symvers.cmd .modules.order.cmd
	@find . -maxdepth 1 -name '.module-common.o' -delete
	@find . vnet_rs net net/kunit samples -maxdepth 1 \( -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '.*.cmd' -o -name '*generated*' \
		-o -name '*.rmeta' -o -name '*.d' -o -name '*.bc' \) -type f -delete 2>/dev/null || true

.PHONY: clean-cache
clean-cache:       ## remove the cached root and kernels
	@qemu/clean-cache.sh

.PHONY: help
help:              ## this list
	@sed -n 's/^\([a-z-]*\): *## /  make \1	/p' Makefile | expand -t 24
