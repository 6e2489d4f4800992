// SPDX-License-Identifier: GPL-2.0
/* Helpers for the skb: see helpers.h. */

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>

#include "helpers.h"
#include "scrub.h"

struct sk_buff *net_rs_alloc_skb(unsigned int len)
{
	return netdev_alloc_skb_ip_align(NULL, len);
}

__net_rs_inline
void *net_rs_skb_put(struct sk_buff *skb, unsigned int len)
{
	return skb_put(skb, len);
}

/* An skb holds no reference to its device: that of @skb need not be there, unless it is @dev. */
__net_rs_inline
void net_rs_skb_tx_timestamp(struct sk_buff *skb, const struct net_device *dev)
{
	if (skb->dev == dev)
		skb_tx_timestamp(skb);
}

__net_rs_inline
u32 net_rs_skb_vlan_tag(const struct sk_buff *skb)
{
	if (!skb_vlan_tag_present(skb))
		return 0;
	return ntohs(skb->vlan_proto) << 16 | skb_vlan_tag_get(skb);
}

__net_rs_inline
unsigned int net_rs_skb_gso_size(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->gso_size;
}

__net_rs_inline
int net_rs_skb_gso_type(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->gso_type;
}

__net_rs_inline
unsigned int net_rs_skb_transport_offset(const struct sk_buff *skb)
{
	return skb_transport_offset(skb);
}

__net_rs_inline
unsigned int net_rs_skb_tcp_all_headers(const struct sk_buff *skb)
{
	return skb_tcp_all_headers(skb);
}

__net_rs_inline
bool net_rs_skb_encapsulation(const struct sk_buff *skb)
{
	return skb->encapsulation;
}

/* Takes @skb off the list that it heads; returns the rest. */
__net_rs_inline
struct sk_buff *net_rs_skb_unlink(struct sk_buff *skb)
{
	struct sk_buff *next = skb->next;

	skb_mark_not_on_list(skb);
	return next;
}

__net_rs_inline
void net_rs_skb_get(struct sk_buff *skb)
{
	skb_get(skb);
}

__net_rs_inline
struct sk_buff *net_rs_skb_share_check(struct sk_buff *skb)
{
	return skb_share_check(skb, GFP_ATOMIC);
}

__net_rs_inline
bool net_rs_skb_cloned(const struct sk_buff *skb)
{
	return skb_cloned(skb);
}

__net_rs_inline
bool net_rs_skb_zcopy(const struct sk_buff *skb)
{
	return skb_zcopy((struct sk_buff *)skb);
}

int net_rs_skb_orphan_frags_rx(struct sk_buff *skb)
{
	return skb_orphan_frags_rx(skb, GFP_ATOMIC);
}

__net_rs_inline
void net_rs_skb_orphan(struct sk_buff *skb)
{
	skb_orphan(skb);
}

int net_rs_skb_unclone(struct sk_buff *skb)
{
	return skb_unclone(skb, GFP_ATOMIC);
}

__net_rs_inline
bool net_rs_pskb_may_pull(struct sk_buff *skb, unsigned int len)
{
	return pskb_may_pull(skb, len);
}

__net_rs_inline
unsigned int net_rs_skb_nr_frags(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->nr_frags;
}

__net_rs_inline
void net_rs_skb_share_frags(struct sk_buff *skb)
{
	skb_shinfo(skb)->flags |= SKBFL_SHARED_FRAG;
}

/* Frees nothing. */
int net_rs_skb_put_padto(struct sk_buff *skb, unsigned int len)
{
	return __skb_put_padto(skb, len, false);
}

__net_rs_inline
u8 net_rs_skb_ip_summed(const struct sk_buff *skb)
{
	return skb->ip_summed;
}

__net_rs_inline
void net_rs_skb_set_ip_summed(struct sk_buff *skb, u8 ip_summed)
{
	skb->csum = 0;
	skb->ip_summed = ip_summed;
}

__net_rs_inline
int net_rs_skb_checksum_start_offset(const struct sk_buff *skb)
{
	return skb_checksum_start_offset(skb);
}

__net_rs_inline
u16 net_rs_skb_csum_offset(const struct sk_buff *skb)
{
	return skb->csum_offset;
}

#define NET_RS_SAVE(field, why) const u64 kept_##field = skb->field;
#define NET_RS_RESTORE(field, why) skb->field = kept_##field;
#define NET_RS_PASS(field, why)

static void scrub_headers(struct sk_buff *skb)
{
	NET_RS_SKB_FIELDS(NET_RS_SAVE, NET_RS_PASS, NET_RS_PASS, NET_RS_PASS)

	memset(&skb->headers, 0, sizeof(skb->headers));
	NET_RS_SKB_FIELDS(NET_RS_RESTORE, NET_RS_PASS, NET_RS_PASS, NET_RS_PASS)
	skb_reset_mac_header(skb);
	if (skb->ip_summed != CHECKSUM_PARTIAL) {
		skb->ip_summed = CHECKSUM_NONE;
		skb->csum = 0;
	}
}

static void scrub_shinfo(struct sk_buff *skb)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);

	shinfo->meta_len = 0;
	shinfo->tx_flags = 0;
	shinfo->hwtstamps.hwtstamp = 0;
	shinfo->tskey = 0;
	shinfo->destructor_arg = NULL;
	if (shinfo->gso_size) {
		shinfo->gso_type &= ~SKB_GSO_DODGY;
		return;
	}
	shinfo->gso_segs = 0;
	shinfo->gso_type = 0;
	skb->transport_header = (typeof(skb->transport_header))~0U;
	skb->network_header = 0;
}

/*
 * Clears the fields of @skb that do not cross a cable: see scrub.h. Neither @skb nor its head is
 * shared, and it belongs to no socket.
 */
__net_rs_inline
void net_rs_skb_scrub(struct sk_buff *skb)
{
	skb_dst_drop(skb);
	skb_ext_reset(skb);
	nf_reset_ct(skb);
	skb->next = NULL;
	skb->prev = NULL;
	skb->dev = NULL;
	skb->tstamp = 0;
	memset(skb->cb, 0, sizeof(skb->cb));
	skb->mac_len = 0;
	skb->hdr_len = 0;
	skb->queue_mapping = 0;
	skb->peeked = 0;
	scrub_headers(skb);
	scrub_shinfo(skb);
}

__net_rs_inline
void net_rs_skb_set_hash(struct sk_buff *skb, u32 hash, bool l4)
{
	skb_set_hash(skb, hash, l4 ? PKT_HASH_TYPE_L4 : PKT_HASH_TYPE_L3);
}

__net_rs_inline
struct sk_buff *net_rs_vlan_push_inside(struct sk_buff *skb)
{
	return __vlan_hwaccel_push_inside(skb);
}

__net_rs_inline
__be16 net_rs_eth_type_trans(struct sk_buff *skb, struct net_device *dev)
{
	skb->protocol = eth_type_trans(skb, dev);
	return skb->protocol;
}
