// SPDX-License-Identifier: GPL-2.0

//! The transmit queue: `struct netdev_queue`, its byte limit, stop and wake.
//!
//! C header: [`include/net/netdev_queues.h`](srctree/include/net/netdev_queues.h)
//!
//! A [`TxContext`] exists while the core calls `ndo_start_xmit()`: this queue's xmit lock is held
//! and bottom halves are off, so no other CPU posts to the same ring. The context carries the
//! driver's half of the queue, [`Parts::Tx`].

use super::{
    bindings,
    Parts,
    SkBuff, //
};
use kernel::prelude::*;

/// A frame that could not be posted because the ring is full.
///
/// Only this value, which is made out of the frame, says busy; so a driver cannot say "busy" about
/// a frame that it has kept or freed, which the stack would send again. (A driver that gives back
/// another frame is found out, and its answer is not passed on.)
#[must_use]
pub(crate) struct TxBusy(pub(super) SkBuff);

impl From<SkBuff> for TxBusy {
    fn from(skb: SkBuff) -> Self {
        Self(skb)
    }
}

impl SkBuff {
    /// The software transmit time stamp, for a socket that asked for it. To be taken
    /// before the hardware can see the frame. Not taken of an skb that is not
    /// being sent through the device of `tx`.
    ///
    /// C: `skb_tx_timestamp()`.
    #[inline]
    pub(crate) fn tx_timestamp<T: Parts>(&self, tx: &TxContext<'_, T>) {
        // SAFETY: valid by the type invariant. The function looks into `skb->dev` only
        // if it is the queue's, which is there while the core calls `ndo_start_xmit()`.
        // The stamp goes to a clone in the sender's error queue, the skb itself stays
        // as it is.
        unsafe { bindings::net_rs_skb_tx_timestamp(self.as_ptr(), tx.device()) };
    }
}

/// The answer of a queue that was asked to stop.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The queue is stopped; the poll that makes room has to wake it.
    Stopped,
    /// Room was made in the meantime, and it runs again.
    Raced,
}

/// Calls the driver's closure for C: how many descriptors are free *now*.
///
/// # Safety
///
/// `ring` is a valid `F`.
unsafe extern "C" fn avail<F: Fn() -> u32>(ring: *const c_void) -> u32 {
    // SAFETY: as the caller promises.
    unsafe { (*ring.cast::<F>())() }
}

/// A call of `ndo_start_xmit()`.
///
/// # Invariants
///
/// `txq` is valid, and its xmit lock is held, by this CPU, for `'a`.
pub(crate) struct TxContext<'a, T: Parts> {
    txq: *mut bindings::netdev_queue,
    index: u16,
    more: bool,
    tx: &'a mut T::Tx,
}

impl<'a, T: Parts> TxContext<'a, T> {
    /// # Safety
    ///
    /// `txq` is valid and its xmit lock is held by this CPU for `'a`.
    #[inline]
    pub(super) unsafe fn new(
        txq: *mut bindings::netdev_queue,
        index: u16,
        tx: &'a mut T::Tx,
    ) -> Self {
        // SAFETY: reads this CPU's flag, which `netdev_start_xmit()` has set for the holder of the
        // xmit lock.
        let more = unsafe { bindings::net_rs_xmit_more() };
        // INVARIANT: as the caller promises.
        Self {
            txq,
            index,
            more,
            tx,
        }
    }

    /// The number of the queue.
    #[inline]
    pub(crate) fn queue(&self) -> u32 {
        u32::from(self.index)
    }

    /// The device that the queue belongs to.
    #[inline]
    pub(super) fn device(&self) -> *const bindings::net_device {
        // SAFETY: the queue is valid by the type invariant; its device never changes.
        unsafe { (*self.txq).dev }
    }

    /// The driver's half of this queue.
    #[inline]
    pub(crate) fn tx(&self) -> &T::Tx {
        self.tx
    }

    /// The driver's half of this queue, to change it.
    #[inline]
    pub(crate) fn tx_mut(&mut self) -> &mut T::Tx {
        self.tx
    }

    /// Reports `bytes` to the queue's byte limit (BQL); of more than 256 MiB at once only so
    /// many count. To be called before the frame is published: completion must never overtake it.
    ///
    /// C: `__netdev_tx_sent_queue()`.
    #[inline]
    pub(crate) fn sent(&mut self, bytes: u32) {
        // SAFETY: the queue is valid and locked by the type invariant. The
        // result, whether to ring the doorbell, is worked out in
        // `needs_doorbell`, which sees the queue's state after a stop as well.
        unsafe { bindings::net_rs_tx_sent_queue(self.txq, bytes, self.more) };
    }

    /// Stops the queue unless `free` says that `start` descriptors are free
    /// again by the time the stop is visible.
    ///
    /// C: `netif_txq_try_stop()`.
    pub(crate) fn stop<F: Fn() -> u32>(&self, free: F, start: u32) -> Stop {
        // SAFETY: the queue is valid and locked by the type invariant. `avail`
        // gets the closure it was instantiated for, which outlives the call.
        let left = unsafe {
            bindings::net_rs_txq_try_stop(
                self.txq,
                Some(avail::<F>),
                core::ptr::from_ref(&free).cast(),
                start,
            )
        };
        if left == 0 {
            Stop::Stopped
        } else {
            Stop::Raced
        }
    }

    /// Whether the doorbell has to ring when this call is over: no more frames
    /// are on their way, or they will not come because the queue is stopped.
    #[inline]
    pub(super) fn needs_doorbell(&self) -> bool {
        // SAFETY: the queue is valid by the type invariant.
        !self.more || unsafe { bindings::net_rs_tx_queue_stopped(self.txq) }
    }
}

/// Reports a round of completions to BQL and wakes the queue if `free` says that
/// at least `start` descriptors are free. Says whether it woke the queue.
///
/// C: `netif_txq_completed_wake()`.
///
/// # Safety
///
/// `txq` is valid. No other completion of this queue runs.
pub(super) unsafe fn completed_wake<F: Fn() -> u32>(
    txq: *mut bindings::netdev_queue,
    packets: u32,
    bytes: u32,
    free: F,
    start: u32,
) -> bool {
    // SAFETY: the queue is valid as the caller promises; `avail` gets the
    // closure it was instantiated for, which outlives the call.
    let left = unsafe {
        bindings::net_rs_txq_completed_wake(
            txq,
            packets,
            bytes,
            Some(avail::<F>),
            core::ptr::from_ref(&free).cast(),
            start,
        )
    };
    left == 0
}
