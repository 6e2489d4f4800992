/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Wrappers around the inline functions, macros and bit-fields of the networking headers, which Rust
 * cannot call. Decisions are made in Rust, but for these:
 *
 *  - which fields of an skb cross a cable: a table (scrub.h) of fields that bindgen has no names
 *    for, being bit-fields or in anonymous unions, or that a kernel lacks;
 *  - how many bytes BQL is told of: no more than it can count, or dql_completed() stops the kernel;
 *  - the order of two turns, and which machines go later: lockdep and a work item ask C;
 *  - guards: the values for a NULL pointer and for no VLAN tag, and no time stamp of an skb that is
 *    not of the device, whose own may be gone.
 */
#ifndef NET_RS_HELPERS_H
#define NET_RS_HELPERS_H

#include <linux/llist.h>
#include <linux/netdevice.h>
#include <net/rtnetlink.h>

/*
 * Marks a helper that packets call. Where helpers are bitcode (Kbuild), it becomes part of the Rust
 * that calls it, which LLVM would not do unasked: see rust/helpers/helpers.c of the kernel.
 */
#define __net_rs_inline __always_inline

struct xps_dev_maps;
struct xps_map;

/* Returns the number of descriptors that are free now; @ring is the caller's. */
typedef u32 (*net_rs_avail_t)(const void *ring);

/* configfs */
struct config_group;
void net_rs_add_default_group(struct config_group *child, struct config_group *parent);

/* The device */
void net_rs_set_priv_flags(struct net_device *dev, u32 flags);
void net_rs_hw_addr_random(struct net_device *dev);
bool net_rs_need_ops_lock(const struct net_device *dev);
bool net_rs_lltx(const struct net_device *dev);
u32 net_rs_priv_flags(const struct net_device *dev);
void net_rs_set_lockdep_classes(struct net_device *dev);
void net_rs_random_addr(u8 *addr);
void net_rs_dev_hold(struct net_device *dev, netdevice_tracker *tracker);
void net_rs_dev_put(struct net_device *dev, netdevice_tracker *tracker);
bool net_rs_is_registered(const struct net_device *dev);
bool net_rs_is_unregistering(const struct net_device *dev);
bool net_rs_netif_running(const struct net_device *dev);
unsigned int net_rs_num_online_cpus(void);
bool net_rs_cpu_online(unsigned int cpu);
const struct xps_dev_maps *net_rs_xps_maps(const struct net_device *dev);
const struct xps_map *net_rs_xps_map(const struct xps_dev_maps *maps, unsigned int cpu);
void net_rs_tx_global_lock(struct net_device *dev);
void net_rs_tx_global_unlock(struct net_device *dev);
bool net_rs_capable_sys_admin(void);
void net_rs_netdev_err(struct net_device *dev, const char *why);
void net_rs_netdev_info(struct net_device *dev, const char *what);
bool net_rs_carrier_ok(const struct net_device *dev);
bool net_rs_rxfh_configured(const struct net_device *dev);
void net_rs_addr_lock(struct net_device *dev);
void net_rs_addr_unlock(struct net_device *dev);
void net_rs_bh_disable(void);
void net_rs_bh_enable(void);
void net_rs_set_net(struct net_device *dev, struct net *net);
void net_rs_keep_module(void);
void net_rs_assert_rtnl(void);
bool net_rs_rtnl_is_ours(void);

/* Counters */
void net_rs_count_per_cpu(struct net_device *dev);
void net_rs_count_tx(struct net_device *dev, unsigned int bytes);
void net_rs_count_rx(struct net_device *dev, unsigned int bytes);
void net_rs_count_tx_dropped(struct net_device *dev);
void net_rs_count_rx_dropped(struct net_device *dev);

/* Memory */
unsigned long net_rs_total_pages(void);
void *net_rs_kvrealloc(const void *old, size_t size, unsigned long align);
void net_rs_kvfree(const void *old);

/* configfs: not for Rust to call, see helpers_configfs.c */
struct configfs_subsystem;
void __wrap_configfs_unregister_subsystem(struct configfs_subsystem *subsys);

/* The device at the other end: @place is where the pointer to it is kept, for RCU */
void net_rs_set_iflink(struct net_device **place, struct net_device *other);
int net_rs_get_iflink(const struct net_device *dev, struct net_device *const *place);
struct net *net_rs_get_link_net(const struct net_device *dev, struct net_device *const *place);

/* The network namespace */
struct net *net_rs_get_current_net(void);
struct net *net_rs_get_net_of(const struct net_device *dev);
void net_rs_put_net(struct net *net);

/* The transmit queue */
bool net_rs_xmit_more(void);
struct netdev_queue *net_rs_get_tx_queue(struct net_device *dev, unsigned int index);
bool net_rs_tx_sent_queue(struct netdev_queue *txq, unsigned int bytes, bool more);
int net_rs_txq_try_stop(struct netdev_queue *txq, net_rs_avail_t avail, const void *ring,
			u32 start_thrs);
