// SPDX-License-Identifier: GPL-2.0
/* See helpers.h. */

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/notifier.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <net/rtnetlink.h>
#include <net/xfrm.h>

#include "../scrub.h"
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

/* The trace points at which an skb is freed. Not all are exported, but all can be found. */
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

/* A CPU that is still in a probe has left it when this returns. */
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

/* The number of times that the listener was told since the last call. */
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

#define NET_KUNIT_PASS(field, why)
/* A bit-field would not be told that it loses bits of a constant. */
#define NET_KUNIT_MASK_BITS(field, why) mask->field = all;
#define NET_KUNIT_MASK(field, why) memset(&mask->field, 0xff, sizeof(mask->field));

static void kept_of_skb(struct sk_buff *mask)
{
	u64 all = ~0ULL;

	memset(mask, 0, sizeof(*mask));
	NET_RS_SKB_FIELDS(NET_KUNIT_MASK_BITS, NET_KUNIT_MASK, NET_KUNIT_MASK_BITS, NET_KUNIT_PASS)
}

static void kept_of_shinfo(struct skb_shared_info *mask)
{
	memset(mask, 0, sizeof(*mask));
	NET_RS_SHINFO_FIELDS(NET_KUNIT_MASK, NET_KUNIT_PASS)
}

/* Sets all bits that do not cross a cable, as far as they do not stand for something. */
int net_kunit_note_all(struct sk_buff *skb)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);
	struct sk_buff kept, *mask = &kept;
	u8 *to = (u8 *)&skb->headers, *keep = (u8 *)&kept.headers;
	struct sec_path __maybe_unused *sp;
	unsigned int at;

	kept_of_skb(mask);
	for (at = 0; at < sizeof(skb->headers); at++)
		to[at] |= ~keep[at];
	skb->ip_summed = CHECKSUM_COMPLETE;
	skb->csum = ~0;
	skb->next = skb;
	skb->prev = skb;
	skb->dev = init_net.loopback_dev;
	skb->tstamp = ~0ULL;
	memset(skb->cb, 0xff, sizeof(skb->cb));
	skb->mac_len = ~0;
	skb->hdr_len = ~0;
	skb->queue_mapping = ~0;
	skb->peeked = 1;
	/* A route without a reference count, and conntrack's mark of an untracked packet. */
	skb->_skb_refdst = ~0UL;
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	skb->_nfct = NFCT_INFOMASK;
#endif
	shinfo->meta_len = ~0;
	shinfo->tx_flags = ~0;
	shinfo->gso_segs = ~0;
	shinfo->hwtstamps.hwtstamp = ~0ULL;
	shinfo->gso_type = ~0;
	shinfo->tskey = ~0;
	shinfo->destructor_arg = skb;
#ifdef CONFIG_XFRM
	sp = skb_ext_add(skb, SKB_EXT_SEC_PATH);
	if (!sp)
		return -ENOMEM;
	memset(sp, 0, sizeof(*sp));
#endif
	return 0;
}

static int first_other(const void *seen, const void *mask, unsigned int len)
{
	const u8 *bytes = seen, *kept = mask;
	unsigned int at;

	for (at = 0; at < len; at++)
		if (bytes[at] & ~kept[at])
			return at;
	return -1;
}

/* The first byte of @skb where a note is left, or -1. From `tail` on, all is about memory. */
int net_kunit_note_in_skb(const struct sk_buff *skb)
{
	struct sk_buff mask;

	kept_of_skb(&mask);
	return first_other(skb, &mask, offsetof(struct sk_buff, tail));
}

/* Compares the shared info, which has a hole behind `dataref`. */
int net_kunit_note_in_shinfo(const struct sk_buff *skb)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	struct skb_shared_info mask;

	kept_of_shinfo(&mask);
	if (shinfo->destructor_arg)
		return offsetof(struct skb_shared_info, destructor_arg);
	return first_other(shinfo, &mask, offsetof(struct skb_shared_info, dataref));
}

/* Whether the kept fields are as in a frame of one piece, fresh from its card. */
bool net_kunit_is_fresh(const struct sk_buff *skb)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);

	return skb->ip_summed == CHECKSUM_NONE && !skb->csum && !shinfo->gso_size &&
	       !shinfo->gso_segs && !shinfo->gso_type && skb_mac_header(skb) == skb->data &&
	       !skb_transport_header_was_set(skb) && !skb->network_header;
}

/* Makes @skb two frames of TCP, whose headers are not checked (SKB_GSO_DODGY). */
void net_kunit_make_gso(struct sk_buff *skb)
{
	skb_shinfo(skb)->gso_size = (skb->len - ETH_HLEN - 40) / 2;
	skb_shinfo(skb)->gso_segs = 2;
	skb_shinfo(skb)->gso_type = SKB_GSO_TCPV4 | SKB_GSO_DODGY;
	skb_set_network_header(skb, ETH_HLEN);
	skb_set_transport_header(skb, ETH_HLEN + 20);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = 16;
}

/* Whether it still is that, but that they have been checked. */
bool net_kunit_is_gso(const struct sk_buff *skb)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);

	return shinfo->gso_size && shinfo->gso_segs == 2 && shinfo->gso_type == SKB_GSO_TCPV4 &&
	       skb_network_offset(skb) == ETH_HLEN && skb_transport_offset(skb) == ETH_HLEN + 20 &&
	       skb->ip_summed == CHECKSUM_PARTIAL && skb->csum_offset == 16 &&
	       skb_checksum_start_offset(skb) == ETH_HLEN + 20;
}

/* As if it was still to be cut, and its checksum to be put in. */
void net_kunit_mark_as_gso(struct sk_buff *skb)
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

/* As __dev_direct_xmit(), whether or not the device is up. */
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

/* The bytes that BQL counts on queue 0. */
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

/* There is one device at a time. */
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

/* Breaks a premise of the layer, before @dev is registered. */
void net_kunit_break(struct net_device *dev, u32 premise)
{
	switch (premise) {
	case 0:
		dev->request_ops_lock = true;
		break;
	case 1:
		dev->lltx = true;
		break;
	default:
		dev->priv_flags &= ~IFF_DISABLE_NETPOLL;
	}
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

/* Has a notifier refuse @event of devices of this kind with EBUSY from now on. */
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

/* Lets go of the module that net_rs_keep_module() has kept. */
void net_kunit_let_module_go(void)
{
	module_put(THIS_MODULE);
}

/* Only with lockdep is there anything to ask. */
bool net_kunit_lock_is_held(const struct lockdep_map *map)
{
#ifdef CONFIG_LOCKDEP
	return lock_is_held(map);
#else
	return true;
#endif
}
