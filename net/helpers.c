// SPDX-License-Identifier: GPL-2.0
/* See helpers.h. */

#include <linux/capability.h>
#include <linux/cpumask.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>
#include <net/netdev_lock.h>
#include <net/netdev_queues.h>
#include <net/rtnetlink.h>

#include "helpers.h"

/*
 * PREEMPT_RT was never tried. A task is preempted there with bottom halves off, which keeps no
 * other softirq from this CPU; soft hrtimers fire in a thread; and the xmit lock, under which an
 * engine may run for long, sleeps. The code has not been read for places that rely on any of that.
 * (Softirq::stop() sleeps, so no task spins for a machine.)
 */
#ifdef CONFIG_PREEMPT_RT
#error "a kernel with CONFIG_PREEMPT_RT is not supported"
#endif

void net_rs_set_priv_flags(struct net_device *dev, u32 flags)
{
	dev->priv_flags |= flags;
}

void net_rs_hw_addr_random(struct net_device *dev)
{
	eth_hw_addr_random(dev);
}

bool net_rs_need_ops_lock(const struct net_device *dev)
{
	return netdev_need_ops_lock(dev);
}

bool net_rs_lltx(const struct net_device *dev)
{
	return dev->lltx;
}

u32 net_rs_priv_flags(const struct net_device *dev)
{
	return dev->priv_flags;
}

void net_rs_set_lockdep_classes(struct net_device *dev)
{
	netdev_lockdep_set_classes(dev);
}

void net_rs_random_addr(u8 *addr)
{
	eth_random_addr(addr);
}

void net_rs_dev_hold(struct net_device *dev, netdevice_tracker *tracker)
{
	netdev_hold(dev, tracker, GFP_ATOMIC);
}

void net_rs_dev_put(struct net_device *dev, netdevice_tracker *tracker)
{
	netdev_put(dev, tracker);
}

bool net_rs_is_registered(const struct net_device *dev)
{
	return READ_ONCE(dev->reg_state) == NETREG_REGISTERED;
}

bool net_rs_is_unregistering(const struct net_device *dev)
{
	return READ_ONCE(dev->reg_state) == NETREG_UNREGISTERING;
}

bool net_rs_netif_running(const struct net_device *dev)
{
	return netif_running(dev);
}

unsigned int net_rs_num_online_cpus(void)
{
	return num_online_cpus();
}

bool net_rs_cpu_online(unsigned int cpu)
{
	return cpu_online(cpu);
}

/* RCU is read. Without XPS Rust asks for neither of these. */
#ifdef CONFIG_XPS
const struct xps_dev_maps *net_rs_xps_maps(const struct net_device *dev)
{
	return rcu_dereference(dev->xps_maps[XPS_CPUS]);
}

const struct xps_map *net_rs_xps_map(const struct xps_dev_maps *maps, unsigned int cpu)
{
	return rcu_dereference(maps->attr_map[cpu]);
}
#endif

void net_rs_tx_global_lock(struct net_device *dev)
{
	spin_lock_bh(&dev->tx_global_lock);
}

void net_rs_tx_global_unlock(struct net_device *dev)
{
	spin_unlock_bh(&dev->tx_global_lock);
}

bool net_rs_capable_sys_admin(void)
{
	return capable(CAP_SYS_ADMIN);
}

void net_rs_netdev_err(struct net_device *dev, const char *why)
{
	netdev_err(dev, "%s\n", why);
}

void net_rs_netdev_info(struct net_device *dev, const char *what)
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

void net_rs_set_iflink(struct net_device **place, struct net_device *other)
{
	rcu_assign_pointer(*(struct net_device __rcu **)place, other);
}

int net_rs_get_iflink(const struct net_device *dev, struct net_device *const *place)
{
	const struct net_device *other;
	int iflink;

	rcu_read_lock();
	other = rcu_dereference(*(struct net_device __rcu *const *)place);
	iflink = READ_ONCE((other ?: dev)->ifindex);
	rcu_read_unlock();
	return iflink;
}

struct net *net_rs_get_link_net(const struct net_device *dev, struct net_device *const *place)
{
	const struct net_device *other;

	other = rtnl_dereference(*(struct net_device __rcu *const *)place);
	return dev_net(other ?: dev);
}

