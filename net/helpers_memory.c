// SPDX-License-Identifier: GPL-2.0
/* See net/memory.rs. */

#include <linux/mm.h>
#include <linux/slab.h>

#include "helpers.h"

unsigned long net_rs_total_pages(void)
{
	return totalram_pages();
}

/* Gives up after one light attempt to reclaim, so that the OOM killer is never invoked. */
void *net_rs_kvrealloc(const void *old, size_t size, unsigned long align)
{
	return kvrealloc_node_align(old, size, align,
				    GFP_KERNEL_ACCOUNT | __GFP_NORETRY | __GFP_NOWARN,
				    NUMA_NO_NODE);
}

void net_rs_kvfree(const void *old)
{
	kvfree(old);
}
