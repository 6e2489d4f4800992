// SPDX-License-Identifier: GPL-2.0

//! The choice of a transmit queue while some are about to go.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)
//!
//! When the number of queues shrinks, `netif_set_real_num_tx_queues()` resets the qdiscs of those
//! that go, and drops the packets in them. So packets are first steered to the queues that stay,
//! and the others run empty.
//!
//! Some packets are not steered: where tc has chosen the queue at egress (skbedit),
//! `__dev_queue_xmit()` takes that one, capped by `real_num_tx_queues` only. A frame that comes so
//! after [`Steered::backlog`] has been asked for the last time is dropped with the qdisc. No hook
//! lies between the moment from which the core caps and the reset.

use super::{
    bindings,
    Device,
    Parts,
    Rtnl, //
};
use kernel::sync::atomic::ordering::Relaxed;

/// While it lives, the stack chooses from a device's first transmit queues.
pub(crate) struct Steered<'a, T: Parts> {
    dev: &'a Device<T>,
    count: u32,
}

impl<T: Parts> Device<T> {
    /// Has the stack choose from the first `count` transmit queues, until the result is dropped.
    /// A frame that was given a queue before is in its qdisc or in the driver's ring when this
    /// returns. May sleep.
    pub(crate) fn steer(&self, count: u32, _rtnl: &Rtnl) -> Steered<'_, T> {
        self.private_ref().steered.store(count, Relaxed);
        // SAFETY: we may sleep. `__dev_queue_xmit()` chooses and enqueues in one RCU-bh section.
        unsafe { bindings::synchronize_net() };
        Steered { dev: self, count }
    }
}

impl<T: Parts> Steered<'_, T> {
    /// How many skbs wait in the qdiscs of the other queues. A qdisc that several queues share
    /// counts for each.
    pub(crate) fn backlog(&self, _rtnl: &Rtnl) -> u32 {
        let others = self.count..self.dev.max_queues();
        // SAFETY: the device is valid (type invariant) and has these queues; RTNL, which the
        // token stands for, keeps their qdiscs.
        let waiting = |queue| unsafe { bindings::net_rs_tx_backlog(self.dev.as_ptr(), queue) };
        others.map(waiting).fold(0, u32::saturating_add)
    }
}

impl<T: Parts> Drop for Steered<'_, T> {
    fn drop(&mut self) {
        self.dev.private_ref().steered.store(0, Relaxed);
    }
}

/// `ndo_select_queue()`.
///
/// # Safety
///
/// Called by `netdev_core_pick_tx()` or `packet_pick_tx_queue()`, in an RCU-bh section, for a
/// registered device; `skb` is theirs.
pub(super) unsafe extern "C" fn select_queue<T: Parts>(
    dev: *mut bindings::net_device,
    skb: *mut bindings::sk_buff,
    sb_dev: *mut bindings::net_device,
) -> u16 {
    // SAFETY: the same contract. A registered device's `init` has succeeded.
    let (chosen, dev) = unsafe {
        let chosen = bindings::netdev_pick_tx(dev, skb, sb_dev);
        (chosen, Device::<T>::from_raw(dev))
    };
    match dev.private_ref().steered.load(Relaxed) {
        0 => chosen,
        // Fits: there are no more queues than bits in a `u64`.
        count => (u32::from(chosen) % count) as u16,
    }
}
