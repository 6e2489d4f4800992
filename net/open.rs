// SPDX-License-Identifier: GPL-2.0

//! Going up, going down, and being changed while up.
//!
//! What a driver has only while its device is up is a value, [`Open`]. Going up
//! hands its pieces to those who use them; going down takes them back, and gets
//! each only when nobody can be using it. So a driver cannot take down its device
//! in the wrong order: it does not have the pieces.

use super::{
    bindings,
    private::Queue,
    Device,
    Driver,
    Rtnl, //
};
use core::cell::Cell;
use kernel::{
    prelude::*,
    sync::atomic::ordering::Relaxed, //
};

/// What a driver has only while its device is up.
pub(crate) struct Open<T: Driver> {
    /// The queue pairs that are in use, from queue 0 on.
    pub(crate) pairs: KVec<Pair<T>>,
    /// For the control path.
    pub(crate) up: T::Up,
}

/// What one queue pair has.
pub(crate) struct Pair<T: Driver> {
    /// For `start_xmit`.
    pub(crate) tx: T::Tx,
    /// For `poll`.
    pub(crate) poll: T::Poll,
}

/// Proof that the device stands still: neither xmit nor poll runs.
///
/// # Invariants
///
/// RTNL is held, and the driver's halves of all queues have been taken from xmit and poll. All
/// NAPI instances are disabled.
pub(crate) struct Quiet<'a, T: Driver> {
    dev: &'a Device<T>,
    rtnl: &'a Rtnl,
    /// How many queue pairs the stack has room for when the device runs again.
    room: Cell<u32>,
}

impl<'a, T: Driver> Quiet<'a, T> {
    /// Only when [`Device::quiesce`] has stopped everything, or nothing was started.
    fn new(dev: &'a Device<T>, rtnl: &'a Rtnl, room: usize) -> Self {
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

    /// Reports to BQL what was sent, as a poll would: see [`PollContext::completed`].
    ///
    /// C: `netdev_tx_completed_queue()`.
    ///
    /// [`PollContext::completed`]: super::PollContext::completed
    pub(crate) fn completed(&self, queue: u32, packets: u32, bytes: u32) {
        if (queue as usize) < self.dev.queues().len() {
            // SAFETY: the device is valid and has this queue; nobody else completes,
            // as NAPI is disabled (type invariant).
            unsafe {
                let txq = bindings::net_rs_get_tx_queue(self.dev.as_ptr(), queue);
                bindings::net_rs_tx_completed_queue(txq, packets, bytes);
            }
        }
    }

    /// Forgets what BQL counts as in flight in a queue whose ring is empty. What is in the ring
    /// all the same is not counted when it completes.
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
    /// that many. It lets go of what is not used in the end. May sleep.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the device has not that many, `ENOMEM`; then there is room for as many as before.
    pub(crate) fn reserve_queues(&self, count: u32) -> Result {
        if count > self.room.get() {
            self.dev.set_real_queues(count, self.rtnl)?;
            self.room.set(count);
        }
        Ok(())
    }
}

impl<T: Driver> Device<T> {
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

    /// Says how many queue pairs the device will have, while it is down: what [`Driver::open`]
    /// gives counts. May sleep.
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
    fn set_real_queues(&self, count: u32, _rtnl: &Rtnl) -> Result {
        if count == 0 || count > self.max_queues() {
            return Err(EINVAL);
        }
        // Before, `register_netdevice()` may still fail, and after, the queues' kset is gone
        // (`remove_queue_kobjects()`).
        if !self.is_registered() {
            return Err(ENODEV);
        }
        // SAFETY: the device is valid (type invariant) and registered, and RTNL, which the token
        // stands for, is what the function wants of a device that is not ops-locked.
        kernel::error::to_result(unsafe {
            bindings::net_rs_set_real_num_queues(self.as_ptr(), count)
        })
    }

    /// Whether the CPUs are spread over the transmit queues as [`Device::spread_cpus`] has done
    /// it for so many, 0 if it has not been called: the user has said nothing else since.
    ///
    /// C: `net_device.xps_maps`.
    pub(crate) fn are_cpus_spread(&self, count: u32, _rtnl: &Rtnl) -> bool {
        // SAFETY: the device is valid (type invariant). RTNL is held, under which user space
        // changes the maps (`xps_cpus_store()`).
        unsafe { bindings::net_rs_cpus_are_spread(self.as_ptr(), count) }
    }

    /// Spreads the CPUs over so many transmit queues, whatever the user has said. Nothing
    /// happens unless the device is registered. May sleep.
    ///
    /// C: `netif_set_xps_queue()`.
    pub(crate) fn spread_cpus(&self, count: u32, _rtnl: &Rtnl) {
        // Or nobody would free the maps: `netif_reset_xps_queues_gt()` is called while
        // `unregister_netdevice_many_notify()` makes it unregistered.
        if !self.is_registered() {
            return;
        }
        let count = count.min(self.max_queues());
        // SAFETY: the device is valid (type invariant), and has as many queues. Without the
        // memory for it the CPUs stay as they are, which is slower and not wrong.
        unsafe { bindings::net_rs_spread_cpus(self.as_ptr(), count) };
    }

