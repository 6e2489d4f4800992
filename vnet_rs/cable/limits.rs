// SPDX-License-Identifier: GPL-2.0

//! The limits of a delay line: those that were written, or those that rate and delay need.
//!
//! A wire sends on while a frame takes its time to arrive: so many frames are on their way. A line
//! with less room loses the rest, and the sender cannot see it. So without a written limit the line
//! is as large as it must be: for full frames in any case, for the shortest ones as far as those
//! are no more than [`SHORT_FRAMES`].
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
/// The most bytes of a line.
pub(crate) const MAX_LINE_BYTES: u64 = 1 << 32;

/// The bytes of a full frame on the wire, with Ethernet's overhead, and of the shortest one
/// without.
const FULL_FRAME: u64 = 1538;
const SHORT_FRAME: u64 = 60;
/// The most short frames that a line without a written limit is made for.
const SHORT_FRAMES: u64 = 1 << 17;
/// The spare room of a line: all segments of a GSO skb enter at once.
const SPARE_FRAMES: u64 = 128;
const SPARE_BYTES: u64 = MIN_LINE_BYTES;
/// The rate that the limits assume of a wire without one, in kbit/s.
const WITHOUT_RATE: u32 = 10_000_000;

/// The most that a delay line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// The most frames.
    pub(crate) frames: u32,
    /// The most bytes of all frames together.
    pub(crate) bytes: u64,
}

impl Limits {
    /// The smallest limits that follow from rate and delay.
    pub(crate) const LEAST: Self = Self {
        frames: 1024,
        bytes: 16 << 20,
    };
}

/// A lack of room for full frames at full rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lack {
    rate_kbps: u32,
    has: Limits,
    /// The limits that would do.
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

/// The limits that the user wrote; 0: not written, so the limit follows from rate and delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// The most frames.
    pub(crate) frames: u32,
    /// The most bytes of all frames together.
    pub(crate) bytes: u64,
}

impl Written {
    /// No limit was written.
    pub(crate) const NOTHING: Self = Self {
        frames: 0,
        bytes: 0,
    };

    /// The limits of the line of a link.
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

    /// The lack of room for full frames at full rate, with so many bytes of `memory`.
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

    /// The limits that were written; a limit that was not is the largest number.
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

/// The most bytes that a wire sends until the first of them arrive.
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
