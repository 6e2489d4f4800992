// SPDX-License-Identifier: GPL-2.0
/* See helpers.h: what is about the skb. */

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/gso.h>

#include "helpers.h"

struct sk_buff *net_rs_alloc_skb(struct net_device *dev, unsigned int len)
{
	return netdev_alloc_skb_ip_align(dev, len);
}

void *net_rs_skb_put(struct sk_buff *skb, unsigned int len)
{
	return skb_put(skb, len);
}

/* An skb holds no reference to its device: that of @skb need not be there, unless it is @dev. */
void net_rs_skb_tx_timestamp(struct sk_buff *skb, const struct net_device *dev)
{
	if (skb->dev == dev)
		skb_tx_timestamp(skb);
}

u32 net_rs_skb_vlan_tag(const struct sk_buff *skb)
{
	if (!skb_vlan_tag_present(skb))
		return 0;
	return ntohs(skb->vlan_proto) << 16 | skb_vlan_tag_get(skb);
}

unsigned int net_rs_skb_gso_size(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->gso_size;
}

unsigned int net_rs_skb_gso_header(const struct sk_buff *skb)
{
	if (skb_shinfo(skb)->gso_type & SKB_GSO_UDP_L4)
		return skb_transport_offset(skb) + sizeof(struct udphdr);
	return skb_tcp_all_headers(skb);
}

struct sk_buff *net_rs_skb_segment(struct sk_buff *skb)
{
	struct sk_buff *clone, *segments;

	/* Of a tunnel's, the offloads of skb->dev would be looked up, which need not be there. */
	if (!skb_is_gso(skb) || skb->encapsulation)
		return NULL;
	clone = skb_clone(skb, GFP_ATOMIC);
	if (!clone)
		return NULL;
	segments = __skb_gso_segment(clone, NETIF_F_SG, true);
	consume_skb(clone);
	return IS_ERR(segments) ? NULL : segments;
}

/* Takes @skb off the list that it heads; returns the rest. */
struct sk_buff *net_rs_skb_unlink(struct sk_buff *skb)
{
	struct sk_buff *next = skb->next;

	skb_mark_not_on_list(skb);
	return next;
}

struct sk_buff *net_rs_skb_share_check(struct sk_buff *skb)
{
	return skb_share_check(skb, GFP_ATOMIC);
}

int net_rs_skb_orphan(struct sk_buff *skb)
{
	int err = skb_orphan_frags_rx(skb, GFP_ATOMIC);

	if (!err)
		skb_orphan(skb);
	return err;
}

int net_rs_skb_unclone(struct sk_buff *skb)
{
	bool shared = skb_cloned(skb);
	int err = skb_unclone(skb, GFP_ATOMIC);

	/* The pages are the clone's, too: whoever would write there has to know. */
	if (!err && shared && skb_shinfo(skb)->nr_frags)
		skb_shinfo(skb)->flags |= SKBFL_SHARED_FRAG;
	return err;
}

struct sk_buff *net_rs_skb_clone(struct sk_buff *skb)
{
	return skb_clone(skb, GFP_ATOMIC);
}

/*
 * Takes @skb; returns a linear copy of it with its checksum and with a bit wrong
 * behind the Ethernet header, or NULL. skb_checksum_help() warns about an skb that
 * is still to be cut.
 */
struct sk_buff *net_rs_skb_corrupt(struct sk_buff *skb, unsigned int bit)
{
	unsigned int place = ETH_HLEN + bit / 8;
	struct sk_buff *copy;

	if (skb_is_gso(skb)) {
		dev_kfree_skb_any_reason(skb, SKB_DROP_REASON_NOT_SPECIFIED);
		return NULL;
	}
	copy = skb_copy(skb, GFP_ATOMIC);
	dev_kfree_skb_any_reason(skb, copy ? SKB_CONSUMED : SKB_DROP_REASON_NOMEM);
	if (!copy)
		return NULL;
	if (copy->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(copy)) {
		dev_kfree_skb_any_reason(copy, SKB_DROP_REASON_NOMEM);
		return NULL;
	}
	if (place < copy->len)
		copy->data[place] ^= 1 << bit % 8;
	return copy;
}

bool net_rs_skb_may_pull(struct sk_buff *skb, unsigned int len)
{
	return pskb_may_pull(skb, len);
}

void net_rs_count_tx_dropped(struct net_device *dev)
{
	dev_core_stats_tx_dropped_inc(dev);
}

void net_rs_count_rx_dropped(struct net_device *dev)
{
	dev_core_stats_rx_dropped_inc(dev);
}

void net_rs_skb_scrub(struct sk_buff *skb)
{
	skb_scrub_packet(skb, true);
	skb->priority = 0;
	skb_clear_hash(skb);
}

void net_rs_skb_set_hash(struct sk_buff *skb, u32 hash, bool l4)
{
	skb_set_hash(skb, hash, l4 ? PKT_HASH_TYPE_L4 : PKT_HASH_TYPE_L3);
}

bool net_rs_skb_csum_partial(const struct sk_buff *skb)
{
	return skb->ip_summed == CHECKSUM_PARTIAL;
}

/* @skb starts with its Ethernet header, which the stack leaves out of the sum. */
void net_rs_skb_csum_complete(struct sk_buff *skb, bool sum)
{
	skb->ip_summed = CHECKSUM_NONE;
	if (sum && skb_is_gso(skb)) {
		/* Whoever made one of many has checked them; its own sum need not fit. */
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	} else if (sum) {
		skb->csum = skb_checksum(skb, ETH_HLEN, skb->len - ETH_HLEN, 0);
		skb->ip_summed = CHECKSUM_COMPLETE;
	}
}

struct sk_buff *net_rs_vlan_push_inside(struct sk_buff *skb)
{
	return __vlan_hwaccel_push_inside(skb);
}

/* @skb has gone through eth_type_trans(). */
struct sk_buff *net_rs_vlan_untag(struct sk_buff *skb)
{
	if (skb->protocol != htons(ETH_P_8021Q) || skb_vlan_tag_present(skb))
		return skb;
	return skb_vlan_untag(skb);
}

struct sk_buff *net_rs_eth_type_trans(struct sk_buff *skb, struct net_device *dev)
{
	skb->protocol = eth_type_trans(skb, dev);
	return skb;
}
