// SPDX-License-Identifier: GPL-2.0

//! The arrival of an skb that was sent: from the sender's skb to a received frame.
//!
//! C header: [`include/linux/skbuff.h`](srctree/include/linux/skbuff.h)

use super::{
    bindings,
    SkBuff, //
};
use kernel::{
    error::to_result,
    prelude::*, //
};

impl SkBuff {
    /// Makes the skb a frame of our own, with its checksum and its padding in place; or a GSO skb,
    /// to be cut into such frames. The Ethernet header is linear then. Allocates in atomic context.
    ///
    /// # Errors
    ///
    /// `ENOMEM`; `EINVAL` if it has no Ethernet header, or if its checksum is to be put in behind
    /// its end.
    ///
    /// # Safety
    ///
    /// The skb is not shared.
    #[inline]
    pub(super) unsafe fn make_own(&self) -> Result {
        let skb = self.as_ptr();
        // In this order: user memory is copied, the sender is told that its skb is gone, the head
        // is copied if a clone shares it. `skb_header_unclone()` would leave TCP's clones as they
        // are, but GRO writes to the list of pages as well, which TCP's own skb shares.
        // SAFETY: valid by the type invariant and not shared, as the caller promises, as each of
        // these functions requires. Behind `skb_unclone()` the head is not shared either, and
        // behind `skb_orphan()` the skb belongs to no socket, as `net_rs_skb_scrub()` wants it.
        let was_cloned = unsafe {
            let was_cloned = bindings::net_rs_skb_cloned(skb);
            if bindings::net_rs_skb_zcopy(skb) {
                to_result(bindings::net_rs_skb_orphan_frags_rx(skb))?;
            }
            bindings::net_rs_skb_orphan(skb);
            if was_cloned {
                to_result(bindings::net_rs_skb_unclone(skb))?;
            }
            if !bindings::net_rs_pskb_may_pull(skb, bindings::ETH_HLEN) {
                return Err(EINVAL);
            }
            bindings::net_rs_skb_scrub(skb);
            was_cloned
        };
        // SAFETY: neither the skb nor its head is shared, see above.
        unsafe {
            self.put_checksum()?;
            // The pages are the clone's, too: the stack copies them before it writes there.
            if was_cloned && bindings::net_rs_skb_nr_frags(skb) != 0 {
                bindings::net_rs_skb_share_frags(skb);
            }
            self.pad()
        }
    }

    /// Pads a frame to the shortest on a wire, its VLAN tag included. Without memory for
    /// that the skb stays.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    ///
    /// # Safety
    ///
    /// Neither the skb nor its head is shared.
    #[inline]
    unsafe fn pad(&self) -> Result {
        let tag = if self.vlan_tag().is_some() { 4 } else { 0 };
        if self.gso().is_some() || self.len() >= bindings::ETH_ZLEN - tag {
            return Ok(());
        }
        // SAFETY: valid by the type invariant, and not shared, as the caller promises.
        to_result(unsafe {
            bindings::net_rs_skb_put_padto(self.as_ptr(), bindings::ETH_ZLEN - tag)
        })
    }
}
