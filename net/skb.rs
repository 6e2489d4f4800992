// SPDX-License-Identifier: GPL-2.0

//! The packet: `struct sk_buff` as an owned value.
//!
//! C header: [`include/linux/skbuff.h`](srctree/include/linux/skbuff.h)
//!
//! A [`SkBuff`] is one reference to an skb. The driver ends it in one of the named ways below, or
//! gives it back to the stack in a [`TxBusy`](super::TxBusy); one that is just dropped is a mistake
//! that a debug kernel reports.
//!
//! On the transmit side the skb may be *shared* (pktgen sends one skb many times), so nothing here
//! writes to a [`SkBuff`]. An [`RxFrame`](super::RxFrame), which goes up the stack, is not shared.

use super::bindings;
use core::{
    mem::ManuallyDrop,
    ptr::NonNull, //
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
    /// There was no memory for it.
    NoMem = bindings::skb_drop_reason_SKB_DROP_REASON_NOMEM,
    /// No reason was given: a mistake in the driver.
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
        // INVARIANT: as the caller promises.
        Self(skb)
    }

    /// Gives the reference away; the caller has to put it.
    #[inline]
    pub(super) fn into_raw(self) -> NonNull<bindings::sk_buff> {
        ManuallyDrop::new(self).0
    }

    /// Passes the skb to `function`, which returns it, or frees it and returns null.
    ///
    /// # Safety
    ///
    /// `function` is a C function that does so, and may be called with this skb.
    #[inline]
    pub(super) unsafe fn passed_to(
        self,
        function: unsafe extern "C" fn(*mut bindings::sk_buff) -> *mut bindings::sk_buff,
    ) -> Option<Self> {
        // SAFETY: our reference goes to the function, as the caller promises, and comes back with
        // the pointer that it returns.
        unsafe {
            let skb = function(self.into_raw().as_ptr());
            Some(Self::from_raw(NonNull::new(skb)?))
        }
    }

    #[inline]
    pub(super) fn as_ptr(&self) -> *mut bindings::sk_buff {
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

    /// The length of the frame, or of all data of a GSO skb, in bytes, without the wire's overhead
    /// and without a VLAN tag that the hardware has to put in.
    #[inline]
    pub(crate) fn len(&self) -> u32 {
        // SAFETY: valid by the type invariant. The stack does not change the length of an skb that
        // it has handed to a driver.
        unsafe { (*self.as_ptr()).len }
    }

    /// The start of the frame, as much of it as `room` holds; copied there if it is not
    /// all in the linear part.
    ///
    /// C: `skb_header_pointer()`.
    #[inline]
    pub(crate) fn head<'a>(&'a self, room: &'a mut [u8]) -> &'a [u8] {
        let len = room.len().min(self.len() as usize);
        // SAFETY: valid by the type invariant.
        let (data, paged) = unsafe { ((*self.as_ptr()).data, (*self.as_ptr()).data_len) };
        if len <= self.len().saturating_sub(paged) as usize {
            // SAFETY: the linear part has so many bytes from `data` on, all of them initialised.
            // The head may be shared with a clone, so neither side may write there (skbuff.h).
            return unsafe { core::slice::from_raw_parts(data, len) };
        }
        self.copy_head(room, len)
    }

    /// C: `skb_copy_bits()`.
    fn copy_head<'a>(&self, room: &'a mut [u8], len: usize) -> &'a [u8] {
        let Some(head) = room.get_mut(..len) else {
            return &[];
        };
        // SAFETY: the skb is valid by the type invariant and has at least `len`
        // bytes, as has `head`. The function checks `len` again.
        let result = unsafe {
            bindings::skb_copy_bits(self.as_ptr(), 0, head.as_mut_ptr().cast(), len as c_int)
        };
        if result == 0 {
            head
        } else {
            &[]
        }
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

    /// Takes a second reference, to look at the packet; to change it takes a copy. Any context.
    ///
    /// C: `skb_get()`.
    #[inline]
    pub(crate) fn share(&self) -> Self {
        let skb = self.as_ptr();
        // SAFETY: valid by the type invariant; the function takes a reference, which is the new
        // value's.
        unsafe {
            bindings::net_rs_skb_get(skb);
            Self(NonNull::new_unchecked(skb))
        }
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
        // The driver has not decided about this packet. Freeing it is safe, but the statistics will
        // not know of it.
        kernel::warn_on!(cfg!(CONFIG_DEBUG_NET));
        // SAFETY: our reference goes to the function, and the type is gone after
        // this, so it is not used again.
        unsafe {
            bindings::dev_kfree_skb_any_reason(self.as_ptr(), DropReason::NotSpecified as u32)
        };
    }
}
