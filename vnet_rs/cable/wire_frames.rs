// SPDX-License-Identifier: GPL-2.0

//! The frames that an skb is on the wire, and the bytes of wire that they take.
//!
//! This file is pure. Read next: wire.rs.

use super::ethernet::ETH_ZLEN;

/// The usual overhead of a frame on the wire, in bytes: preamble 8, FCS 4, gap 12.
pub(crate) const OVERHEAD: u32 = 8 + 4 + 12;

/// The bytes of a frame of `len` bytes with the padding that a card gives a short one.
const fn padded(len: u32) -> u32 {
    if len < ETH_ZLEN {
        ETH_ZLEN
    } else {
        len
    }
}

/// The bytes of wire that a frame of `len` bytes takes, with the usual overhead.
const fn wire_bytes(len: u32) -> u32 {
    padded(len).saturating_add(OVERHEAD)
}

/// The frames that an skb is on the wire: one, or a burst of them that the card cuts it into.
///
/// Every number saturates, which takes 4 GB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WireFrames {
    /// The number of frames, at least one.
    pub(crate) frames: u32,
    /// The bytes of all frames, each with headers and padding of its own, as counters count them.
    pub(crate) bytes: u32,
    /// The bytes of wire that all frames take, with padding, and with [`OVERHEAD`] for each.
    pub(crate) on_wire: u32,
    /// The bytes of the longest frame, without padding.
    pub(crate) longest: u32,
}

impl WireFrames {
    /// One frame of `len` bytes.
    pub(crate) const fn single(len: u32) -> Self {
        Self::segmented(len, 0, 0)
    }

    /// The frames of an skb of `len` bytes, the first `header` of which are headers that stand in
    /// every frame. Each frame has `segment` bytes of the payload, the last one the rest.
    ///
    /// The skb is one frame if it has no payload, or if `segment` is 0.
    pub(crate) const fn segmented(len: u32, header: u32, segment: u32) -> Self {
        if segment == 0 || header >= len {
            return Self {
                frames: 1,
                bytes: padded(len),
                on_wire: wire_bytes(len),
                longest: len,
            };
        }
        // Nothing wraps here: all but the last frame take less than the whole payload.
        let payload = len - header;
        let full = (payload - 1) / segment;
        let last = payload - full * segment;

        let longest = match full {
            0 => len,
            _ => header.saturating_add(segment),
        };
        let full_on_wire = full.saturating_mul(wire_bytes(longest));
        Self {
            frames: full + 1,
            bytes: full
                .saturating_mul(padded(longest))
                .saturating_add(padded(header + last)),
            on_wire: full_on_wire.saturating_add(wire_bytes(header + last)),
            longest,
        }
    }

    /// The bytes of wire that all frames take, with an `overhead` for each.
    #[inline]
    pub(crate) const fn on_wire_with(&self, overhead: u32) -> u32 {
        if overhead == OVERHEAD {
            return self.on_wire;
        }
        let usual = self.frames.saturating_mul(OVERHEAD);
        let other = self.frames.saturating_mul(overhead);
        self.on_wire.saturating_sub(usual).saturating_add(other)
    }

    /// The bytes of wire that the first `left` frames take.
    pub(crate) const fn first_on_wire(&self, left: u32, overhead: u32) -> u32 {
        let all = self.on_wire_with(overhead);
        if left >= self.frames {
            return all;
        }
        // All but the last frame are as long as the longest.
        let padded = wire_bytes(self.longest).saturating_sub(OVERHEAD);
        let full = left.saturating_mul(padded.saturating_add(overhead));
        if full < all {
            full
        } else {
            all
        }
    }
}
