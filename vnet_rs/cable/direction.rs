// SPDX-License-Identifier: GPL-2.0

//! A direction of a cable, as users describe it: the wire's pace, the link, and the line's limits.
//!
//! A cable has two directions, each with properties of its own: `ab`, from the first end to the
//! other one, and `ba`, back. This file is pure. Read next: limits.rs.

use super::{
    limits::{
        Lack,
        Limits,
        Written, //
    },
    link::Link,
    wire::Pace,
    wire_frames::OVERHEAD, //
};

/// The names of the directions, by the end where frames are sent.
pub(crate) const NAMES: [&str; 2] = ["ab", "ba"];

/// The properties of a direction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Direction {
    /// The pace of the wire.
    pub(crate) pace: Pace,
    /// The link behind the wire.
    pub(crate) link: Link,
    /// The limits of the delay line that were written.
    pub(crate) written: Written,
}

impl Direction {
    /// A wire at a rate in kbit/s, with Ethernet's overhead, and a perfect link.
    pub(crate) const fn new(rate_kbps: u32) -> Self {
        Self {
            pace: Pace {
                rate_kbps,
                overhead: OVERHEAD,
            },
            link: Link::PERFECT,
            written: Written::NOTHING,
        }
    }

    /// The limits of the delay line, written or not.
    pub(crate) fn limits(&self) -> Limits {
        self.written.limits(&self.link, self.pace.rate_kbps)
    }

    /// The lack of room for full frames at full rate, with so many bytes of `memory`.
    pub(crate) fn lack(&self, memory: u64) -> Option<Lack> {
        self.written.lack(&self.link, self.pace.rate_kbps, memory)
    }
}
