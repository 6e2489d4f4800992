// SPDX-License-Identifier: GPL-2.0

//! The rings of a driver, from when its device goes up until it has gone down.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)
//!
//! Rings without a poll, or a poll without rings, cannot be said.

use super::{
    Device,
    Open,
    Pair,
    Parts,
    PollContext,
    PollDone,
    Quiet,
    Rtnl,
    SkBuff,
    TxContext, //
};
use kernel::{
    build_error,
    error::VTABLE_DEFAULT_ERROR,
    prelude::*, //
};

/// Counters of a queue pair, as `netdev-genl` shows them.
///
/// C: `struct netdev_queue_stats_rx`, `struct netdev_queue_stats_tx`; the counters that are not here
/// are not counted.
#[derive(Default)]
pub(crate) struct QueueStats {
    /// Frames received.
    pub(crate) rx_packets: u64,
    /// Bytes received.
    pub(crate) rx_bytes: u64,
    /// Frames that found no free receive descriptor.
    pub(crate) rx_overruns: u64,
    /// Frames transmitted.
    pub(crate) tx_packets: u64,
    /// Bytes transmitted.
    pub(crate) tx_bytes: u64,
    /// Times the queue was stopped.
    pub(crate) tx_stops: u64,
    /// Times it was woken.
    pub(crate) tx_wakes: u64,
}

/// The operations of a driver `T` with rings.
#[vtable]
pub(crate) trait Rings<T: Parts> {
    /// Whether there are any. A driver leaves it as it is.
    const EXIST: bool = true;

    /// The device goes up.
    ///
    /// - C: `ndo_open()`. RTNL is held; may sleep.
    /// - Returns as many queue pairs as are to be in use: at least one, and no more than
    ///   [`Device::max_queues`]; or why the device stays down.
    fn open(dev: &Device<T>, rtnl: &Rtnl) -> Result<Open<T>>;

    /// The device is up: its queues run.
    ///
    /// - C: the end of `ndo_open()`. RTNL is held; may sleep.
    fn opened(_dev: &Device<T>, _rtnl: &Rtnl) {}

    /// The device has gone down: no xmit and no poll runs any more, and all data that `open` gave
    /// is back. Or the device could not go up with that.
    ///
    /// - C: the second half of `ndo_stop()`. RTNL is held; may sleep.
    fn close(dev: &Device<T>, quiet: &Quiet<'_, T>, open: Open<T>);

    /// Whether a frame can be posted, so that a queue that was quiet may run again.
    ///
    /// - RTNL is held; may sleep.
    fn has_room(tx: &T::Tx) -> bool;

    /// Tells the hardware of all that was posted. Called after the last `start_xmit` of a batch,
    /// and whenever the queue stops or the driver says busy: a driver cannot forget it.
    ///
    /// - C: the end of `ndo_start_xmit()`. The queue's xmit lock is held and bottom halves are
    ///   off; may not sleep.
    fn doorbell(dev: &Device<T>, tx: &mut TxContext<'_, T>);

    /// A frame came after the device went down (pktgen and packet sockets that bypass the qdisc
    /// may be that late), or for a queue that is not in use. It is freed with `DevReady`.
    ///
    /// - C: in `ndo_start_xmit()`. The queue's xmit lock is held and bottom halves are off; may
    ///   not sleep.
    fn xmit_while_down(_dev: &Device<T>, _queue: u32, _skb: &SkBuff) {}

    /// Polls a queue pair after an interrupt: reaps and receives.
    ///
    /// - C: `napi_struct.poll`. The NAPI instance is ours and bottom halves are off; may not
    ///   sleep.
    /// - Returns the result of [`PollContext::done`].
    fn poll<'a>(poll: PollContext<'a, T>) -> PollDone<'a>;

    /// The queue has been stopped for longer than the watchdog allows.
    ///
    /// - C: `ndo_tx_timeout()`. All queues are frozen and bottom halves are off; may not sleep.
    fn tx_timeout(_dev: &Device<T>) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// The statistics of one queue pair that is in use. Comes with [`Rings::base_stats`].
    ///
    /// - C: `netdev_stat_ops.get_queue_stats_rx()` and `_tx()`. RTNL is held; may sleep.
    fn queue_stats(_dev: &Device<T>, _queue: u32) -> QueueStats {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// The statistics of the queue pairs that are not in use any more.
    ///
    /// - C: `netdev_stat_ops.get_base_stats()`. RTNL is held; may sleep.
    fn base_stats(_dev: &Device<T>) -> QueueStats {
        build_error!(VTABLE_DEFAULT_ERROR)
    }
}

/// No rings: the queues always run, and are not polled.
#[vtable]
impl<T: Parts<Tx = (), Poll = (), Up = ()>> Rings<T> for () {
    const EXIST: bool = false;

    fn open(dev: &Device<T>, rtnl: &Rtnl) -> Result<Open<T>> {
        let mut pairs = KVec::new();
        for _ in 0..dev.queue_count(rtnl) {
            pairs.push(Pair { tx: (), poll: () }, GFP_KERNEL)?;
        }
        Ok(Open { pairs, up: () })
    }

    fn close(_dev: &Device<T>, _quiet: &Quiet<'_, T>, _open: Open<T>) {}

    fn has_room(_tx: &()) -> bool {
        true
    }

    fn doorbell(_dev: &Device<T>, _tx: &mut TxContext<'_, T>) {}

    fn poll<'a>(poll: PollContext<'a, T>) -> PollDone<'a> {
        poll.done()
    }
}