    /// Starts a device that goes up, with as many queue pairs as it was given.
    ///
    /// # Errors
    ///
    /// `EINVAL` if there is no pair, or if there are more than [`Device::max_queues`]; `ENOMEM`. Then
    /// [`Driver::close`] gets all back, as if the device had been up.
    pub(super) fn open(&self, open: Open<T>, rtnl: &Rtnl) -> Result {
        let count = u32::try_from(open.pairs.len()).unwrap_or(u32::MAX);
        let result = self.set_real_queues(count, rtnl);
        match result {
            Ok(()) => self.start(open, rtnl),
            // INVARIANT: nothing was started.
            Err(_) => T::close(self, &Quiet::new(self, rtnl, 0), open),
        }
        result
    }

    /// Gives the pieces of an open device to those who use them, and starts
    /// those: NAPI first, then the queues. There are no more than [`Device::max_queues`].
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
            if !T::has_room(&pair.tx) {
                room &= !(1 << index);
            }
            self.swap_tx(index as u32, queue, Some(pair.tx));
            // SAFETY: initialised (type invariant). NAPI is off, so nobody but us
            // owns it and reaches `poll`.
            unsafe { *(*queue.poll.get()).assume_init_mut() = Some(pair.poll) };
        }
        for (index, queue) in self.queues().iter().enumerate().take(count) {
            // SAFETY: NAPI is off, and the instance lives as long as the device. In
            // ascending order, as the core wants to see its list. We may sleep.
            unsafe {
                let napi = queue.napi.get();
                bindings::net_rs_napi_add(self.as_ptr(), napi, Some(T::POLL), index as c_int);
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
        // A full one stays stopped, as it was: it is the poll that wakes it. Waking also
        // starts the qdisc on what waited while the queue stood.
        // There may be more than the driver has, which `quiesce` has stopped as well.
        // SAFETY: reads a number that never changes.
        let all = unsafe { (*self.as_ptr()).num_tx_queues };
        let has_room = |index: &u32| *index >= self.max_queues() || room & 1 << index != 0;
        for index in (0..all).filter(has_room) {
            // SAFETY: the device is valid and has this queue.
            unsafe { bindings::net_rs_tx_wake_queue(self.as_ptr(), index) };
        }
        // SAFETY: pairs with the call below.
        unsafe { bindings::net_rs_bh_disable() };
        self.queues().iter().take(count).for_each(Queue::unmask);
        // SAFETY: disabled above.
        unsafe { bindings::net_rs_bh_enable() };
    }

    /// Takes the pieces back: disables NAPI, so that no poll is inside any more,
    /// then stops the queues under their locks, so that no xmit is. In this order,
    /// because a poll wakes a queue. [`None`] if the device is not open.
    pub(super) fn quiesce(&self, _rtnl: &Rtnl) -> Option<Open<T>> {
        // SAFETY: `up` is initialised (type invariant) and ours under RTNL.
        let mut open = unsafe { (*self.private_ref().up.get()).assume_init_mut() }.take()?;
        // Not what the core counts: it is how many `start` has started.
        // SAFETY: RTNL, which it belongs to, is held.
        let count = unsafe { *self.private_ref().live.get() };
        let in_use = || (0..).zip(self.queues().iter().take(count));
        for (index, queue) in in_use() {
            // SAFETY: the device is valid. Not called twice in a row, since `up` is
            // only there between `start` and here: so these are added and enabled. Each
            // is taken off the core's list, because what it does to threaded
            // instances on that list waits for disabled ones. We may sleep.
            unsafe {
                bindings::napi_disable(queue.napi.get());
                self.name_napi(index, core::ptr::null_mut());
                // Or what GRO holds back would be dropped with it.
                bindings::net_rs_napi_flush(queue.napi.get());
                bindings::net_rs_napi_del(queue.napi.get());
            }
            queue.masked.store(true, Relaxed);
        }
        // SAFETY: we may sleep. Before anybody adds one of them again, as `__netif_napi_del()`
        // wants it.
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
        // The core may have ended a poll that had more to do, and what has arrived may
        // stand in other rings now. So each queue gets a poll to begin with.
        for queue in self.queues() {
            queue.asserted.store(true, Relaxed);
        }
        self.start(open, rtnl);
        Some(result)
    }

    /// The same for a device that is going down, which stays apart.
    pub(super) fn close(&self, rtnl: &Rtnl) {
        let Some(open) = self.quiesce(rtnl) else {
            return;
        };
        // INVARIANT: `quiesce` has stopped everything.
        T::close(self, &Quiet::new(self, rtnl, 0), open);
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
            // SAFETY: the device is valid; the rest is what the caller promises.
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

    /// Whether the link works, as users see it. Nothing is sent to one that does
    /// not. Nothing happens unless the device is registered.
    ///
    /// C: `netif_carrier_on()`, `netif_carrier_off()`.
    pub(crate) fn set_carrier(&self, on: bool, _rtnl: &Rtnl) {
        // `linkwatch_fire_event()` puts the device on a list. One that could not be registered
        // is freed without a look at that.
        if !self.is_registered() {
            return;
        }
        // SAFETY: the device is valid by the type invariant, and registered, so
        // `linkwatch_sync_dev()` takes it off that list before it is freed.
        unsafe {
            if on {
                bindings::netif_carrier_on(self.as_ptr());
            } else {
                bindings::netif_carrier_off(self.as_ptr());
            }
        }
    }

    /// Whether the link works, as users see it.
    ///
    /// C: `netif_carrier_ok()`.
    pub(crate) fn has_carrier(&self) -> bool {
        // SAFETY: the device is valid by the type invariant.
        unsafe { bindings::net_rs_carrier_ok(self.as_ptr()) }
    }
}
