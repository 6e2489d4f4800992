// SPDX-License-Identifier: GPL-2.0
/* Helpers for Softirq: see helpers.h and softirq.rs. */

#include <linux/llist.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/rtnetlink.h>
#include <linux/workqueue.h>

#include "helpers.h"

#ifdef CONFIG_PROVE_LOCKING
/* Machines may be stopped together under RTNL only: then the order does not matter. */
static int net_rs_turn_cmp(const struct lockdep_map *a, const struct lockdep_map *b)
{
	if (a == b)
		return 0;
	return lockdep_rtnl_is_held() ? -1 : 1;
}
#endif

/* Sets up a turn for lockdep. Without lockdep this and the next three do nothing. */
void net_rs_turn_init(struct lockdep_map *map)
{
	static struct lock_class_key key;

	lockdep_init_map(map, "Softirq", &key, 0);
#ifdef CONFIG_PROVE_LOCKING
	lockdep_set_lock_cmp_fn(map, net_rs_turn_cmp, NULL);
#endif
}

/* Tells lockdep that the caller is about to wait for the turn. */
__net_rs_inline
void net_rs_turn_acquire(struct lockdep_map *map)
{
	lock_map_acquire(map);
}

/* Tells lockdep that the caller has the turn without having waited. */
__net_rs_inline
void net_rs_turn_acquired(struct lockdep_map *map)
{
	lock_map_acquire_try(map);
}

__net_rs_inline
void net_rs_turn_release(struct lockdep_map *map)
{
	lock_map_release(map);
}

__net_rs_inline
bool net_rs_in_interrupt(void)
{
	return in_interrupt();
}

static LLIST_HEAD(net_rs_late);

static void net_rs_drop_all(struct work_struct *work)
{
	struct llist_node *late = llist_del_all(&net_rs_late);
	struct net_rs_late *one, *next;

	llist_for_each_entry_safe(one, next, late, node)
		one->drop(one);
}

static DECLARE_WORK(net_rs_late_work, net_rs_drop_all);

/* Has a machine dropped in a work item. Any context. */
void net_rs_drop_later(struct net_rs_late *late)
{
	llist_add(&late->node, &net_rs_late);
	schedule_work(&net_rs_late_work);
}

/* Waits until all machines that were to be dropped are. */
void net_rs_dropped_all(void)
{
	flush_work(&net_rs_late_work);
}
