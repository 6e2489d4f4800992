// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU's: how often each instruction of the kernel was executed.
 *
 *   -plugin file=counter.so,mark=ADDRESS,out=FILE
 *
 * Each time when the guest comes to the address `mark`, what was executed since the last time is
 * appended to the file: a line `mark`, and for each block the number of times it ran and the
 * addresses of its instructions. A block runs from its beginning to its end, but for a fault.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What we use of qemu-plugin.h, which Debian does not package. */
#define EXPORT __attribute__((visibility("default")))
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef uint64_t qemu_plugin_id_t;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
void qemu_plugin_register_vcpu_tb_trans_cb(
	qemu_plugin_id_t id, void (*cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
					  void (*cb)(unsigned int cpu, void *data),
					  enum qemu_plugin_cb_flags flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
EXPORT int qemu_plugin_version = 4;

struct block {
	struct block *next;
	uint64_t runs;
	size_t length;
	uint64_t addresses[];
};

static struct block *blocks;
static uint64_t mark;
static FILE *out;

static void dump(void)
{
	fprintf(out, "mark\n");
	for (struct block *block = blocks; block; block = block->next) {
		if (!block->runs)
			continue;
		fprintf(out, "%" PRIu64, block->runs);
		for (size_t i = 0; i < block->length; i++)
			fprintf(out, " %" PRIx64, block->addresses[i]);
		fputc('\n', out);
		block->runs = 0;
	}
	fflush(out);
}

static void executed(unsigned int cpu, void *data)
{
	struct block *block = data;

	(void)cpu;
	if (block->addresses[0] == mark)
		dump();
	block->runs++;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t length = qemu_plugin_tb_n_insns(tb);
	struct block *block;

	(void)id;
	/* Programs have the lower half of the addresses. */
	if (!(qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0)) >> 63))
		return;
	block = calloc(1, sizeof(*block) + length * sizeof(block->addresses[0]));
	if (!block)
		abort();
	block->length = length;
	for (size_t i = 0; i < length; i++)
		block->addresses[i] = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, i));
	block->next = blocks;
	blocks = block;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, QEMU_PLUGIN_CB_NO_REGS, block);
}

struct qemu_info;

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc,
			       char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "mark=", 5))
			mark = strtoull(argv[i] + 5, NULL, 16);
		else if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "w");
	}
	if (!mark || !out)
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
