// SPDX-License-Identifier: GPL-2.0
/* Helpers for packets that wait in the stack, in qdiscs and with GRO: see helpers.h. */

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/gro.h>
#include <net/sch_generic.h>

#include "helpers.h"

/* How many skbs wait in the qdisc of a queue; RTNL is held. */
u32 net_rs_tx_backlog(struct net_device *dev, unsigned int index)
{
	return qdisc_qlen_sum(rtnl_dereference(netdev_get_tx_queue(dev, index)->qdisc));
}

/* RTNL is held. */
struct Qdisc *net_rs_get_qdisc(const struct netdev_queue *txq)
{
	return rtnl_dereference(txq->qdisc);
}

struct Qdisc *net_rs_get_qdisc_sleeping(const struct netdev_queue *txq)
{
	return rtnl_dereference(txq->qdisc_sleeping);
}

void net_rs_set_qdisc(struct netdev_queue *txq, struct Qdisc *qdisc)
{
	rcu_assign_pointer(txq->qdisc, qdisc);
}

/* Gives the stack the skbs that GRO holds back; @napi is disabled. */
void net_rs_napi_flush(struct napi_struct *napi)
{
	LIST_HEAD(skbs);

	local_bh_disable();
	gro_flush(&napi->gro, false);
	list_splice_init(&napi->gro.rx_list, &skbs);
	napi->gro.rx_count = 0;
	netif_receive_skb_list(&skbs);
	local_bh_enable();
}

__net_rs_inline
bool net_rs_elide_gro(const struct net_device *dev)
{
	return netif_elide_gro(dev);
}

__net_rs_inline
unsigned int net_rs_gro_max_size(const struct net_device *dev, const struct sk_buff *skb)
{
	return netif_get_gro_max_size(dev, skb);
}
