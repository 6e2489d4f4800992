// SPDX-License-Identifier: GPL-2.0

//! The properties of a link in one direction: latency, jitter, loss, duplication, and so on.
//!
//! The wire (wire.rs) says when a frame has left. From there on the frame is on the link, where it
//! can be late, lost, doubled, overtaken or damaged. This file has the properties, their ranges,
//! and the machinery that they need; fate.rs draws the fate of each frame, and delay_line.rs keeps
//! the frames on their way.
//!
//! Rules:
//! - Times are nanoseconds. Chances are parts of a million, per frame.
//! - All properties are independent of each other; each can change between two frames.
//! - Values beyond a range do no harm: they count as its end.
//!
//! This file is pure. Read next: fate.rs.

use super::random::MILLION;

/// The largest [`Link::latency_ns`] and [`Link::jitter_ns`]: 10 s.
pub(crate) const MAX_DELAY_NS: u64 = 10_000_000_000;

/// The largest chance: always.
pub(crate) const MAX_PPM: u32 = MILLION;

/// The distribution of the delays of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JitterModel {
    /// From the latency less the jitter to the latency and the jitter, all equally likely.
    Uniform,
    /// Normally around the latency; the jitter is the standard deviation, of which at most four
    /// are taken.
    Normal,
}

/// The properties of a link in one direction.
///
/// Losses come independently (`loss_ppm`) and in bursts, after Gilbert and Elliott: the link is
/// good or bad, each frame may find it changed, and while it is bad other chances hold. On average
/// a burst is 10^6 / `burst_leave_ppm` frames long, and enter / (enter + leave) of all frames find
/// the link bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// The time from the last bit's leaving the wire to arriving, in ns: 0 to [`MAX_DELAY_NS`].
    pub(crate) latency_ns: u64,
    /// The spread of that time, in ns: 0 to [`MAX_DELAY_NS`]. A time less than 0 counts as 0.
    pub(crate) jitter_ns: u64,
    /// The distribution of the jitter.
    pub(crate) jitter_model: JitterModel,
    /// The chance to be lost, while the link is good.
    pub(crate) loss_ppm: u32,
    /// The chance that a good link is bad from this frame on. With 0 it is good.
    pub(crate) burst_enter_ppm: u32,
    /// The chance that a bad link is good from this frame on. With 0 it stays bad.
    pub(crate) burst_leave_ppm: u32,
    /// The chance to be lost, while the link is bad.
    pub(crate) burst_loss_ppm: u32,
    /// The chance to arrive twice.
    pub(crate) duplicate_ppm: u32,
    /// The chance to be overtaken by the next frame.
    pub(crate) reorder_ppm: u32,
    /// The chance to arrive with one bit wrong.
    pub(crate) corrupt_ppm: u32,
    /// The seed of all random numbers: the same seed makes the same draws, in the same order.
    pub(crate) seed: u64,
}

impl Link {
    /// A link over which each frame arrives when it leaves. A burst would be a single frame, and
    /// lost.
    pub(crate) const PERFECT: Self = Self {
        latency_ns: 0,
        jitter_ns: 0,
        jitter_model: JitterModel::Uniform,
        loss_ppm: 0,
        burst_enter_ppm: 0,
        burst_leave_ppm: MAX_PPM,
        burst_loss_ppm: MAX_PPM,
        duplicate_ppm: 0,
        reorder_ppm: 0,
        corrupt_ppm: 0,
        seed: 0,
    };

    /// Whether each frame arrives, unchanged, when it leaves.
    pub(crate) const fn is_perfect(&self) -> bool {
        !self.needs_line() && !self.cuts_gso()
    }

    /// Whether single frames meet fates of their own, so that GSO skbs must be cut.
    pub(crate) const fn cuts_gso(&self) -> bool {
        self.loss_ppm != 0
            || self.has_bursts()
            || self.duplicate_ppm != 0
            || self.reorder_ppm != 0
            || self.corrupt_ppm != 0
    }

    /// Whether frames arrive later than they leave, which takes a delay line.
    ///
    /// A line that is not needed any more is kept until it is empty.
    pub(crate) const fn needs_line(&self) -> bool {
        self.latency_ns != 0 || self.jitter_ns != 0 || self.reorder_ppm != 0
    }

    /// Whether frames arrive in the order in which they left, but for those that are reordered.
    pub(crate) const fn keeps_order(&self) -> bool {
        self.jitter_ns == 0
    }

    /// Whether the link has bursts of losses.
    const fn has_bursts(&self) -> bool {
        self.burst_enter_ppm != 0 && self.burst_loss_ppm != 0
    }
}
