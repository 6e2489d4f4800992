// SPDX-License-Identifier: GPL-2.0

//! The packet: `struct sk_buff` as an owned value.
//!
//! C header: [`include/linux/skbuff.h`](srctree/include/linux/skbuff.h)
//!
//! A [`SkBuff`] in our hands is one reference to an skb. It ends in one of the
//! named ways below, or goes back to the stack in a [`TxBusy`](super::TxBusy);
//! to let one fall is a mistake that a debug kernel reports.
//!
//! On the transmit side the skb may be *shared* (pktgen sends one skb many
//! times), so nothing here writes to a [`SkBuff`]. What may be written is an
//! [`RxBuff`], which is made here and nobody else has seen.

use super::{
    bindings,
    Device,
    Driver,
    PollContext, //
};
use core::{
    mem::ManuallyDrop,
    ptr::NonNull,
    slice, //
};
use kernel::prelude::*;

/// Why a packet was dropped, as `perf trace -e skb:kfree_skb` and the drop
/// monitor show it.
///
/// C: `enum skb_drop_reason`.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum DropReason {
    /// The device is not ready to transmit (it is down).
    DevReady = bindings::skb_drop_reason_SKB_DROP_REASON_DEV_READY,
    /// The queue it waited in was emptied (the device went down, or was reset).
    QueuePurge = bindings::skb_drop_reason_SKB_DROP_REASON_QUEUE_PURGE,
    /// The frame is longer than the hardware can send.
    PktTooBig = bindings::skb_drop_reason_SKB_DROP_REASON_PKT_TOO_BIG,
    /// The frame is shorter than an Ethernet header.
    PktTooSmall = bindings::skb_drop_reason_SKB_DROP_REASON_PKT_TOO_SMALL,
    /// There was no descriptor for it.
    FullRing = bindings::skb_drop_reason_SKB_DROP_REASON_FULL_RING,
    /// Nobody said why: a mistake in the driver.
    NotSpecified = bindings::skb_drop_reason_SKB_DROP_REASON_NOT_SPECIFIED,
}

/// One reference to an skb, read-only.
///
/// # Invariants
///
/// The pointer is a valid `struct sk_buff`, and one of its references is ours.
pub(crate) struct SkBuff(NonNull<bindings::sk_buff>);

// SAFETY: an skb has no thread affinity, and all functions used here take
// references to it in any context.
unsafe impl Send for SkBuff {}

impl SkBuff {
    /// Takes over one reference.
    ///
    /// # Safety
    ///
    /// `skb` is a valid `struct sk_buff`, and the caller gives up one reference.
    #[inline]
    pub(super) unsafe fn from_raw(skb: NonNull<bindings::sk_buff>) -> Self {
        // INVARIANT: what the caller promises.
        Self(skb)
    }

    /// Gives the reference away; who gets the pointer has to put it.
    #[inline]
    pub(super) fn into_raw(self) -> NonNull<bindings::sk_buff> {
        ManuallyDrop::new(self).0
    }

    #[inline]
    fn as_ptr(&self) -> *mut bindings::sk_buff {
        self.0.as_ptr()
    }

    /// Whether this is `skb`.
    #[inline]
    pub(super) fn is(&self, skb: *mut bindings::sk_buff) -> bool {
        self.as_ptr() == skb
    }

    /// The queue that the stack has chosen.
    ///
    /// C: `skb_get_queue_mapping()`.
    #[inline]
    pub(super) fn queue_mapping(&self) -> u16 {
        // SAFETY: valid by the type invariant; the stack is done choosing.
        unsafe { (*self.as_ptr()).queue_mapping }
    }

    /// The frame's length in bytes, without what the wire adds.
    #[inline]
    pub(crate) fn len(&self) -> u32 {
        // SAFETY: valid by the type invariant. Nobody changes the length of an
        // skb that has been handed to a driver.
        unsafe { (*self.as_ptr()).len }
    }

    /// The software transmit time stamp, for who asked for it. To be taken
    /// before the hardware can see the frame.
    ///
    /// C: `skb_tx_timestamp()`.
    #[inline]
    pub(crate) fn tx_timestamp(&self) {
        // SAFETY: valid by the type invariant; the stamp goes to a clone in the
        // sender's error queue, the skb itself stays as it is.
        unsafe { bindings::net_rs_skb_tx_timestamp(self.as_ptr()) };
    }

    /// Copies the first bytes of the frame into `to`, also out of fragments.
    ///
    /// # Errors
    ///
    /// `EFAULT` if the frame is shorter than `to`.
    ///
    /// C: `skb_copy_bits()`.
    pub(crate) fn copy_to(&self, to: &mut [u8]) -> Result {
        let len = c_int::try_from(to.len())?;
        // SAFETY: the skb is valid by the type invariant, `to` has `len` bytes.
        // The function checks `len` against the length of the skb.
        kernel::error::to_result(unsafe {
            bindings::skb_copy_bits(self.as_ptr(), 0, to.as_mut_ptr().cast(), len)
        })
    }

