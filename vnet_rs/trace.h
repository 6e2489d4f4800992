/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The trace events of a frame's way through a port, one for each step of the map
 * in README.md. card/trace.rs and driver/trace.rs say when each one happens.
 *
 * The three cursors are those of the ring in question, as they stand before the
 * step: post puts a frame into descriptor @posted, complete and deliver complete
 * descriptor @completed, reap takes back descriptor @reaped; all modulo its size.
 * @at is the time on the wire, in ns of the monotonic clock (trace_clock "mono").
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vnet_rs

#if !defined(VNET_RS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define VNET_RS_TRACE_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/tracepoint.h>

/* No __string(): the bpftrace of Debian 13 looks for these in the wrong place. */
#define PORT_ENTRY	__array(char, name, IFNAMSIZ) __field(u64, net_cookie)
#define PORT_ASSIGN						\
	do {							\
		memcpy(__entry->name, dev->name, IFNAMSIZ);	\
		__entry->net_cookie = dev_net(dev)->net_cookie;	\
	} while (0)
#define PORT_PR_FMT	"dev=%s net_cookie=%llu "
#define PORT_PR_ARG	__entry->name, __entry->net_cookie

#define RING_ENTRY	__field(u32, posted) __field(u32, completed) __field(u32, reaped)
#define RING_ASSIGN						\
	do {							\
		__entry->posted = posted;			\
		__entry->completed = completed;			\
		__entry->reaped = reaped;			\
	} while (0)
#define RING_PR_FMT	"posted=%u completed=%u reaped=%u"
#define RING_PR_ARG	__entry->posted, __entry->completed, __entry->reaped

/* The steps that the driver makes. */
DECLARE_EVENT_CLASS(vnet_rs_driver,
	TP_PROTO(const struct net_device *dev, u32 queue, u32 posted, u32 completed, u32 reaped,
		 const struct sk_buff *skb, u32 len),
	TP_ARGS(dev, queue, posted, completed, reaped, skb, len),
	TP_STRUCT__entry(
		PORT_ENTRY
		__field(u32, queue)
		RING_ENTRY
		__field(const void *, skbaddr)
		__field(u32, len)
	),
	TP_fast_assign(
		PORT_ASSIGN;
		__entry->queue = queue;
		RING_ASSIGN;
		__entry->skbaddr = skb;
		__entry->len = len;
	),
	TP_printk(PORT_PR_FMT "queue=%u " RING_PR_FMT " skbaddr=%p len=%u",
		  PORT_PR_ARG, __entry->queue, RING_PR_ARG, __entry->skbaddr, __entry->len)
);

DEFINE_EVENT(vnet_rs_driver, vnet_rs_post,
	TP_PROTO(const struct net_device *dev, u32 queue, u32 posted, u32 completed, u32 reaped,
		 const struct sk_buff *skb, u32 len),
	TP_ARGS(dev, queue, posted, completed, reaped, skb, len)
);

/* @skb is NULL if the card took the skb along. */
DEFINE_EVENT(vnet_rs_driver, vnet_rs_reap,
	TP_PROTO(const struct net_device *dev, u32 queue, u32 posted, u32 completed, u32 reaped,
		 const struct sk_buff *skb, u32 len),
	TP_ARGS(dev, queue, posted, completed, reaped, skb, len)
);

/* The steps that the card makes. */
DECLARE_EVENT_CLASS(vnet_rs_nic,
	TP_PROTO(const struct net_device *dev, u32 queue, u32 posted, u32 completed, u32 reaped,
		 const struct sk_buff *skb, u32 len, u64 at),
	TP_ARGS(dev, queue, posted, completed, reaped, skb, len, at),
	TP_STRUCT__entry(
		PORT_ENTRY
		__field(u32, queue)
		RING_ENTRY
		__field(const void *, skbaddr)
		__field(u32, len)
		__field(u64, at)
	),
	TP_fast_assign(
		PORT_ASSIGN;
		__entry->queue = queue;
		RING_ASSIGN;
		__entry->skbaddr = skb;
		__entry->len = len;
		__entry->at = at;
	),
	TP_printk(PORT_PR_FMT "queue=%u " RING_PR_FMT " skbaddr=%p len=%u at=%llu",
		  PORT_PR_ARG, __entry->queue, RING_PR_ARG, __entry->skbaddr, __entry->len,
		  __entry->at)
);

DEFINE_EVENT(vnet_rs_nic, vnet_rs_complete,
	TP_PROTO(const struct net_device *dev, u32 queue, u32 posted, u32 completed, u32 reaped,
		 const struct sk_buff *skb, u32 len, u64 at),
	TP_ARGS(dev, queue, posted, completed, reaped, skb, len, at)
);

