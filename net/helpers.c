// SPDX-License-Identifier: GPL-2.0
/* See helpers.h. */

#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <net/netdev_lock.h>
#include <net/netdev_queues.h>
#include <net/rtnetlink.h>

#include "helpers.h"

void net_rs_setup_flags(struct net_device *dev)
{
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE | IFF_DISABLE_NETPOLL;
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

void net_rs_tx_wake_all_queues(struct net_device *dev)
{
	netif_tx_wake_all_queues(dev);
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

bool net_rs_tx_queue_stopped(const struct netdev_queue *txq)
{
	return netif_tx_queue_stopped(txq);
}

void net_rs_napi_add(struct net_device *dev, struct napi_struct *napi,
		     int (*poll)(struct napi_struct *napi, int budget))
{
	netif_napi_add(dev, napi, poll);
}

void net_rs_napi_schedule(struct napi_struct *napi)
{
	local_bh_disable();
	napi_schedule(napi);
	local_bh_enable();
}

void net_rs_napi_receive(struct napi_struct *napi, struct sk_buff *skb, struct net_device *dev)
{
	skb->protocol = eth_type_trans(skb, dev);
	skb_record_rx_queue(skb, 0);
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
