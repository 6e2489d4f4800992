// SPDX-License-Identifier: GPL-2.0

//! NAPI: the driver's turn after an interrupt.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)
//!
//! The core calls `poll` with a budget of received frames, and its answer is a
//! protocol of its own: who says less than the budget must have completed, who
//! completed must say less. [`PollDone`] cannot be made in any other way than by
//! [`PollContext::done`], which keeps to it.

use super::{
    barrier::smp_mb,
    bindings,
    private::Queue,
    tx_queue,
    Device,
    Driver, //
};
use core::marker::PhantomData;
use kernel::{
    prelude::*,
    sync::atomic::ordering::{
        Full,
        Relaxed, //
    }, //
};

impl<T: Driver> Queue<T> {
    /// See [`Device::interrupt`].
    #[inline]
    pub(super) fn interrupt(&self) -> bool {
        if self.raise() {
            return true;
        }
        // An exchange and no store: the poll that takes it back sees why each asserted it, and
        // of two stores perhaps only why one did. It must be asserted before the mask is read
        // again; pairs with the barrier in `unmask`.
        self.asserted.xchg(true, Full);
        self.raise()
    }

    /// Has the poll come, which sees what was done before. Says whether that led to it.
    #[inline]
    fn raise(&self) -> bool {
        if self.masked.load(Relaxed) {
            return false;
        }
        let napi = self.napi.get();
        // SAFETY: the instance lives as long as the device. It has been added, or it
        // would be masked; and one that has been taken off the list since we looked
        // keeps the state that it was disabled in, in which it cannot be scheduled.
        unsafe {
            if !bindings::napi_schedule_prep(napi) {
                return false;
            }
            self.masked.store(true, Relaxed);
            self.raised.store(true, Relaxed);
            bindings::__napi_schedule(napi);
        }
        true
    }

    /// Takes the mask off the interrupt, which comes at once if there has been reason
    /// to meanwhile. Bottom halves must be off.
    pub(super) fn unmask(&self) {
        self.masked.store(false, Relaxed);
        // The mask must be seen off before we look: either we see it asserted, or who
        // asserts it sees the mask off. Pairs with the barrier in `interrupt`.
        smp_mb();
        if self.asserted.load(Relaxed) {
            self.interrupt();
        }
    }
}

/// One poll.
///
/// # Invariants
///
/// `queue` is one of `dev`, and this CPU owns its NAPI instance: nobody else polls
/// it. Bottom halves are off.
pub(crate) struct PollContext<'a, T: Driver> {
    dev: &'a Device<T>,
    queue: &'a Queue<T>,
    index: u16,
    budget: c_int,
    received: c_int,
    reaped: u32,
    raised: bool,
    poll: &'a mut T::Poll,
    brand: Brand<'a>,
}

/// What a poll says to the core.
///
/// It belongs to the poll that made it: the lifetime is that of its context, neither
/// longer nor shorter.
#[must_use]
pub(crate) struct PollDone<'a>(c_int, Brand<'a>);

/// Ties a value to exactly one lifetime.
type Brand<'a> = PhantomData<fn(&'a ()) -> &'a ()>;

