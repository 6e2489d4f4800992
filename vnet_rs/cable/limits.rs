// SPDX-License-Identifier: GPL-2.0

//! How much a delay line holds: what was written, or what rate and delay ask for.
//!
//! A wire that sends for as long as a frame takes to arrive has so much on its way. A line that
//! holds less loses the rest, and the sender cannot see it. So where nobody has written a limit the
//! line is as large as it must be: for full frames in any case, for the shortest ones as far as
//! those are no more than [`SHORT_FRAMES`].
//!
//! This file is pure; times are nanoseconds. Read next: path.rs.

use super::{
    delay_line::HOLD_NS,
    link::{
        JitterModel,
        Link,
        MAX_DELAY_NS, //
    }, //
};
use core::fmt;

/// The most frames that a line can be made for.
pub(crate) const MAX_LINE_FRAMES: u32 = 1 << 20;
/// The fewest bytes: a line that cannot hold a GSO skb would lose each of them.
pub(crate) const MIN_LINE_BYTES: u64 = 1 << 17;
/// The most bytes.
pub(crate) const MAX_LINE_BYTES: u64 = 1 << 32;

/// A full frame on the wire, with Ethernet's overhead, and the shortest one without.
const FULL_FRAME: u64 = 1538;
const SHORT_FRAME: u64 = 60;
/// So many short frames have room wherever they can be on their way.
const SHORT_FRAMES: u64 = 1 << 17;
/// What can be there besides: all segments of a GSO skb enter at once.
const SPARE_FRAMES: u64 = 128;
const SPARE_BYTES: u64 = MIN_LINE_BYTES;
/// What a wire without a rate is taken for, in kbit/s.
const WITHOUT_RATE: u32 = 10_000_000;

/// What a delay line can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Frames.
    pub(crate) frames: u32,
    /// Bytes, of all frames together.
    pub(crate) bytes: u64,
}

impl Limits {
    /// The least that is taken where nothing was written.
    pub(crate) const LEAST: Self = Self {
        frames: 1024,
        bytes: 16 << 20,
    };
}

/// Too little room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lack {
    rate_kbps: u32,
    has: Limits,
    /// What would do.
    pub(crate) needs: Limits,
}

impl fmt::Display for Lack {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rate_kbps,
            has,
            needs,
        } = self;
        write!(
            to,
            "at {rate_kbps} kbit/s {} frames or {} bytes can be on their way, and there is room for \
             {} frames and {} bytes: more is lost (line_full, line_no_memory)",
            needs.frames, needs.bytes, has.frames, has.bytes
        )
    }
}

/// What was written about it. 0 is nothing: then the limit follows rate and delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// Frames.
    pub(crate) frames: u32,
    /// Bytes, of all frames together.
    pub(crate) bytes: u64,
}

impl Written {
    /// Nothing was.
    pub(crate) const NOTHING: Self = Self {
        frames: 0,
        bytes: 0,
    };

    /// What a line holds over such a link.
    pub(crate) fn limits(self, link: &Link, rate_kbps: u32) -> Limits {
        let rate = match rate_kbps {
            0 => WITHOUT_RATE,
            rate => rate,
        };
        let bytes = bytes_under_way(link, rate);
        let short = (bytes / SHORT_FRAME).min(SHORT_FRAMES);
        let frames = (bytes / FULL_FRAME).max(short).saturating_add(SPARE_FRAMES);
        let frames = u32::try_from(frames).unwrap_or(MAX_LINE_FRAMES);
        let bytes = bytes.saturating_add(SPARE_BYTES);
        Limits {
            frames: match self.frames {
                0 => frames.clamp(Limits::LEAST.frames, MAX_LINE_FRAMES),
                written => written,
            },
            bytes: match self.bytes {
                0 => bytes.clamp(Limits::LEAST.bytes, MAX_LINE_BYTES),
                written => written,
            },
        }
    }

    /// Whether full frames at full rate find too little room, where there is so much `memory`.
    pub(crate) fn lack(self, link: &Link, rate_kbps: u32, memory: u64) -> Option<Lack> {
        let Limits { frames, bytes } = self.limits(link, rate_kbps);
        let bytes = bytes.min(memory);
        let most = bytes_under_way(link, rate_kbps);
        if rate_kbps == 0 || u64::from(frames) >= most / FULL_FRAME && bytes >= most {
            return None;
        }
        let needed = (most / FULL_FRAME).saturating_add(SPARE_FRAMES);
        Some(Lack {
            rate_kbps,
            has: Limits { frames, bytes },
            needs: Limits {
                frames: u32::try_from(needed).unwrap_or(u32::MAX),
                bytes: most.saturating_add(SPARE_BYTES),
            },
        })
    }

    /// The limits that were written; where none was there is none.
    pub(crate) fn as_limits(self) -> Limits {
        Limits {
            frames: match self.frames {
                0 => u32::MAX,
                written => written,
            },
            bytes: match self.bytes {
                0 => u64::MAX,
                written => written,
            },
        }
    }
}

/// How many bytes a wire sends until the first of them arrive, at the latest.
fn bytes_under_way(link: &Link, rate_kbps: u32) -> u64 {
    let jitter = link.jitter_ns.min(MAX_DELAY_NS);
    let deviations = match link.jitter_model {
        JitterModel::Uniform => 1,
        JitterModel::Normal => 4,
    };
    let held = match link.reorder_ppm {
        0 => 0,
        _ => HOLD_NS,
    };
    let longest = link
        .latency_ns
        .min(MAX_DELAY_NS)
        .saturating_add(jitter.saturating_mul(deviations))
        .saturating_add(held);
    // A kbit/s is a bit in a million nanoseconds.
    (longest / 1000).saturating_mul(u64::from(rate_kbps)) / 8000
}