/* Before @dev is registered. */
void net_rs_set_net(struct net_device *dev, struct net *net)
{
	dev_net_set(dev, net);
}

/* Keeps the module for good. */
void net_rs_keep_module(void)
{
	__module_get(THIS_MODULE);
}

/* ASSERT_RTNL(), but by lockdep where there is one: another task's RTNL is no help. */
void net_rs_assert_rtnl(void)
{
	DEBUG_NET_WARN_ON_ONCE(!rtnl_is_locked());
	lockdep_assert(lockdep_rtnl_is_held());
}

/* Lockdep says yes to everything when it has been turned off by its first report. */
bool net_rs_rtnl_is_ours(void)
{
#ifdef CONFIG_PROVE_LOCKING
	bool held = lockdep_rtnl_is_held();

	return WARN(held && debug_locks, "RTNL is taken where it is held\n");
#else
	return false;
#endif
}

/* A task that is exiting has no namespaces any more. */
struct net *net_rs_get_current_net(void)
{
	struct nsproxy *nsproxy = current->nsproxy;

	return nsproxy ? get_net(nsproxy->net_ns) : NULL;
}

/* RTNL is held, so the device stays in its namespace. Returns NULL if that is going. */
struct net *net_rs_get_net_of(const struct net_device *dev)
{
	return maybe_get_net(dev_net(dev));
}

void net_rs_put_net(struct net *net)
{
	put_net(net);
}

__net_rs_inline
bool net_rs_xmit_more(void)
{
	return netdev_xmit_more();
}

__net_rs_inline
struct netdev_queue *net_rs_get_tx_queue(struct net_device *dev, unsigned int index)
{
	return netdev_get_tx_queue(dev, index);
}

/* Caps @bytes: BQL warns about more, and does not count it. */
__net_rs_inline
bool net_rs_tx_sent_queue(struct netdev_queue *txq, unsigned int bytes, bool more)
{
	return __netdev_tx_sent_queue(txq, min(bytes, DQL_MAX_OBJECT), more);
}

/*
 * Caps @bytes at the number in flight: above it dql_completed() stops the kernel. No other CPU
 * completes meanwhile, and frames that are sent meanwhile only raise it.
 */
static unsigned int completable(const struct netdev_queue *txq, unsigned int bytes)
{
#ifdef CONFIG_BQL
	const struct dql *dql = &txq->dql;

	return min(bytes, READ_ONCE(dql->num_queued) - dql->num_completed);
#else
	return bytes;
#endif
}

__net_rs_inline
int net_rs_txq_try_stop(struct netdev_queue *txq, net_rs_avail_t avail, const void *ring,
			u32 start_thrs)
{
	return netif_txq_try_stop(txq, avail(ring), start_thrs);
}

__net_rs_inline
int net_rs_txq_completed_wake(struct netdev_queue *txq, unsigned int pkts, unsigned int bytes,
			      net_rs_avail_t avail, const void *ring, u32 start_thrs)
{
	bytes = completable(txq, bytes);
	/* Without bytes BQL leaves out the barrier, see netdev_txq_completed_mb(). */
	if (!bytes)
		smp_mb();
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

__net_rs_inline
void net_rs_tx_completed_queue(struct netdev_queue *txq, unsigned int pkts, unsigned int bytes)
{
	netdev_tx_completed_queue(txq, pkts, completable(txq, bytes));
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

__net_rs_inline
bool net_rs_tx_owned(struct netdev_queue *txq)
{
	return netif_tx_owned(txq, smp_processor_id());
}

__net_rs_inline
bool net_rs_tx_queue_stopped(const struct netdev_queue *txq)
{
	return netif_tx_queue_stopped(txq);
}

void net_rs_napi_add(struct net_device *dev, struct napi_struct *napi,
		     int (*poll)(struct napi_struct *napi, int budget), int index)
{
	netif_napi_add_config(dev, napi, poll, index);
}

/* The caller calls synchronize_net() after the last of them. */
void net_rs_napi_del(struct napi_struct *napi)
{
	__netif_napi_del(napi);
}

__net_rs_inline
void net_rs_napi_receive(struct napi_struct *napi, struct sk_buff *skb, u16 queue)
{
	skb_record_rx_queue(skb, queue);
	napi_gro_receive(napi, skb);
}