impl<'a, T: Driver> PollContext<'a, T> {
    /// The device.
    #[inline]
    pub(crate) fn device(&self) -> &'a Device<T> {
        self.dev
    }

    /// Which queue pair it is for.
    #[inline]
    pub(crate) fn queue(&self) -> u32 {
        u32::from(self.index)
    }

    /// Whether it is the first one after an interrupt. It is not if the poll before had
    /// more to do than its budget allowed, or if the core polls by itself.
    #[inline]
    pub(crate) fn by_interrupt(&self) -> bool {
        self.raised
    }

    /// The driver's half of the poll.
    #[inline]
    pub(crate) fn poll(&self) -> &T::Poll {
        self.poll
    }

    /// The same, to change it.
    #[inline]
    pub(crate) fn poll_mut(&mut self) -> &mut T::Poll {
        self.poll
    }

    /// The budget that C functions want to see.
    #[inline]
    pub(super) fn raw_budget(&self) -> c_int {
        self.budget
    }

    /// Whether another frame may be received in this poll. Never if the budget
    /// is 0, when the core asks for nothing but the reaping of sent frames.
    #[inline]
    pub(crate) fn may_receive(&self) -> bool {
        self.received < self.budget
    }

    /// The instance, for the functions that want it.
    #[inline]
    pub(super) fn napi(&self) -> *mut bindings::napi_struct {
        self.queue.napi.get()
    }

    /// One more of the budget is used up.
    #[inline]
    pub(super) fn count_received(&mut self) {
        self.received += 1;
    }

    /// Ends a round of reaping: reports it to BQL and wakes the queue if at
    /// least `start` descriptors are free. Says whether it woke the queue.
    ///
    /// `bytes` were reported by [`TxContext::sent`](super::TxContext::sent); of more than are
    /// in flight only those count that are.
    #[inline]
    pub(crate) fn completed<F: Fn(&T::Poll) -> u32>(
        &mut self,
        packets: u32,
        bytes: u32,
        free: F,
        start: u32,
    ) -> bool {
        self.reaped = self.reaped.saturating_add(packets);
        // SAFETY: the device has this queue. Only the owner of its NAPI instance
        // completes, and that is us (type invariant), so no other completion runs.
        unsafe {
            let txq = bindings::net_rs_get_tx_queue(self.dev.as_ptr(), self.queue());
            tx_queue::completed_wake(txq, packets, bytes, || free(self.poll), start)
        }
    }

    /// Ends the poll: with the budget used up, it will be called again; else the
    /// interrupt is unmasked, and raised again at once if there has been reason to
    /// since the poll began.
    ///
    /// The core may want the interrupt to stay masked (`napi_defer_hard_irqs`,
    /// busy polling); then it polls again by itself, later.
    ///
    /// C: `napi_complete_done()`.
    pub(crate) fn done(self) -> PollDone<'a> {
        // Without the driver's half: it is the next poll's once this one completes.
        let Self {
            queue,
            budget,
            received,
            reaped,
            brand,
            ..
        } = self;
        // With budget 0 (netpoll, which the layer disables) nothing is completed.
        if budget == 0 || received >= budget {
            return PollDone(budget, brand);
        }
        // To reap is work as well, or the core would not defer the interrupt of a
        // queue that only sends; but it never uses up the budget.
        let reaped = c_int::try_from(reaped).unwrap_or(c_int::MAX);
        let work = received.max(reaped.min(budget - 1));
        // SAFETY: we own the instance (type invariant) and give it up here.
        if unsafe { bindings::napi_complete_done(queue.napi.get(), work) } {
            queue.unmask();
        }
        PollDone(work, brand)
    }
}

/// `napi_struct.poll`.
///
/// # Safety
///
/// Called by the core (`__napi_poll()`), as the owner of an instance that `Device::<T>::start`
/// has added and enabled, with bottom halves off.
#[inline]
pub(crate) unsafe extern "C" fn poll_callback<T: Driver>(
    napi: *mut bindings::napi_struct,
    budget: c_int,
) -> c_int {
    // SAFETY: the instance is valid and knows its device, which lives as long, and
    // which of the device's it is.
    let (dev, index) = unsafe { ((*napi).dev, (*napi).index as u16) };
    // SAFETY: NAPI is only enabled while the device is up, so it is ready. And the
    // instance is the first field of its queue.
    let (device, queue) = unsafe { (Device::<T>::from_raw(dev), &*napi.cast::<Queue<T>>()) };
    // SAFETY: `poll` belongs to the owner of the instance, until it completes: that is the caller,
    // `__napi_poll()` or busy polling, which has it by `NAPI_STATE_SCHED`. Netpoll, which goes
    // by `poll_owner`, is off (`Device::check_premises`). It is initialised while ready.
    let poll = unsafe { (*queue.poll.get()).assume_init_mut() };
    let Some(poll) = poll else {
        kernel::warn_on!(true);
        // Cannot be: NAPI is enabled after `poll` is set and disabled before it
        // is taken. To complete would be right all the same.
        // SAFETY: we own the instance.
        unsafe { bindings::napi_complete_done(napi, 0) };
        return 0;
    };
    // From here on, what happens asserts the interrupt anew. With a full barrier:
    // whose assertion this takes back, its reason is seen by the look at the rings
    // that follows.
    queue.asserted.xchg(false, Full);
    // Set before the poll was scheduled, and only we are polling.
    let raised = queue.raised.load(Relaxed);
    if raised {
        queue.raised.store(false, Relaxed);
    }
    // INVARIANT: the caller is the owner, and has bottom halves off.
    let context = PollContext {
        dev: device,
        queue,
        index,
        budget,
        received: 0,
        reaped: 0,
        raised,
        poll,
        brand: PhantomData,
    };
    T::poll(context).0
}
