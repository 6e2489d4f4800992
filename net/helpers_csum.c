// SPDX-License-Identifier: GPL-2.0
/* See helpers.h: what is about checksums, of an skb that starts with its Ethernet header. */

#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>

#include "helpers.h"

/* A TCP or UDP header, as a card finds it. */
struct l4 {
	/* From the start of the frame, and without what is behind the packet, in bytes. */
	unsigned int offset, len;
	u8 protocol;
	/* Where its checksum is, from the start of the frame, and what it says. */
	unsigned int place;
	__sum16 sum;
	/* The sum starts with that of the pseudo header. */
	__wsum pseudo;
};

static bool find_sum(const struct sk_buff *skb, struct l4 *l4)
{
	bool udp = l4->protocol == IPPROTO_UDP;
	const struct udphdr *uh;
	struct tcphdr room;

	if (!udp && l4->protocol != IPPROTO_TCP)
		return false;
	if (l4->len < (udp ? sizeof(*uh) : sizeof(room)) || l4->offset + l4->len > skb->len)
		return false;
	uh = skb_header_pointer(skb, l4->offset, udp ? sizeof(*uh) : sizeof(room), &room);
	if (!uh)
		return false;
	if (udp && (ntohs(uh->len) != l4->len || !uh->check))
		return false;
	l4->sum = udp ? uh->check : ((const struct tcphdr *)uh)->check;
	l4->place = l4->offset + (udp ? offsetof(struct udphdr, check) :
					offsetof(struct tcphdr, check));
	return true;
}

static bool find_in_ipv4(const struct sk_buff *skb, struct l4 *l4)
{
	const struct iphdr *ip;
	struct iphdr room;

	ip = skb_header_pointer(skb, l4->offset, sizeof(room), &room);
	if (!ip || ip->version != 4 || ip->ihl != 5 || ip_is_fragment(ip) ||
	    ntohs(ip->tot_len) < sizeof(*ip))
		return false;
	l4->offset += sizeof(*ip);
	l4->len = ntohs(ip->tot_len) - sizeof(*ip);
	l4->protocol = ip->protocol;
	l4->pseudo = csum_tcpudp_nofold(ip->saddr, ip->daddr, l4->len, ip->protocol, 0);
	return find_sum(skb, l4);
}

static bool find_in_ipv6(const struct sk_buff *skb, struct l4 *l4)
{
	const struct ipv6hdr *ip;
	struct ipv6hdr room;

	ip = skb_header_pointer(skb, l4->offset, sizeof(room), &room);
	if (!ip || ip->version != 6)
		return false;
	l4->offset += sizeof(*ip);
	l4->len = ntohs(ip->payload_len);
	l4->protocol = ip->nexthdr;
	l4->pseudo = ~csum_unfold(csum_ipv6_magic(&ip->saddr, &ip->daddr, l4->len, ip->nexthdr, 0));
	return find_sum(skb, l4);
}

/*
 * Finds the header behind up to two tags and IP, if it has a checksum: not behind IP options
 * and extension headers, and not in fragments.
 */
static bool find_l4(const struct sk_buff *skb, struct l4 *l4)
{
	const struct ethhdr *eth = (const void *)skb->data;
	__be16 proto = eth->h_proto;
	struct vlan_hdr room;
	unsigned int tags;

	l4->offset = ETH_HLEN;
	for (tags = 0; eth_type_vlan(proto) && tags < 2; tags++) {
		const struct vlan_hdr *tag;

		tag = skb_header_pointer(skb, l4->offset, sizeof(room), &room);
		if (!tag)
			return false;
		proto = tag->h_vlan_encapsulated_proto;
		l4->offset += VLAN_HLEN;
	}
	if (proto == htons(ETH_P_IP))
		return find_in_ipv4(skb, l4);
	return proto == htons(ETH_P_IPV6) && find_in_ipv6(skb, l4);
}

static bool is_right(const struct sk_buff *skb, const struct l4 *l4)
{
	return !csum_fold(skb_checksum(skb, l4->offset, l4->len, l4->pseudo));
}

