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
            header: self.gso_header(),
            segment,
        })
    }

    /// The bytes of headers of a GSO skb.
    fn gso_header(&self) -> u32 {
        const UDP_HEADER: u32 = 8;

        let skb = self.as_ptr();
        // SAFETY: valid by the type invariant. The stack has set the offset of the transport
        // header of a GSO skb.
        unsafe {
            match bindings::net_rs_skb_gso_type(skb) {
                kind if kind & bindings::SKB_GSO_UDP_L4 != 0 => {
                    bindings::net_rs_skb_transport_offset(skb) + UDP_HEADER
                }
                kind if kind & (bindings::SKB_GSO_TCPV4 | bindings::SKB_GSO_TCPV6) != 0 => {
                    bindings::net_rs_skb_tcp_all_headers(skb)
                }
                _ => bindings::net_rs_skb_transport_offset(skb),
            }
        }
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
        // The kernel looks up offloads of `skb->dev` for a tunnel's skb, and that may be gone.
        // SAFETY: valid by the type invariant.
        if self.gso().is_none() || unsafe { bindings::net_rs_skb_encapsulation(self.as_ptr()) } {
            return None;
        }
        // SAFETY: valid by the type invariant; allocates in atomic context. The clone is new, with
        // one reference, which becomes ours.
        let clone = unsafe {
            let clone = bindings::skb_clone(self.as_ptr(), bindings::NET_RS_GFP_ATOMIC);
            SkBuff::from_raw(NonNull::new(clone)?)
        };
        // SAFETY: a GSO skb that is not shared. The function leaves it with us.
        let first =
            unsafe { bindings::__skb_gso_segment(clone.as_ptr(), bindings::NET_RS_SG, true) };
        clone.consume();
        let first = kernel::error::from_err_ptr(first).ok()?;
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
