// SPDX-License-Identifier: GPL-2.0

//! A device that stands still, and how many queue pairs it has.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{
    bindings,
    Device,
    Parts,
    Rtnl, //
};
use core::cell::Cell;
use kernel::{
    error::to_result,
    prelude::*, //
};

/// Proof that the device stands still: neither xmit nor poll runs.
///
/// # Invariants
///
/// RTNL is held, and the driver's halves of all queues have been taken from xmit and poll. All
/// NAPI instances are disabled.
pub(crate) struct Quiet<'a, T: Parts> {
    dev: &'a Device<T>,
    rtnl: &'a Rtnl,
    /// How many queue pairs the stack has room for when the device runs again.
    pub(super) room: Cell<u32>,
}

impl<'a, T: Parts> Quiet<'a, T> {
    /// Only when [`Device::quiesce`] has stopped everything, or nothing was started.
    pub(super) fn new(dev: &'a Device<T>, rtnl: &'a Rtnl, room: usize) -> Self {
        let room = Cell::new(u32::try_from(room).unwrap_or(u32::MAX));
        Self { dev, rtnl, room }
    }

    /// The device that stands still.
    pub(crate) fn device(&self) -> &Device<T> {
        self.dev
    }

    /// RTNL is held, too.
    pub(crate) fn rtnl(&self) -> &Rtnl {
        self.rtnl
    }

    /// Reports frames that were sent to BQL, as a poll would: see [`PollContext::completed`].
    ///
    /// C: `netdev_tx_completed_queue()`.
    ///
    /// [`PollContext::completed`]: super::PollContext::completed
    pub(crate) fn completed(&self, queue: u32, packets: u32, bytes: u32) {
        if (queue as usize) < self.dev.queues().len() {
            // SAFETY: the device is valid and has this queue; NAPI is disabled (type invariant), so
            // no poll completes.
            unsafe {
                let txq = bindings::net_rs_get_tx_queue(self.dev.as_ptr(), queue);
                bindings::net_rs_tx_completed_queue(txq, packets, bytes);
            }
        }
    }

    /// Resets BQL's count of bytes in flight, for a queue whose ring is empty. Frames that are in
    /// the ring all the same are not counted when they complete.
    ///
    /// C: `netdev_tx_reset_queue()`.
    pub(crate) fn reset_byte_limit(&self, queue: u32) {
        if (queue as usize) < self.dev.queues().len() {
            // SAFETY: the device is valid and has this queue, which is quiet.
            unsafe {
                let txq = bindings::net_rs_get_tx_queue(self.dev.as_ptr(), queue);
                bindings::net_rs_tx_reset_queue(txq);
            }
        }
    }

    /// Has the stack make room for `count` queue pairs, so that [`Device::change`] can end with
    /// that many. Room that is not used in the end is given back. May sleep.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the device has not that many, `ENOMEM`; then there is room for as many as
    /// before.
    pub(crate) fn reserve_queues(&self, count: u32) -> Result {
        if count > self.room.get() {
            self.dev.set_real_queues(count, self.rtnl)?;
            self.room.set(count);
        }
        Ok(())
    }
}

impl<T: Parts> Device<T> {
    /// How many queue pairs the device can have.
    pub(crate) fn max_queues(&self) -> u32 {
        self.queues().len() as u32
    }

    /// How many queue pairs the stack counts.
    pub(crate) fn queue_count(&self, _rtnl: &Rtnl) -> u32 {
        // SAFETY: the device is valid (type invariant). The number is written by
        // `netif_set_real_num_tx_queues()`, under RTNL.
        unsafe { (*self.as_ptr()).real_num_tx_queues }
    }

    /// Sets the number of queue pairs that the stack sees while the device is down;
    /// [`Rings::open`](super::Rings::open) decides when it goes up. May sleep.
    ///
    /// # Errors
    ///
    /// `EBUSY` if the device is up, `ENODEV` if it is not registered (any more), `EINVAL` if it
    /// has not that many, `ENOMEM`.
    ///
    /// C: `netif_set_real_num_queues()`.
    pub(crate) fn set_queue_count(&self, count: u32, rtnl: &Rtnl) -> Result {
        if self.running() {
            return Err(EBUSY);
        }
        self.set_real_queues(count, rtnl)
    }

    /// Tells the stack how many queue pairs are in use. To tell of fewer never fails.
    pub(super) fn set_real_queues(&self, count: u32, _rtnl: &Rtnl) -> Result {
        if count == 0 || count > self.max_queues() {
            return Err(EINVAL);
        }
        // Before, `register_netdevice()` may still fail, and after, the queues' kset is gone
        // (`remove_queue_kobjects()`).
        if !self.is_registered() {
            return Err(ENODEV);
        }
        let queue = |index| {
            // SAFETY: the device is valid (type invariant), and has this queue.
            unsafe { bindings::net_rs_get_tx_queue(self.as_ptr(), index) }
        };
        // SAFETY: a number that never changes, of a valid device.
        let others = count..unsafe { (*self.as_ptr()).num_tx_queues };
        // The core resets the qdisc of each queue that goes, but a qdisc that queue 0 has as well
        // must stay: the packets in there are not for those that go.
        // SAFETY: the device is registered, and RTNL, which the token stands for, is held, as
        // `netif_set_real_num_queues()` requires for a device that is not ops-locked; RTNL also
        // keeps the qdiscs where they are. `noop_qdisc` is static.
        unsafe {
            let shared = bindings::net_rs_get_qdisc(queue(0));
            for txq in others.clone().map(queue) {
                if bindings::net_rs_get_qdisc(txq) == shared {
                    bindings::net_rs_set_qdisc(txq, &raw mut bindings::noop_qdisc);
                }
            }
            let result = bindings::netif_set_real_num_queues(self.as_ptr(), count, count);
            for txq in others.map(queue) {
                if bindings::net_rs_get_qdisc_sleeping(txq) == shared {
                    bindings::net_rs_set_qdisc(txq, shared);
                }
            }
            to_result(result)
        }
    }
}
