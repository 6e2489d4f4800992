// SPDX-License-Identifier: GPL-2.0
/* See helpers.h. */

#include <linux/cpumask.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/gso.h>
#include <net/net_namespace.h>
#include <net/netdev_lock.h>
#include <net/netdev_queues.h>
#include <net/rtnetlink.h>

#include "helpers.h"

/* See Softirq::stop(): who has the machine is waited for without sleeping. */
#ifdef CONFIG_PREEMPT_RT
#error "a kernel with CONFIG_PREEMPT_RT is not supported"
#endif

void net_rs_setup_flags(struct net_device *dev)
{
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE | IFF_DISABLE_NETPOLL | IFF_UNICAST_FLT;
	dev->needs_free_netdev = true;
	eth_hw_addr_random(dev);
}

void net_rs_set_lockdep_classes(struct net_device *dev)
{
	netdev_lockdep_set_classes(dev);
}

void net_rs_random_addr(u8 *addr)
{
	eth_random_addr(addr);
}

void net_rs_dev_hold(struct net_device *dev)
{
	dev_hold(dev);
}

void net_rs_dev_put(struct net_device *dev)
{
	dev_put(dev);
}

bool net_rs_netif_running(const struct net_device *dev)
{
	return netif_running(dev);
}

unsigned int net_rs_num_online_cpus(void)
{
	return num_online_cpus();
}

/* Each CPU sends on the queue whose number is its own, modulo @queues. */
void net_rs_spread_cpus(struct net_device *dev, unsigned int queues)
{
	cpumask_var_t mask;
	unsigned int queue, cpu;

	if (queues < 2 || !alloc_cpumask_var(&mask, GFP_KERNEL))
		return;
	for (queue = 0; queue < queues; queue++) {
		cpumask_clear(mask);
		for_each_online_cpu(cpu)
			if (cpu % queues == queue)
				cpumask_set_cpu(cpu, mask);
		netif_set_xps_queue(dev, mask, queue);
	}
	free_cpumask_var(mask);
}

void net_rs_complain(struct net_device *dev, const char *why)
{
	if (net_ratelimit())
		netdev_err(dev, "%s\n", why);
}

void net_rs_inform(struct net_device *dev, const char *what)
{
	netdev_info(dev, "%s\n", what);
}

bool net_rs_carrier_ok(const struct net_device *dev)
{
	return netif_carrier_ok(dev);
}

bool net_rs_rxfh_configured(const struct net_device *dev)
{
	return netif_is_rxfh_configured(dev);
}

void net_rs_addr_lock(struct net_device *dev)
{
	netif_addr_lock_bh(dev);
}

void net_rs_addr_unlock(struct net_device *dev)
{
	netif_addr_unlock_bh(dev);
}

void net_rs_bh_disable(void)
{
	local_bh_disable();
}

void net_rs_bh_enable(void)
{
	local_bh_enable();
}

/* Before @dev is registered. */
void net_rs_set_net(struct net_device *dev, struct net *net)
{
	dev_net_set(dev, net);
}

int net_rs_validate_link(struct nlattr *tb[], struct netlink_ext_ack *extack)
{
	const struct nlattr *addr = tb[IFLA_ADDRESS];

	if (!addr)
		return 0;
	if (nla_len(addr) != ETH_ALEN) {
		NL_SET_ERR_MSG_ATTR(extack, addr, "An Ethernet address has 6 bytes");
		return -EINVAL;
	}
	if (!is_valid_ether_addr(nla_data(addr))) {
		NL_SET_ERR_MSG_ATTR(extack, addr, "Address must be unicast and not all zero");
		return -EADDRNOTAVAIL;
	}
	return 0;
}

/* A task that is exiting has no namespaces any more. */
struct net *net_rs_get_current_net(void)
{
	struct nsproxy *nsproxy = current->nsproxy;

	return nsproxy ? get_net(nsproxy->net_ns) : NULL;
}

void net_rs_put_net(struct net *net)
{
	put_net(net);
}

bool net_rs_xmit_more(void)
{
	return netdev_xmit_more();
}

struct netdev_queue *net_rs_get_tx_queue(struct net_device *dev, unsigned int index)
{
	return netdev_get_tx_queue(dev, index);
}

bool net_rs_tx_sent_queue(struct netdev_queue *txq, unsigned int bytes, bool more)
{
	return __netdev_tx_sent_queue(txq, bytes, more);
}

int net_rs_txq_try_stop(struct netdev_queue *txq, net_rs_avail_t avail, const void *ring,
			u32 start_thrs)
{
	return netif_txq_try_stop(txq, avail(ring), start_thrs);
}

int net_rs_txq_completed_wake(struct netdev_queue *txq, unsigned int pkts, unsigned int bytes,
			      net_rs_avail_t avail, const void *ring, u32 start_thrs)
{
	return netif_txq_completed_wake(txq, pkts, bytes, avail(ring), start_thrs);
}

void net_rs_tx_disable(struct net_device *dev)
{
	netif_tx_disable(dev);
}

void net_rs_tx_wake_queue(struct net_device *dev, u32 index)
{
	netif_tx_wake_queue(netdev_get_tx_queue(dev, index));
}

void net_rs_tx_completed_queue(struct netdev_queue *txq, unsigned int pkts, unsigned int bytes)
{
	netdev_tx_completed_queue(txq, pkts, bytes);
}

void net_rs_tx_reset_queue(struct netdev_queue *txq)
{
	netdev_tx_reset_queue(txq);
}

void net_rs_tx_lock(struct netdev_queue *txq)
{
	__netif_tx_lock_bh(txq);
}

void net_rs_tx_unlock(struct netdev_queue *txq)
{
	__netif_tx_unlock_bh(txq);
}

bool net_rs_tx_owned(struct netdev_queue *txq)
{
	return netif_tx_owned(txq, smp_processor_id());
}

bool net_rs_tx_queue_stopped(const struct netdev_queue *txq)
{
	return netif_tx_queue_stopped(txq);
}

void net_rs_napi_add(struct net_device *dev, struct napi_struct *napi,
		     int (*poll)(struct napi_struct *napi, int budget), int index)
{
	netif_napi_add_config(dev, napi, poll, index);
}

void net_rs_napi_del(struct napi_struct *napi)
{
	netif_napi_del(napi);
}

void net_rs_napi_receive(struct napi_struct *napi, struct sk_buff *skb, u16 queue)
{
	skb_record_rx_queue(skb, queue);
	napi_gro_receive(napi, skb);
}

struct sk_buff *net_rs_alloc_skb(struct net_device *dev, unsigned int len)
{
	return netdev_alloc_skb_ip_align(dev, len);
}

void *net_rs_skb_put(struct sk_buff *skb, unsigned int len)
{
	return skb_put(skb, len);
}

void net_rs_skb_tx_timestamp(struct sk_buff *skb)
{
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

	if (!skb_is_gso(skb))
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
 * behind the Ethernet header, or NULL.
 */
struct sk_buff *net_rs_skb_corrupt(struct sk_buff *skb, unsigned int bit)
{
	struct sk_buff *copy = skb_copy(skb, GFP_ATOMIC);
	unsigned int place = ETH_HLEN + bit / 8;

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
