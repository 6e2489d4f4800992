/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Helpers that the KUnit suites of net/ need beside those of a driver: to see the end of an skb,
 * and to act as the stack and its users on a device.
 */
#ifndef NET_KUNIT_HELPERS_H
#define NET_KUNIT_HELPERS_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>

/* The end of an skb: the number of times it was freed, and the reason. */
struct net_kunit_fate {
	const struct sk_buff *skb;
	u32 consumed;
	u32 dropped;
	u32 reason;
};

int net_kunit_watch(struct net_kunit_fate *fate);
void net_kunit_unwatch(struct net_kunit_fate *fate);

/* The skb, as its sender makes it. */
struct sk_buff *net_kunit_alloc_skb(unsigned int len);
void net_kunit_own(struct sk_buff *skb);
u32 net_kunit_orphaned(void);
struct sk_buff *net_kunit_share(struct sk_buff *skb);
unsigned int net_kunit_users(const struct sk_buff *skb);
int net_kunit_note_all(struct sk_buff *skb);
int net_kunit_note_in_skb(const struct sk_buff *skb);
int net_kunit_note_in_shinfo(const struct sk_buff *skb);
bool net_kunit_is_fresh(const struct sk_buff *skb);
void net_kunit_make_gso(struct sk_buff *skb);
bool net_kunit_is_gso(const struct sk_buff *skb);
void net_kunit_mark_as_gso(struct sk_buff *skb);
void net_kunit_tag(struct sk_buff *skb, u16 tag);
int net_kunit_stamp_late(struct sk_buff *skb, const struct net_device *dev);

/* The stack. */
int net_kunit_start_xmit(struct net_device *dev, struct sk_buff *skb, bool more);
u32 net_kunit_in_flight(const struct net_device *dev);
void net_kunit_listen(struct net_device *dev);
u32 net_kunit_deafen(void);
void net_kunit_break(struct net_device *dev, u32 premise);
int net_kunit_refuse(const char *kind, u32 event);
void net_kunit_accept(void);
void net_kunit_let_module_go(void);
bool net_kunit_lock_is_held(const struct lockdep_map *map);

#endif
