// SPDX-License-Identifier: GPL-2.0

//! NAPI: the driver's turn after an interrupt.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)
//!
//! The core calls `poll` with a budget of received frames. A poll that returns less than the budget
//! must have completed, and one that has completed must return less. [`PollContext::done`], the
//! only way to make a [`PollDone`], keeps to that.

use super::{
    bindings,
    queue::Queue,
    tx_queue,
    Device,
    Parts,
    SkBuff, //
};
use core::marker::PhantomData;
use kernel::{
    prelude::*,
    sync::atomic::ordering::{
        Full,
        Relaxed, //
    }, //
};

/// A poll of a NAPI instance.
///
/// # Invariants
///
/// `queue` is one of `dev`, and this CPU owns its NAPI instance (`NAPI_STATE_SCHED`), so no other
/// one polls it. Bottom halves are off.
pub(crate) struct PollContext<'a, T: Parts> {
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

/// The answer of a poll to the core.
///
/// The answer belongs to the poll that made it: its lifetime is exactly that of the context.
#[must_use]
pub(crate) struct PollDone<'a>(pub(super) c_int, Brand<'a>);

/// Ties a value to exactly one lifetime.
type Brand<'a> = PhantomData<fn(&'a ()) -> &'a ()>;

impl<'a, T: Parts> PollContext<'a, T> {
    /// A poll that begins, with the driver's half of it.
    ///
    /// # Safety
    ///
    /// `queue` is the one of `dev` with this `index`, and the caller owns its NAPI instance for
    /// `'a`. Bottom halves are off. `poll` belongs to that queue.
    #[inline]
    pub(super) unsafe fn new(
        dev: &'a Device<T>,
        queue: &'a Queue<T>,
        index: u16,
        budget: c_int,
        poll: &'a mut T::Poll,
    ) -> Self {
        // An event asserts the interrupt anew from here on. With a full barrier, so that the look
        // at the rings that follows sees the reason of an assertion that is taken back here.
        queue.asserted.xchg(false, Full);
        // Set before the poll was scheduled, and only we are polling.
        let raised = queue.raised.load(Relaxed);
        if raised {
            queue.raised.store(false, Relaxed);
        }
        // INVARIANT: as the caller promises.
        Self {
            dev,
            queue,
            index,
            budget,
            received: 0,
            reaped: 0,
            raised,
            poll,
            brand: PhantomData,
        }
    }

    /// The device.
    #[inline]
    pub(crate) fn device(&self) -> &'a Device<T> {
        self.dev
    }

    /// The queue pair that it is for.
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

    /// The driver's half, to change it.
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

    /// Uses up one more of the budget.
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

impl SkBuff {
    /// The packet has been sent: frees it in bulk with others of this poll.
    ///
    /// C: `napi_consume_skb()`.
    #[inline]
    pub(crate) fn consume_napi<T: Parts>(self, poll: &PollContext<'_, T>) {
        let budget = poll.raw_budget();
        // SAFETY: our reference goes to the function. The budget is that of the
        // poll we are in, as `poll` proves, so the function knows its context.
        unsafe { bindings::napi_consume_skb(self.into_raw().as_ptr(), budget) };
    }
}