DEFINE_EVENT(vnet_rs_nic, vnet_rs_deliver,
	TP_PROTO(const struct net_device *dev, u32 queue, u32 posted, u32 completed, u32 reaped,
		 const struct sk_buff *skb, u32 len, u64 at),
	TP_ARGS(dev, queue, posted, completed, reaped, skb, len, at)
);

TRACE_EVENT(vnet_rs_doorbell,
	TP_PROTO(const struct net_device *dev, u32 queue, u32 posted, u32 completed, u32 reaped),
	TP_ARGS(dev, queue, posted, completed, reaped),
	TP_STRUCT__entry(
		PORT_ENTRY
		__field(u32, queue)
		RING_ENTRY
	),
	TP_fast_assign(
		PORT_ASSIGN;
		__entry->queue = queue;
		RING_ASSIGN;
	),
	TP_printk(PORT_PR_FMT "queue=%u " RING_PR_FMT, PORT_PR_ARG, __entry->queue, RING_PR_ARG)
);

TRACE_EVENT(vnet_rs_interrupt,
	TP_PROTO(const struct net_device *dev, u32 queue, u32 ring, bool raised,
		 u32 posted, u32 completed, u32 reaped),
	TP_ARGS(dev, queue, ring, raised, posted, completed, reaped),
	TP_STRUCT__entry(
		PORT_ENTRY
		__field(u32, queue)
		__field(u32, ring)
		__field(bool, raised)
		RING_ENTRY
	),
	TP_fast_assign(
		PORT_ASSIGN;
		__entry->queue = queue;
		__entry->ring = ring;
		__entry->raised = raised;
		RING_ASSIGN;
	),
	/* `enum Side` in card/trace.rs */
	TP_printk(PORT_PR_FMT "queue=%u ring=%s raised=%d " RING_PR_FMT, PORT_PR_ARG,
		  __entry->queue, __print_symbolic(__entry->ring, { 0, "tx" }, { 1, "rx" }),
		  __entry->raised, RING_PR_ARG)
);

#define VNET_RS_REASONS				\
	FN(DEV_READY)				\
	FN(QUEUE_PURGE)				\
	FN(PKT_TOO_BIG)				\
	FN(PKT_TOO_SMALL)			\
	FN(FULL_RING)				\
	FN(NOMEM)				\
	FNe(NOT_SPECIFIED)

#undef FN
#undef FNe
#define FN(reason)	TRACE_DEFINE_ENUM(SKB_DROP_REASON_##reason);
#define FNe(reason)	TRACE_DEFINE_ENUM(SKB_DROP_REASON_##reason);
VNET_RS_REASONS

#undef FN
#undef FNe
#define FN(reason)	{ SKB_DROP_REASON_##reason, #reason },
#define FNe(reason)	{ SKB_DROP_REASON_##reason, #reason }

/* @queue is -1, and @skb NULL, if the frame was dropped before it had them. */
TRACE_EVENT(vnet_rs_drop,
	TP_PROTO(const struct net_device *dev, int queue, u32 why, enum skb_drop_reason reason,
		 u32 posted, u32 completed, u32 reaped, const struct sk_buff *skb),
	TP_ARGS(dev, queue, why, reason, posted, completed, reaped, skb),
	TP_STRUCT__entry(
		PORT_ENTRY
		__field(int, queue)
		__field(u32, why)
		__field(enum skb_drop_reason, reason)
		RING_ENTRY
		__field(const void *, skbaddr)
	),
	TP_fast_assign(
		PORT_ASSIGN;
		__entry->queue = queue;
		__entry->why = why;
		__entry->reason = reason;
		RING_ASSIGN;
		__entry->skbaddr = skb;
	),
	/* `enum DropCause` in card/trace.rs */
	TP_printk(PORT_PR_FMT "queue=%d why=%s " RING_PR_FMT " skbaddr=%p reason=%s",
		  PORT_PR_ARG, __entry->queue,
		  __print_symbolic(__entry->why, { 0, "tx_down" }, { 1, "tx_too_long" },
				   { 2, "tx_too_short" }, { 3, "tx_no_carrier" },
				   { 4, "tx_purged" }, { 5, "rx_no_memory" },
				   { 6, "rx_missed" }, { 7, "rx_purged" }),
		  RING_PR_ARG, __entry->skbaddr,
		  __print_symbolic(__entry->reason, VNET_RS_REASONS))
);

#undef FN
#undef FNe

#endif /* VNET_RS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH vnet_rs
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
