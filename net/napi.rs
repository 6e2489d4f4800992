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
    tx_queue,
    Device,
    Driver,
    RxBuff, //
};
use core::marker::PhantomData;
use kernel::{
    prelude::*,
    sync::atomic::ordering::{
        Full,
        Relaxed, //
    }, //
};

/// One poll.
///
/// # Invariants
///
/// `napi` is the instance of `dev`, and this CPU owns it: nobody else polls it.
/// Bottom halves are off.
pub(crate) struct PollContext<'a, T: Driver> {
    napi: *mut bindings::napi_struct,
    dev: &'a Device<T>,
    budget: c_int,
    received: c_int,
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

    /// Hands a frame to the stack, through GRO. A frame that is too short to be
    /// one is dropped.
    ///
    /// C: `eth_type_trans()`, `napi_gro_receive()`.
    pub(crate) fn receive(&mut self, frame: RxBuff) {
        self.received += 1;
        if frame.len() < bindings::ETH_HLEN {
            return frame.discard(super::DropReason::PktTooSmall);
        }
        // SAFETY: we own the instance and bottom halves are off (type invariant).
        // The skb is ours, linear, not shared, and has an Ethernet header; it goes
        // to the function.
        unsafe {
            bindings::net_rs_napi_receive(self.napi, frame.into_raw().as_ptr(), self.dev.as_ptr())
        };
    }

    /// Ends a round of reaping: reports it to BQL and wakes the queue if at
    /// least `start` descriptors are free. Says whether it woke the queue.
    ///
    /// `bytes` were reported by [`TxContext::sent`](super::TxContext::sent) and
    /// must not be completed twice: BQL stops the kernel over it.
    #[inline]
    pub(crate) fn completed<F: Fn(&T::Poll) -> u32>(
        &self,
        packets: u32,
        bytes: u32,
        free: F,
        start: u32,
    ) -> bool {
        // SAFETY: the device has a queue 0. Only the owner of NAPI completes, and
        // that is us, so no other completion runs.
        unsafe {
            let txq = bindings::net_rs_get_tx_queue(self.dev.as_ptr(), 0);
            tx_queue::completed_wake(txq, packets, bytes, || free(self.poll), start)
        }
    }

    /// Ends the poll: with `more`, or with the budget used up, it will be called
    /// again; else the interrupt is unmasked, and raised again at once if there
    /// has been reason to since the poll began.
    ///
    /// The core may want the interrupt to stay masked (`napi_defer_hard_irqs`,
    /// busy polling); then it polls again by itself, later.
    ///
    /// C: `napi_complete_done()`.
    pub(crate) fn done(self, more: bool) -> PollDone<'a> {
        // Without the driver's half: it is the next poll's once this one completes.
        let Self {
            napi,
            dev,
            budget,
            received,
            brand,
            ..
        } = self;
        // With budget 0 (netpoll, which the layer disables) nothing is completed.
        if budget == 0 || more || received >= budget {
            return PollDone(budget, brand);
        }
        // SAFETY: we own the instance (type invariant) and give it up here.
        if unsafe { bindings::napi_complete_done(napi, received) } {
            dev.private_ref().masked.store(false, Relaxed);
            // The mask must be seen off before we look: either we see it asserted,
            // or who asserts it sees the mask off. Pairs with the barrier in
            // `Device::interrupt`.
            smp_mb();
            if dev.private_ref().asserted.load(Relaxed) {
                dev.interrupt();
            }
        }
        PollDone(received, brand)
    }
}

/// `napi_struct.poll`.
///
/// # Safety
///
/// Called by the core, for an instance that `Device::<T>::init` added.
#[inline]
pub(crate) unsafe extern "C" fn poll_callback<T: Driver>(
    napi: *mut bindings::napi_struct,
    budget: c_int,
) -> c_int {
    // SAFETY: the instance is valid and knows its device, which lives as long.
    let dev = unsafe { (*napi).dev };
    // SAFETY: NAPI is only enabled while the device is up, so it is ready.
    let device = unsafe { Device::<T>::from_raw(dev) };
    // SAFETY: `poll` belongs to the owner of the instance, which the caller of
    // this callback is, until it completes; it is initialised while ready.
    let poll = unsafe { (*(*Device::<T>::private(dev)).poll.get()).assume_init_mut() };
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
    device.private_ref().asserted.xchg(false, Full);
    // INVARIANT: the core calls us as the owner, with bottom halves off.
    let context = PollContext {
        napi,
        dev: device,
        budget,
        received: 0,
        poll,
        brand: PhantomData,
    };
    T::poll(context).0
}
