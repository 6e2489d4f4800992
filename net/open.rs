// SPDX-License-Identifier: GPL-2.0

//! Going up, going down, and starting anew.
//!
//! What a driver has only while its device is up is a value, [`Open`]. Going up
//! hands its pieces to those who use them; going down takes them back, and gets
//! each only when nobody can be using it. So a driver cannot take down its device
//! in the wrong order: it does not have the pieces.

use super::{
    bindings,
    Device,
    Driver,
    Rtnl, //
};
use kernel::sync::atomic::ordering::Relaxed;

/// What a driver has only while its device is up.
pub(crate) struct Open<T: Driver> {
    /// For `start_xmit`.
    pub(crate) tx: T::Tx,
    /// For `poll`.
    pub(crate) poll: T::Poll,
    /// For the control path.
    pub(crate) up: T::Up,
}

impl<T: Driver> Device<T> {
    /// Gives the pieces of an open device to those who use them, and starts
    /// those: NAPI first, then the queue.
    pub(super) fn start(&self, open: Open<T>, _rtnl: &Rtnl) {
        let private = self.private_ref();
        self.swap_tx(Some(open.tx));
        // SAFETY: both are initialised (type invariant). NAPI is disabled, so
        // nobody but us owns it and reaches `poll`; and RTNL, which `up` belongs
        // to, is held.
        unsafe {
            *(*private.poll.get()).assume_init_mut() = Some(open.poll);
            *(*private.up.get()).assume_init_mut() = Some(open.up);
        }
        private.masked.store(false, Relaxed);
        // SAFETY: NAPI was added by `init` and is disabled: it is new, or
        // `quiesce` has disabled it. We may sleep. Waking also starts the qdisc on
        // what waited while the queue stood.
        unsafe {
            bindings::napi_enable(private.napi.get());
            self.name_napi(private.napi.get());
            bindings::net_rs_tx_wake_all_queues(self.as_ptr());
        }
    }

    /// Takes the pieces back: disables NAPI, so that no poll is inside any more,
    /// then stops the queue under its lock, so that no xmit is. In this order,
    /// because a poll wakes a queue. [`None`] if the device is not open.
    pub(super) fn quiesce(&self, _rtnl: &Rtnl) -> Option<Open<T>> {
        let private = self.private_ref();
        // SAFETY: `up` is initialised (type invariant) and ours under RTNL.
        let up = unsafe { (*private.up.get()).assume_init_mut() }.take()?;
        // SAFETY: the device is valid. Not called twice in a row, since `up` is
        // only there between `start` and here: so NAPI is enabled. We may sleep.
        unsafe {
            bindings::napi_disable(private.napi.get());
            self.name_napi(core::ptr::null_mut());
            bindings::net_rs_tx_disable(self.as_ptr());
        }
        // A sender that comes later finds it gone.
        let tx = self.swap_tx(None);
        // SAFETY: initialised (type invariant). NAPI is disabled, so it has no
        // owner but us.
        let poll = unsafe { (*private.poll.get()).assume_init_mut() }.take();
        match (tx, poll) {
            (Some(tx), Some(poll)) => Some(Open { tx, poll, up }),
            // `start` sets all three.
            _ => {
                kernel::warn_on!(true);
                None
            }
        }
    }

    /// Tells user space which NAPI instance serves the queues; null: none.
    ///
    /// # Safety
    ///
    /// RTNL is held. `napi` is the device's, or null.
    unsafe fn name_napi(&self, napi: *mut bindings::napi_struct) {
        for queue in [
            bindings::netdev_queue_type_NETDEV_QUEUE_TYPE_RX,
            bindings::netdev_queue_type_NETDEV_QUEUE_TYPE_TX,
        ] {
            // SAFETY: the device is valid and has a queue 0 of each type; the rest
            // is what the caller promises.
            unsafe { bindings::netif_queue_set_napi(self.as_ptr(), 0, queue, napi) };
        }
    }

    /// Exchanges the driver's half of the queue, under the lock it belongs to.
    /// Process context.
    fn swap_tx(&self, tx: Option<T::Tx>) -> Option<T::Tx> {
        // SAFETY: the device is valid and has a queue 0. `tx` is initialised (type
        // invariant), and its lock is held around the access.
        unsafe {
            let txq = bindings::net_rs_get_tx_queue(self.as_ptr(), 0);
            bindings::net_rs_tx_lock(txq);
            let tx = core::mem::replace((*self.private_ref().tx.get()).assume_init_mut(), tx);
            bindings::net_rs_tx_unlock(txq);
            tx
        }
    }

    /// Sets the link as users see it.
    ///
    /// C: `netif_carrier_on()`, `netif_carrier_off()`.
    pub(super) fn set_carrier(&self, on: bool, _rtnl: &Rtnl) {
        // SAFETY: the device is valid by the type invariant.
        unsafe {
            if on {
                bindings::netif_carrier_on(self.as_ptr());
            } else {
                bindings::netif_carrier_off(self.as_ptr());
            }
        }
    }

    /// Takes the device apart and starts it anew without taking it down, as
    /// after a hang: [`Driver::reset`] gets all the pieces in between. Nothing
    /// happens if the device is not open. May sleep.
    pub(crate) fn restart(&self, rtnl: &mut Rtnl) {
        if let Some(open) = self.quiesce(rtnl) {
            let open = T::reset(self, open, rtnl);
            self.reset_byte_limit(rtnl);
            self.start(open, rtnl);
            // What raised an interrupt before is still there, perhaps.
            // SAFETY: the instance is valid and enabled.
            unsafe { bindings::net_rs_napi_schedule(self.private_ref().napi.get()) };
        }
    }

    /// Forgets what BQL counts as in flight. Only while the ring is empty.
    ///
    /// C: `netdev_tx_reset_queue()`.
    pub(super) fn reset_byte_limit(&self, _rtnl: &Rtnl) {
        // SAFETY: the device is valid and has a queue 0, which is quiet.
        unsafe {
            bindings::net_rs_tx_reset_queue(bindings::net_rs_get_tx_queue(self.as_ptr(), 0));
        }
    }
}
