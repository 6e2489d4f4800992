// SPDX-License-Identifier: GPL-2.0

//! The work that an skb leaves to the hardware: a tag to put in, frames to cut.
//!
//! C headers: [`include/net/gso.h`](srctree/include/net/gso.h),
//! [`include/linux/if_vlan.h`](srctree/include/linux/if_vlan.h)

use super::{
    bindings,
    SkBuff, //
};
use core::ptr::NonNull;

/// How an skb is to be cut into frames.
#[derive(Clone, Copy)]
pub(crate) struct Gso {
    /// The bytes of headers that each frame repeats.
    pub(crate) header: u32,
    /// The bytes of payload of each frame but the last, which may have fewer.
    pub(crate) segment: u32,
}

impl SkBuff {
    /// How it is to be cut into frames; [`None`] if it is one frame.
    ///
    /// C: `skb_is_gso()`.
    #[inline]
    pub(crate) fn gso(&self) -> Option<Gso> {
        // SAFETY: valid by the type invariant.
        let segment = unsafe { bindings::net_rs_skb_gso_size(self.as_ptr()) };
        if segment == 0 {
            return None;
        }
        Some(Gso {
            // SAFETY: as above, and it is a GSO skb.
            header: unsafe { bindings::net_rs_skb_gso_header(self.as_ptr()) },
            segment,
        })
    }

    /// The VLAN tag that the hardware has to put in behind the addresses.
    ///
    /// C: `skb_vlan_tag_present()`.
    #[inline]
    pub(crate) fn vlan_tag(&self) -> Option<[u8; 4]> {
        // SAFETY: valid by the type invariant.
        let tag = unsafe { bindings::net_rs_skb_vlan_tag(self.as_ptr()) };
        (tag != 0).then_some(tag.to_be_bytes())
    }

    /// Cuts it into frames, with checksums. The skb itself stays as it is. Any
    /// context. [`None`] if there is no memory, or if it cannot be cut.
    ///
    /// C: `skb_gso_segment()`.
    pub(crate) fn segments(&self) -> Option<Segments> {
        // SAFETY: valid by the type invariant; the function works on a clone.
        let first = unsafe { bindings::net_rs_skb_segment(self.as_ptr()) };
        // INVARIANT: the list is the caller's.
        Some(Segments(NonNull::new(first)?.as_ptr()))
    }
}

/// The frames of an skb.
///
/// # Invariants
///
/// A list of skbs that are ours, linked by `next`, or null.
pub(crate) struct Segments(*mut bindings::sk_buff);

// SAFETY: the skbs are ours alone, and may be sent as an `SkBuff` may.
unsafe impl Send for Segments {}

impl Iterator for Segments {
    type Item = SkBuff;

    fn next(&mut self) -> Option<SkBuff> {
        let first = NonNull::new(self.0)?;
        // SAFETY: valid and ours (type invariant); it leaves the list here.
        unsafe {
            self.0 = bindings::net_rs_skb_unlink(first.as_ptr());
            Some(SkBuff::from_raw(first))
        }
    }
}

impl Drop for Segments {
    fn drop(&mut self) {
        self.for_each(SkBuff::consume);
    }
}
