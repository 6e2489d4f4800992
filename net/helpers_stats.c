// SPDX-License-Identifier: GPL-2.0
/* See net/stats.rs. */

#include <linux/netdevice.h>

#include "helpers.h"

void net_rs_count_per_cpu(struct net_device *dev)
{
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_DSTATS;
}

__net_rs_inline
void net_rs_count_tx(struct net_device *dev, unsigned int bytes)
{
	dev_dstats_tx_add(dev, bytes);
}

__net_rs_inline
void net_rs_count_rx(struct net_device *dev, unsigned int bytes)
{
	dev_dstats_rx_add(dev, bytes);
}

void net_rs_count_tx_dropped(struct net_device *dev)
{
	dev_core_stats_tx_dropped_inc(dev);
}

void net_rs_count_rx_dropped(struct net_device *dev)
{
	dev_core_stats_rx_dropped_inc(dev);
}
