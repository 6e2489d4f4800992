// SPDX-License-Identifier: GPL-2.0
/* See helpers.h. */

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/notifier.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <net/rtnetlink.h>

#include "helpers.h"

static void saw_drop(void *data, struct sk_buff *skb, void *location,
		     enum skb_drop_reason reason, const struct sock *rx_sk)
{
	struct net_kunit_fate *fate = data;

	if (skb != fate->skb)
		return;
	fate->reason = reason;
	WRITE_ONCE(fate->dropped, fate->dropped + 1);
}

static void saw_consume(void *data, struct sk_buff *skb, void *location)
{
	struct net_kunit_fate *fate = data;

	if (skb == fate->skb)
		WRITE_ONCE(fate->consumed, fate->consumed + 1);
}

/* The trace points of what frees an skb. Not all are exported, but all can be found. */
struct points {
	struct tracepoint *drop, *consume;
};

static void find_points(struct tracepoint *point, void *found)
{
	struct points *points = found;

	if (!strcmp(point->name, "kfree_skb"))
		points->drop = point;
	else if (!strcmp(point->name, "consume_skb"))
		points->consume = point;
}

int net_kunit_watch(struct net_kunit_fate *fate)
{
	struct points points = {};
	int err;

	for_each_kernel_tracepoint(find_points, &points);
	if (!points.drop || !points.consume)
		return -ENOENT;
	err = tracepoint_probe_register(points.drop, saw_drop, fate);
	if (err)
		return err;
	err = tracepoint_probe_register(points.consume, saw_consume, fate);
	if (err)
		net_kunit_unwatch(fate);
	return err;
}

/* Whoever still is in a probe has left it when this returns. */
void net_kunit_unwatch(struct net_kunit_fate *fate)
{
	struct points points = {};

	for_each_kernel_tracepoint(find_points, &points);
	tracepoint_probe_unregister(points.drop, saw_drop, fate);
	tracepoint_probe_unregister(points.consume, saw_consume, fate);
	tracepoint_synchronize_unregister();
}

/* @len bytes: broadcast, of a protocol for experiments, and then each one's number. */
struct sk_buff *net_kunit_alloc_skb(unsigned int len)
{
	struct sk_buff *skb = alloc_skb(NET_SKB_PAD + len, GFP_KERNEL);
	unsigned int at;
	u8 *data;

	if (!skb)
		return NULL;
	skb_reserve(skb, NET_SKB_PAD);
	data = skb_put(skb, len);
	for (at = 0; at < len; at++)
		data[at] = at;
	if (len >= ETH_HLEN) {
		eth_broadcast_addr(data);
		*(__be16 *)(data + 2 * ETH_ALEN) = htons(ETH_P_802_EX1);
	}
	skb_reset_mac_header(skb);
	skb->priority = 7;
	return skb;
}

static atomic_t orphans;

static void orphaned(struct sk_buff *skb)
{
	atomic_inc(&orphans);
}

/* As if a socket had sent it, which is told when the skb has left. */
void net_kunit_own(struct sk_buff *skb)
{
	skb->destructor = orphaned;
}

/* How often somebody was told, since this was asked. */
u32 net_kunit_orphaned(void)
{
	return atomic_xchg(&orphans, 0);
}

struct sk_buff *net_kunit_share(struct sk_buff *skb)
{
	return skb_get(skb);
}

unsigned int net_kunit_users(const struct sk_buff *skb)
{
	return refcount_read(&skb->users);
}

u32 net_kunit_priority(const struct sk_buff *skb)
{
	return skb->priority;
}

/* As if it was still to be cut, and its checksum to be put in. */
void net_kunit_make_train(struct sk_buff *skb)
{
	skb_shinfo(skb)->gso_size = 8;
	skb_shinfo(skb)->gso_segs = 2;
	skb_shinfo(skb)->gso_type = SKB_GSO_UDP_L4;
	skb_partial_csum_set(skb, ETH_HLEN, 0);
}

void net_kunit_tag(struct sk_buff *skb, u16 tag)
{
	__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), tag);
}

/* What __dev_direct_xmit() does, whether or not the device is up. */
int net_kunit_start_xmit(struct net_device *dev, struct sk_buff *skb, bool more)
{
	struct netdev_queue *txq = netdev_get_tx_queue(dev, 0);
	int ret;

	skb->dev = dev;
	skb_set_queue_mapping(skb, 0);
	local_bh_disable();
	HARD_TX_LOCK(dev, txq, smp_processor_id());
	ret = netdev_start_xmit(skb, dev, txq, more);
	HARD_TX_UNLOCK(dev, txq);
	local_bh_enable();
	return ret;
}

/* What BQL counts on queue 0, in bytes. */
u32 net_kunit_in_flight(const struct net_device *dev)
{
#ifdef CONFIG_BQL
	const struct dql *dql = &netdev_get_tx_queue(dev, 0)->dql;

	return READ_ONCE(dql->num_queued) - READ_ONCE(dql->num_completed);
#else
	return 0;
#endif
}

static atomic_t heard;

static int hear(struct sk_buff *skb, struct net_device *dev, struct packet_type *type,
		struct net_device *orig_dev)
{
	atomic_inc(&heard);
	consume_skb(skb);
	return NET_RX_SUCCESS;
}

static struct packet_type listener = {
	.type = htons(ETH_P_802_EX1),
	.func = hear,
};

/* One device at a time. */
void net_kunit_listen(struct net_device *dev)
{
	atomic_set(&heard, 0);
	listener.dev = dev;
	dev_add_pack(&listener);
}

/* How many frames @dev has handed to the stack meanwhile. */
u32 net_kunit_deafen(void)
{
	dev_remove_pack(&listener);
	return atomic_read(&heard);
}

static const char *refused_kind;
static unsigned long refused_event;

static int refuse(struct notifier_block *block, unsigned long event, void *info)
{
	const struct net_device *dev = netdev_notifier_info_to_dev(info);

	if (event != refused_event || !dev->rtnl_link_ops ||
	    strcmp(dev->rtnl_link_ops->kind, refused_kind))
		return NOTIFY_DONE;
	return notifier_from_errno(-EBUSY);
}

static struct notifier_block refuser = {
	.notifier_call = refuse,
};

/* From now on somebody refuses @event of devices of this kind, with EBUSY. */
int net_kunit_refuse(const char *kind, u32 event)
{
	refused_kind = kind;
	refused_event = event;
	return register_netdevice_notifier(&refuser);
}

void net_kunit_accept(void)
{
	unregister_netdevice_notifier(&refuser);
}
