// SPDX-License-Identifier: GPL-2.0

//! Going up, going down, and being changed while up.
//!
//! [`Open`] is all data that a driver has only while its device is up. Going up hands its pieces to
//! xmit, poll and the control path; going down takes each back when it is no longer in use. So a
//! driver cannot take down its device in the wrong order: it does not have the pieces.

use super::{
    bindings,
    poll,
    queue::Queue,
    Device,
    Driver,
    Open,
    Pair,
    Quiet,
    Rings,
    Rtnl, //
};
use kernel::{
    error::from_result,
    prelude::*,
    sync::atomic::ordering::Relaxed, //
};

impl<T: Driver> Device<T> {
    /// Starts a device that goes up, with as many queue pairs as it was given.
    ///
    /// # Errors
    ///
    /// `EINVAL` if there is no pair, or if there are more than [`Device::max_queues`]; `ENOMEM`.
    /// Then [`Rings::close`] gets all back, as if the device had been up.
    pub(super) fn open(&self, open: Open<T>, rtnl: &Rtnl) -> Result {
        let count = u32::try_from(open.pairs.len()).unwrap_or(u32::MAX);
        let result = self.set_real_queues(count, rtnl);
        match result {
            Ok(()) => self.start(open, rtnl),
            // INVARIANT: nothing was started.
            Err(_) => T::Rings::close(self, &Quiet::new(self, rtnl, 0), open),
        }
        result
    }

    /// Gives the pieces of an open device to poll and xmit, and starts these: NAPI first, then the
    /// queues. There are no more than [`Device::max_queues`].
    fn start(&self, mut open: Open<T>, _rtnl: &Rtnl) {
        let count = open.pairs.len().min(self.queues().len());
        // Room for a frame, a bit for each queue: there are no more than that.
        let mut room = u64::MAX;
        // From the last to the first, so that the emptied vector stays for
        // `quiesce`, which then cannot lack the memory for it.
        while let Some(pair) = open.pairs.pop() {
            let index = open.pairs.len();
            let Some(queue) = self.queues().get(index) else {
                continue;
            };
            if !T::Rings::has_room(&pair.tx) {
                room &= !(1 << index);
            }
            self.swap_tx(index as u32, queue, Some(pair.tx));
            // SAFETY: initialised (type invariant). NAPI is off, so no poll reaches `poll`.
            unsafe { *(*queue.poll.get()).assume_init_mut() = Some(pair.poll) };
        }
        let poll = match T::NAMED {
            Some(named) => named.poll,
            None => poll::poll::<T>,
        };
        for (index, queue) in self.polled().enumerate().take(count) {
            // SAFETY: NAPI is off, and the instance lives as long as the device. In
            // ascending order, as the core wants to see its list. We may sleep.
            unsafe {
                let napi = queue.napi.get();
                bindings::net_rs_napi_add(self.as_ptr(), napi, Some(poll), index as c_int);
                bindings::napi_enable(napi);
                self.name_napi(index as u32, napi);
            }
        }
        // SAFETY: initialised (type invariant), and RTNL, which both belong to, is
        // held.
        unsafe {
            *(*self.private_ref().up.get()).assume_init_mut() = Some(open);
            *self.private_ref().live.get() = count;
        }
        // A queue whose ring is full stays stopped: the poll wakes it. Waking also starts the qdisc
        // on the packets that waited. There may be more queues than the driver has, which `quiesce`
        // has stopped as well.
        // SAFETY: reads a number that never changes.
        let all = unsafe { (*self.as_ptr()).num_tx_queues };
        let has_room = |index: &u32| *index >= self.max_queues() || room & 1 << index != 0;
        for index in (0..all).filter(has_room) {
            // SAFETY: the device is valid and has this queue.
            unsafe { bindings::net_rs_tx_wake_queue(self.as_ptr(), index) };
        }
        // SAFETY: pairs with the call below.
        unsafe { bindings::net_rs_bh_disable() };
        self.polled().take(count).for_each(Queue::unmask);
        // SAFETY: disabled above.
        unsafe { bindings::net_rs_bh_enable() };
    }

    /// The queues that have a NAPI instance while they are in use: all, or none.
    fn polled(&self) -> impl Iterator<Item = &Queue<T>> {
        self.queues().iter().filter(|_| T::Rings::EXIST)
    }

    /// Takes the pieces back: disables NAPI, so that no poll is inside any more,
    /// then stops the queues under their locks, so that no xmit is. In this order,
    /// because a poll wakes a queue. [`None`] if the device is not open.
    pub(super) fn quiesce(&self, _rtnl: &Rtnl) -> Option<Open<T>> {
        // SAFETY: `up` is initialised (type invariant) and ours under RTNL.
        let mut open = unsafe { (*self.private_ref().up.get()).assume_init_mut() }.take()?;
        // The number that `start` has started, and not the core's `real_num_tx_queues`.
        // SAFETY: RTNL, which it belongs to, is held.
        let count = unsafe { *self.private_ref().live.get() };
        let in_use = || (0..).zip(self.queues().iter().take(count));
        for (index, queue) in (0..).zip(self.polled().take(count)) {
            // SAFETY: the device is valid. `up` is there only between `start` and here, so these
            // instances are added and enabled. Each is taken off the core's list, because
            // `netif_set_threaded()` waits for disabled instances on that list. We may sleep.
            unsafe {
                bindings::napi_disable(queue.napi.get());
                self.name_napi(index, core::ptr::null_mut());
                // Otherwise the skbs that GRO holds back would be dropped with the instance.
                bindings::net_rs_napi_flush(queue.napi.get());
                bindings::net_rs_napi_del(queue.napi.get());
            }
            queue.masked.store(true, Relaxed);
        }
        // Waits one grace period for all instances: `napi_disable()` waits for the poll alone.
        // SAFETY: we may sleep. `__netif_napi_del()` requires the grace period before an instance
        // is added again.
        unsafe { bindings::synchronize_net() };
        // SAFETY: the device is valid.
        unsafe { bindings::net_rs_tx_disable(self.as_ptr()) };
        for (index, queue) in in_use() {
            // A sender that comes later finds it gone.
            let tx = self.swap_tx(index, queue, None);
            // SAFETY: initialised (type invariant). NAPI is disabled, so it has no
            // owner but us.
            let poll = unsafe { (*queue.poll.get()).assume_init_mut() }.take();
            if let (Some(tx), Some(poll)) = (tx, poll) {
                // The vector had them all before `start` emptied it.
                let _ = open.pairs.push_within_capacity(Pair { tx, poll });
            }
        }
        Some(open)
    }