/*
 * Whether the sum that is to be put in will be right: it is that of this header, it covers the
 * packet and nothing else, and starts with the pseudo header.
 */
static bool will_be_right(const struct sk_buff *skb, const struct l4 *l4)
{
	return skb_checksum_start_offset(skb) == l4->offset &&
	       l4->offset + skb->csum_offset == l4->place &&
	       l4->offset + l4->len == skb->len &&
	       l4->sum == (__force __sum16)~csum_fold(l4->pseudo);
}

/*
 * Puts in the sum that the sender has left to its card. A frame whose sum is known to be right
 * is CHECKSUM_UNNECESSARY then; else nothing is known.
 */
int net_rs_skb_put_sum(struct sk_buff *skb)
{
	struct l4 l4;
	bool right;
	int err;

	if (skb->ip_summed != CHECKSUM_PARTIAL || skb_is_gso(skb))
		return 0;
	if (!pskb_may_pull(skb, skb_checksum_start_offset(skb) + skb->csum_offset + sizeof(__sum16)))
		return -EINVAL;
	right = find_l4(skb, &l4) && will_be_right(skb, &l4);
	err = skb_checksum_help(skb);
	if (err)
		return err;
	skb->csum = 0;
	skb->ip_summed = right ? CHECKSUM_UNNECESSARY : CHECKSUM_NONE;
	return 0;
}

/* Whether a program sees, and may change, what @dev has received before the stack does. */
static bool has_program(const struct net_device *dev)
{
	if (rcu_access_pointer(dev->xdp_prog))
		return true;
#ifdef CONFIG_NET_XGRESS
	if (rcu_access_pointer(dev->tcx_ingress))
		return true;
#endif
#ifdef CONFIG_NETFILTER_INGRESS
	if (rcu_access_pointer(dev->nf_hooks_ingress))
		return true;
#endif
	return false;
}

/*
 * The card says of the sum of a frame that it is right, of TCP or UDP, or nothing. Nothing
 * if @dev is not to check, or if there is a program: one that takes a tunnel's header off would
 * leave a promise about another sum. Never CHECKSUM_COMPLETE, which one changed byte makes wrong.
 * The skb of many frames stays as GRO makes them, see below.
 */
void net_rs_skb_check_sum(struct sk_buff *skb, const struct net_device *dev)
{
	struct l4 l4;

	if (skb_is_gso(skb))
		return;
	if (!(READ_ONCE(dev->features) & NETIF_F_RXCSUM) || has_program(dev))
		skb->ip_summed = CHECKSUM_NONE;
	else if (skb->ip_summed == CHECKSUM_NONE && find_l4(skb, &l4) && is_right(skb, &l4))
		skb->ip_summed = CHECKSUM_UNNECESSARY;
}

/*
 * Whether GRO would put together what @skb is cut into, and would make the same of it: then it need
 * not be cut. A GSO skb of UDP is always cut: whether it is wanted in one piece, and of how many
 * frames, depends on the socket.
 */
bool net_rs_skb_is_as_gro_makes(const struct sk_buff *skb)
{
	u32 type = skb_shinfo(skb)->gso_type & ~SKB_GSO_TCP_FIXEDID;
	struct l4 l4;

	if ((type != SKB_GSO_TCPV4 && type != SKB_GSO_TCPV6) || skb->ip_summed != CHECKSUM_PARTIAL)
		return false;
	return find_l4(skb, &l4) && l4.protocol == IPPROTO_TCP && will_be_right(skb, &l4);
}

/* Whether GRO of @dev, which may have changed since @skb came, would put so much together now. */
bool net_rs_gro_would_take(const struct sk_buff *skb, const struct net_device *dev)
{
	const netdev_features_t wanted = NETIF_F_RXCSUM | NETIF_F_GRO_HW;
	netdev_features_t features = READ_ONCE(dev->features);

	if ((features & (wanted | NETIF_F_GRO_FRAGLIST)) != wanted || netif_elide_gro(dev))
		return false;
	return skb->len - ETH_HLEN < netif_get_gro_max_size(dev, skb);
}
