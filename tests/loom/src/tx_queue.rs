// SPDX-License-Identifier: GPL-2.0
//! `struct netdev_queue`: state bits and BQL, each step below the line of Linux that it models.
use super::mutation::Mutation::{self, *};
use loom::sync::atomic::{fence, AtomicBool, AtomicU32, Ordering::*};
pub const DRV_XOFF: u32 = 1;
pub const STACK_XOFF: u32 = 2;
pub struct TxQueue {
    pub mutation: Mutation,
    pub limit: Option<u32>, // None: no CONFIG_BQL
    pub state: AtomicU32,
    pub scheduled: AtomicBool,
    pub num_queued: AtomicU32,
    pub num_completed: AtomicU32,
    pub adj_limit: AtomicU32,
}
impl TxQueue {
    fn smp_mb(&self, missing_in: Mutation) {
        if self.mutation != missing_in {
            fence(SeqCst);
        }
    }
    fn dql_avail(&self) -> i32 {
        // include/linux/dynamic_queue_limits.h:149 return READ_ONCE(dql->adj_limit) - READ_ONCE(dql->num_queued);
        (self.adj_limit.load(Relaxed)).wrapping_sub(self.num_queued.load(Relaxed)) as i32
    }
    fn wake(&self, bit: u32) -> bool {
        // net/core/dev.c:3481 if (test_and_clear_bit(__QUEUE_STATE_DRV_XOFF, &dev_queue->state)) {
        fence(SeqCst);
        let woken = self.state.fetch_and(!bit, AcqRel) & bit != 0;
        fence(SeqCst);
        // net/core/dev.c:3486 __netif_schedule(q);
        self.scheduled.fetch_or(woken, AcqRel);
        woken
    }
    /// `netif_tx_queue_stopped()`; with both bits `netif_xmit_stopped()`.
    pub fn is_stopped(&self, bits: u32) -> bool {
        // include/linux/netdevice.h:3816 return test_bit(__QUEUE_STATE_DRV_XOFF, &dev_queue->state);
        self.state.load(Relaxed) & bits != 0
    }
    /// `__netdev_tx_sent_queue()`, which looks at the limit unless there is `more`.
    pub fn sent(&self, bytes: u32, more: bool) {
        // include/linux/dynamic_queue_limits.h:139 dql->num_queued += count;
        let queued = self.num_queued.load(Relaxed) + bytes;
        self.num_queued.store(queued, Relaxed);
        // include/linux/netdevice.h:3919 if (likely(dql_avail(&dev_queue->dql) >= 0))
        if more || self.limit.is_none() || self.dql_avail() >= 0 {
            return;
        }
        // include/linux/netdevice.h:3928 set_bit(__QUEUE_STATE_STACK_XOFF, &dev_queue->state);
        self.state.fetch_or(STACK_XOFF, Relaxed);
        // include/linux/netdevice.h:3935 smp_mb__after_atomic();
        fence(SeqCst);
        // include/linux/netdevice.h:3938 if (unlikely(dql_avail(&dev_queue->dql) >= 0))
        if self.dql_avail() >= 0 {
            self.state.fetch_and(!STACK_XOFF, Relaxed);
        }
    }
    /// `netdev_txq_completed_mb()`.
    pub fn completed(&self, bytes: u32) {
        let completed = self.num_completed.load(Relaxed) + bytes;
        // lib/dynamic_queue_limits.c:99 BUG_ON(count > num_queued - dql->num_completed);
        let sent = self.num_queued.load(Relaxed);
        assert!(completed <= sent, "BQL completes more than was sent");
        self.num_completed.store(completed, Relaxed);
        let Some(limit) = self.limit else {
            // include/net/netdev_queues.h:285 smp_mb();
            return self.smp_mb(WakeWithoutBarrier);
        };
        // lib/dynamic_queue_limits.c:180 dql->adj_limit = limit + completed;
        self.adj_limit.store(limit + completed, Relaxed);
        // include/linux/netdevice.h:4009 smp_mb();
        self.smp_mb(WakeWithoutBarrier);
        // include/linux/netdevice.h:4014 if (test_and_clear_bit(__QUEUE_STATE_STACK_XOFF, &dev_queue->state))
        if self.dql_avail() >= 0 {
            self.wake(STACK_XOFF);
        }
    }
    /// `netif_txq_try_stop()`: says whether it is stopped.
    pub fn try_stop(&self, free: impl Fn() -> u32, start: u32) -> bool {
        // include/net/netdev_queues.h:228 netif_tx_stop_queue(txq);
        self.state.fetch_or(DRV_XOFF, Relaxed);
        // include/net/netdev_queues.h:233 smp_mb__after_atomic();
        self.smp_mb(StopWithoutBarrier);
        // include/net/netdev_queues.h:239 if (unlikely(get_desc >= start_thrs)) {
        if self.mutation == NoRecheck || free() < start {
            return true;
        }
        // include/net/netdev_queues.h:240 netif_tx_start_queue(txq);
        self.state.fetch_and(!DRV_XOFF, Relaxed);
        false
    }
    /// `netif_txq_completed_wake()`: says whether it has woken the queue.
    pub fn completed_wake(&self, bytes: u32, free: impl Fn() -> u32, start: u32) -> bool {
        // include/net/netdev_queues.h:318 netdev_txq_completed_mb(txq, pkts, bytes);
        self.completed(bytes);
        // include/net/netdev_queues.h:321 if (pkts && likely(get_desc >= start_thrs)) {
        // include/net/netdev_queues.h:323 if (unlikely(netif_tx_queue_stopped(txq)) &&
        free() >= start && self.is_stopped(DRV_XOFF) && self.wake(DRV_XOFF)
    }
}
