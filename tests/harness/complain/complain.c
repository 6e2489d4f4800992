// SPDX-License-Identifier: GPL-2.0
/*
 * A module that makes the kernel complain, or stop, on purpose: the harness is
 * tested with it (../test_harness.py). What it does is a parameter.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static char *what = "";
module_param(what, charp, 0);
MODULE_PARM_DESC(what, "warn, panic, hang, atomic, uaf, leak, lockdep");

static DEFINE_SPINLOCK(lock);
static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);

/* The same two locks in both orders. */
static void provoke_lockdep(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);

	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static void provoke_use_after_free(void)
{
	char *freed = kmalloc(64, GFP_KERNEL);

	kfree(freed);
	OPTIMIZER_HIDE_VAR(freed);
	WRITE_ONCE(freed[8], 1);
}

static void provoke_leak(void)
{
	static void *volatile leaked;
	int i;

	/*
	 * Many, since kmemleak does not see those that a stale word points to: the
	 * slots of an emptied sheaf (mm/slub.c keeps up to ten, and two a CPU) still
	 * hold what was taken from them. Zeroed, since what was in them before may
	 * point to the next.
	 */
	for (i = 0; i < 500; i++)
		leaked = kzalloc(1000, GFP_KERNEL);
	leaked = NULL;
}

static void provoke_sleep_in_atomic(void)
{
	spin_lock(&lock);
	might_sleep();
	spin_unlock(&lock);
}

static int __init complain_init(void)
{
	if (!strcmp(what, "warn"))
		WARN(1, "provoked on purpose\n");
	else if (!strcmp(what, "panic"))
		panic("provoked on purpose\n");
	else if (!strcmp(what, "hang"))
		for (;;)
			msleep(1000);
	else if (!strcmp(what, "atomic"))
		provoke_sleep_in_atomic();
	else if (!strcmp(what, "uaf"))
		provoke_use_after_free();
	else if (!strcmp(what, "leak"))
		provoke_leak();
	else if (!strcmp(what, "lockdep"))
		provoke_lockdep();
	else
		return -EINVAL;
	return 0;
}

static void __exit complain_exit(void)
{
}

module_init(complain_init);
module_exit(complain_exit);
MODULE_DESCRIPTION("Makes the kernel complain on purpose");
MODULE_LICENSE("GPL");