    /// The packet has been sent: frees it in bulk with others of this poll.
    ///
    /// C: `napi_consume_skb()`.
    #[inline]
    pub(crate) fn consume_napi<T: Driver>(self, poll: &PollContext<'_, T>) {
        let budget = poll.raw_budget();
        // SAFETY: our reference goes to the function. The budget is that of the
        // poll we are in, as `poll` proves, so the function knows its context.
        unsafe { bindings::napi_consume_skb(self.into_raw().as_ptr(), budget) };
    }

    /// The packet has been sent, or has served its purpose. Any context.
    ///
    /// C: `dev_consume_skb_any()`.
    pub(crate) fn consume(self) {
        // SAFETY: our reference goes to the function, which may be called in any
        // context.
        unsafe {
            bindings::dev_kfree_skb_any_reason(
                self.into_raw().as_ptr(),
                bindings::skb_drop_reason_SKB_CONSUMED,
            )
        };
    }

    /// The packet is lost, and this is why. Any context.
    ///
    /// C: `dev_kfree_skb_any_reason()`.
    pub(crate) fn discard(self, reason: DropReason) {
        // SAFETY: our reference goes to the function, which may be called in any
        // context.
        unsafe { bindings::dev_kfree_skb_any_reason(self.into_raw().as_ptr(), reason as u32) };
    }
}

impl Drop for SkBuff {
    fn drop(&mut self) {
        // A packet that nobody decided about. Freeing it is safe, but the
        // statistics will not know of it.
        kernel::warn_on!(cfg!(CONFIG_DEBUG_NET));
        // SAFETY: our reference goes to the function, and the type is gone after
        // this, so it is not used again.
        unsafe {
            bindings::dev_kfree_skb_any_reason(self.as_ptr(), DropReason::NotSpecified as u32)
        };
    }
}

/// A frame on its way to the stack: linear, initialised, and ours alone.
///
/// # Invariants
///
/// Nobody else refers to the skb. All its bytes are in the linear part, which is
/// initialised from `data` for `len` bytes.
pub(crate) struct RxBuff(SkBuff);

impl RxBuff {
    /// A copy of `frame` with `room` zero bytes after it. [`None`] if there is
    /// no memory, or if that would be more than 64 KiB. Any context.
    ///
    /// C: `netdev_alloc_skb_ip_align()`.
    pub(crate) fn copy_of<T: Driver>(dev: &Device<T>, frame: &SkBuff, room: u32) -> Option<Self> {
        let len = frame.len();
        // The kernel adds to the size in 32 bits.
        let size = len.checked_add(room).filter(|&size| size <= 1 << 16)?;
        // SAFETY: the device is valid; the function allocates in atomic context.
        let skb = NonNull::new(unsafe { bindings::net_rs_alloc_skb(dev.as_ptr(), size) })?;
        // SAFETY: the skb is new, with one reference, which becomes ours.
        let skb = unsafe { SkBuff::from_raw(skb) };
        // SAFETY: it was allocated with room for `size` bytes, all of it linear,
        // and is empty.
        let data = unsafe { bindings::net_rs_skb_put(skb.as_ptr(), size) }.cast::<u8>();
        // SAFETY: `skb_put()` returned the start of `size` bytes that are ours;
        // zeroes initialise them.
        unsafe { data.write_bytes(0, size as usize) };
        // INVARIANT: new, linear, and all `size` bytes are initialised.
        let mut copy = Self(skb);
        match frame.copy_to(copy.data_mut().get_mut(..len as usize)?) {
            Ok(()) => Some(copy),
            Err(_) => {
                copy.discard(DropReason::NotSpecified);
                None
            }
        }
    }

    /// The frame, from its Ethernet header on.
    pub(crate) fn data_mut(&mut self) -> &mut [u8] {
        let skb = self.0.as_ptr();
        // SAFETY: by the type invariant the skb is valid and all of its `len`
        // bytes from `data` on are initialised, linear and seen by nobody else.
        unsafe { slice::from_raw_parts_mut((*skb).data, (*skb).len as usize) }
    }

    /// The frame's length in bytes.
    pub(crate) fn len(&self) -> u32 {
        self.0.len()
    }

    /// Cuts the frame to `len` bytes, if it is longer.
    pub(crate) fn trim(&mut self, len: u32) {
        // SAFETY: valid, linear and not shared (type invariant). The function
        // leaves a shorter skb alone.
        unsafe { bindings::skb_trim(self.0.as_ptr(), len) };
    }

    /// The frame has served its purpose.
    pub(crate) fn consume(self) {
        self.0.consume();
    }

    /// The frame is lost, and this is why.
    pub(crate) fn discard(self, reason: DropReason) {
        self.0.discard(reason);
    }

    /// Gives the skb away.
    pub(super) fn into_raw(self) -> NonNull<bindings::sk_buff> {
        self.0.into_raw()
    }
}
