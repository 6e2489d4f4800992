// SPDX-License-Identifier: GPL-2.0
/* Helpers for configfs: see helpers.h. */

#include <linux/configfs.h>

#include "helpers.h"

/*
 * If a `kernel::configfs::Subsystem` cannot be registered, for lack of memory for one, 7.3 drops
 * it, and so takes it for one that is: it would follow a null pointer. The linker (Kbuild) has
 * these calls come here. A registered subsystem, and only that, has a parent.
 */
void __real_configfs_unregister_subsystem(struct configfs_subsystem *subsys);

void __wrap_configfs_unregister_subsystem(struct configfs_subsystem *subsys)
{
	if (subsys->su_group.cg_item.ci_parent)
		__real_configfs_unregister_subsystem(subsys);
}

void net_rs_add_default_group(struct config_group *child, struct config_group *parent)
{
	configfs_add_default_group(child, parent);
}
