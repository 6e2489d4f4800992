// SPDX-License-Identifier: GPL-2.0

//! A queue pair of a device, and its interrupt.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{
    barrier::smp_mb,
    bindings,
    Parts, //
};
use core::{
    cell::UnsafeCell,
    mem::MaybeUninit, //
};
use kernel::{
    sync::atomic::{
        ordering::{
            Full,
            Relaxed, //
        },
        AtomicFlag, //
    },
    types::Opaque, //
};

/// A queue pair: transmit, receive, and the NAPI instance that serves both.
///
/// # Invariants
///
/// - `tx` is only reached under the xmit lock of this queue.
/// - `poll` is only reached by the owner of `napi`.
#[repr(C, align(64))]
pub(super) struct Queue<T: Parts> {
    // First, so that a poll finds the queue that it is for.
    pub(super) napi: Opaque<bindings::napi_struct>,
    pub(super) tx: UnsafeCell<MaybeUninit<Option<T::Tx>>>,
    pub(super) poll: UnsafeCell<MaybeUninit<Option<T::Poll>>>,
    /// The hardware has reason to interrupt, since the last poll began.
    pub(super) asserted: AtomicFlag,
    /// The interrupt is masked: a poll is due or running, or there is no NAPI.
    pub(super) masked: AtomicFlag,
    /// The interrupt has been raised, and the poll that it led to has not begun.
    pub(super) raised: AtomicFlag,
}

impl<T: Parts> Queue<T> {
    /// See [`Device::interrupt`](super::Device::interrupt).
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

    /// Raises the interrupt, unless it is masked. The poll sees all stores before this call.
    /// Returns whether it was raised now.
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
        // The mask must be visibly off before this load: either we see the interrupt asserted, or
        // the CPU that asserts it sees the mask off. Pairs with the barrier in `interrupt`.
        smp_mb();
        if self.asserted.load(Relaxed) {
            self.interrupt();
        }
    }
}

/// Makes queues, which are not in use yet.
///
/// # Safety
///
/// `first` is the place of `count` queues, all zeroes, to which there is no other reference.
pub(super) unsafe fn init_queues<T: Parts>(first: *mut Queue<T>, count: u32) {
    for index in 0..count {
        // SAFETY: as the caller promises.
        unsafe {
            let queue = first.add(index as usize);
            (*queue).tx.get_mut().write(None);
            (*queue).poll.get_mut().write(None);
            (*queue).asserted = AtomicFlag::new(false);
            (*queue).masked = AtomicFlag::new(true);
            (*queue).raised = AtomicFlag::new(false);
        }
    }
}