int net_rs_txq_completed_wake(struct netdev_queue *txq, unsigned int pkts, unsigned int bytes,
			      net_rs_avail_t avail, const void *ring, u32 start_thrs);
void net_rs_tx_disable(struct net_device *dev);
void net_rs_tx_wake_queue(struct net_device *dev, u32 index);
void net_rs_tx_completed_queue(struct netdev_queue *txq, unsigned int pkts, unsigned int bytes);
void net_rs_tx_reset_queue(struct netdev_queue *txq);
u32 net_rs_tx_backlog(struct net_device *dev, unsigned int index);
struct Qdisc *net_rs_get_qdisc(const struct netdev_queue *txq);
struct Qdisc *net_rs_get_qdisc_sleeping(const struct netdev_queue *txq);
void net_rs_set_qdisc(struct netdev_queue *txq, struct Qdisc *qdisc);
void net_rs_tx_lock(struct netdev_queue *txq);
void net_rs_tx_unlock(struct netdev_queue *txq);
bool net_rs_tx_owned(struct netdev_queue *txq);
bool net_rs_tx_queue_stopped(const struct netdev_queue *txq);

/* NAPI */
void net_rs_napi_add(struct net_device *dev, struct napi_struct *napi,
		     int (*poll)(struct napi_struct *napi, int budget), int index);
void net_rs_napi_flush(struct napi_struct *napi);
void net_rs_napi_del(struct napi_struct *napi);
void net_rs_napi_receive(struct napi_struct *napi, struct sk_buff *skb, u16 queue);

/* A machine of softirqs: the turn as lockdep sees it, and its end in atomic context */
struct net_rs_late {
	struct llist_node node;
	void (*drop)(struct net_rs_late *late);
};
struct lockdep_map;
void net_rs_turn_init(struct lockdep_map *map);
void net_rs_turn_acquire(struct lockdep_map *map);
void net_rs_turn_acquired(struct lockdep_map *map);
void net_rs_turn_release(struct lockdep_map *map);
bool net_rs_in_interrupt(void);
void net_rs_drop_later(struct net_rs_late *late);
void net_rs_dropped_all(void);

/* The skb */
struct sk_buff *net_rs_alloc_skb(unsigned int len);
void *net_rs_skb_put(struct sk_buff *skb, unsigned int len);
void net_rs_skb_tx_timestamp(struct sk_buff *skb, const struct net_device *dev);
u32 net_rs_skb_vlan_tag(const struct sk_buff *skb);
unsigned int net_rs_skb_gso_size(const struct sk_buff *skb);
int net_rs_skb_gso_type(const struct sk_buff *skb);
unsigned int net_rs_skb_transport_offset(const struct sk_buff *skb);
unsigned int net_rs_skb_tcp_all_headers(const struct sk_buff *skb);
bool net_rs_skb_encapsulation(const struct sk_buff *skb);
struct sk_buff *net_rs_skb_unlink(struct sk_buff *skb);

/* An skb that arrives */
void net_rs_skb_get(struct sk_buff *skb);
struct sk_buff *net_rs_skb_share_check(struct sk_buff *skb);
bool net_rs_skb_cloned(const struct sk_buff *skb);
bool net_rs_skb_zcopy(const struct sk_buff *skb);
int net_rs_skb_orphan_frags_rx(struct sk_buff *skb);
void net_rs_skb_orphan(struct sk_buff *skb);
int net_rs_skb_unclone(struct sk_buff *skb);
bool net_rs_pskb_may_pull(struct sk_buff *skb, unsigned int len);
void net_rs_skb_scrub(struct sk_buff *skb);
unsigned int net_rs_skb_nr_frags(const struct sk_buff *skb);
void net_rs_skb_share_frags(struct sk_buff *skb);
int net_rs_skb_put_padto(struct sk_buff *skb, unsigned int len);
u8 net_rs_skb_ip_summed(const struct sk_buff *skb);
void net_rs_skb_set_ip_summed(struct sk_buff *skb, u8 ip_summed);
int net_rs_skb_checksum_start_offset(const struct sk_buff *skb);
u16 net_rs_skb_csum_offset(const struct sk_buff *skb);
void net_rs_skb_set_hash(struct sk_buff *skb, u32 hash, bool l4);
struct sk_buff *net_rs_vlan_push_inside(struct sk_buff *skb);
__be16 net_rs_eth_type_trans(struct sk_buff *skb, struct net_device *dev);
bool net_rs_elide_gro(const struct net_device *dev);
unsigned int net_rs_gro_max_size(const struct net_device *dev, const struct sk_buff *skb);

#endif