    /// Takes an open device apart and puts it together anew without taking it
    /// down: `change` gets all the pieces in between, and may give back another number of pairs,
    /// of as many as [`Quiet::reserve_queues`] has made room for. [`None`] if the device is not
    /// open. May sleep.
    pub(crate) fn change<R>(
        &self,
        rtnl: &mut Rtnl,
        change: impl FnOnce(&Quiet<'_, T>, Open<T>) -> (Open<T>, R),
    ) -> Option<R> {
        let open = self.quiesce(rtnl)?;
        // INVARIANT: `quiesce` has stopped everything, until `start`.
        let quiet = Quiet::new(self, rtnl, open.pairs.len());
        let (mut open, result) = change(&quiet, open);
        let (given, room) = (open.pairs.len(), quiet.room.get());
        open.pairs.truncate(room as usize);
        // A driver that gives back none, or more than it has asked for, is found out: its device
        // has none, or the first ones.
        let known = self.set_real_queues(open.pairs.len() as u32, rtnl);
        kernel::warn_on!(given > open.pairs.len() || known.is_err());
        // The core may have ended a poll that had more to do, and frames that have arrived may be
        // in other rings now. So each queue gets a poll to begin with.
        for queue in self.queues() {
            queue.asserted.store(true, Relaxed);
        }
        self.start(open, rtnl);
        Some(result)
    }

    /// Takes a device that is going down apart, and leaves it so.
    pub(super) fn close(&self, rtnl: &Rtnl) {
        let Some(open) = self.quiesce(rtnl) else {
            return;
        };
        // INVARIANT: `quiesce` has stopped everything.
        T::Rings::close(self, &Quiet::new(self, rtnl, 0), open);
    }

    /// Tells user space which NAPI instance serves a queue pair; null: none.
    ///
    /// # Safety
    ///
    /// RTNL is held. `napi` is the device's, or null. There is such a queue pair.
    unsafe fn name_napi(&self, queue: u32, napi: *mut bindings::napi_struct) {
        for kind in [
            bindings::netdev_queue_type_NETDEV_QUEUE_TYPE_RX,
            bindings::netdev_queue_type_NETDEV_QUEUE_TYPE_TX,
        ] {
            // SAFETY: the device is valid; the caller promises the rest.
            unsafe { bindings::netif_queue_set_napi(self.as_ptr(), queue, kind, napi) };
        }
    }

    /// Exchanges the driver's half of a transmit queue, under the lock it belongs
    /// to. Process context.
    fn swap_tx(&self, index: u32, queue: &Queue<T>, tx: Option<T::Tx>) -> Option<T::Tx> {
        // SAFETY: the device is valid and has this queue. `tx` is initialised (type
        // invariant), and its lock is held around the access.
        unsafe {
            let txq = bindings::net_rs_get_tx_queue(self.as_ptr(), index);
            bindings::net_rs_tx_lock(txq);
            let tx = core::mem::replace((*queue.tx.get()).assume_init_mut(), tx);
            bindings::net_rs_tx_unlock(txq);
            tx
        }
    }
}

/// `ndo_open()`.
///
/// # Safety
///
/// Called by `__dev_open()`, under RTNL, for a registered device that is down.
pub(super) unsafe extern "C" fn open<T: Driver>(dev: *mut bindings::net_device) -> c_int {
    // SAFETY: registered, so `init` has succeeded. `__dev_open()` is called under RTNL for a device
    // without the instance lock (`Device::check_premises`).
    let (dev, rtnl) = unsafe { (Device::<T>::from_raw(dev), Rtnl::assume_held()) };
    from_result(|| {
        dev.open(T::Rings::open(dev, &rtnl)?, &rtnl)?;
        T::Rings::opened(dev, &rtnl);
        Ok(0)
    })
}

/// `ndo_stop()`.
///
/// # Safety
///
/// Called by `__dev_close_many()`, under RTNL, for a device that is up.
pub(super) unsafe extern "C" fn stop<T: Driver>(dev: *mut bindings::net_device) -> c_int {
    // SAFETY: registered, so `init` has succeeded. `__dev_close_many()` is called under RTNL.
    let (dev, rtnl) = unsafe { (Device::<T>::from_raw(dev), Rtnl::assume_held()) };
    dev.set_carrier(false, &rtnl);
    dev.close(&rtnl);
    0
}
