// SPDX-License-Identifier: GPL-2.0

//! The frames that an skb is on the wire.

use super::wire_frames::WireFrames;
use crate::net::SkBuff;

/// Computes the frames that `skb` is on the wire, with the tag that the card puts in.
#[inline]
pub(crate) fn wire_frames(skb: &SkBuff) -> WireFrames {
    let tag = if skb.vlan_tag().is_some() { 4 } else { 0 };
    let len = skb.len().saturating_add(tag);
    match skb.gso() {
        Some(gso) => WireFrames::segmented(len, gso.header.saturating_add(tag), gso.segment),
        None => WireFrames::single(len),
    }
}
