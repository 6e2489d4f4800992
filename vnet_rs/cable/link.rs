// SPDX-License-Identifier: GPL-2.0

//! What a link does to frames, in one direction: how long they take, and what may happen to them.
//!
//! The wire (wire.rs) says when a frame has left. From there on it is on the link, where it can be
//! late, lost, doubled, overtaken or damaged. This file only says which properties there are, what
//! they may be, and what a port has to do about them; fate.rs draws what becomes of each frame, and
//! delay_line.rs keeps those that are on their way.
//!
//! Rules:
//! - Times are nanoseconds. Chances are parts of a million, per frame.
//! - All properties are independent of each other; each can change between two frames.
//! - Values beyond the limits do no harm: they count as the limit.
//!
//! This file is pure. Read next: fate.rs.

use super::random::MILLION;

/// The most that [`Link::latency_ns`] and [`Link::jitter_ns`] can be: 10 s.
pub(crate) const MAX_DELAY_NS: u64 = 10_000_000_000;

/// The most that a chance can be: always.
pub(crate) const MAX_PPM: u32 = MILLION;

/// How the delays of frames are spread.
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
    /// How long a frame takes, from its last bit's leaving the wire: 0 to [`MAX_DELAY_NS`].
    pub(crate) latency_ns: u64,
    /// By how much that differs: 0 to [`MAX_DELAY_NS`]. No frame is early: less than 0 is 0.
    pub(crate) jitter_ns: u64,
    /// How it differs.
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
    /// What all of this is drawn from. The same seed makes the same draws, in the same order.
    pub(crate) seed: u64,
}

impl Link {
    /// Nothing happens, at once. A burst would be a single frame, and all of it lost.
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

    /// Whether nothing happens to any frame.
    pub(crate) const fn is_perfect(&self) -> bool {
        !self.needs_line() && !self.cuts_gso()
    }

    /// Whether something happens to single frames, so that GSO skbs must be cut before it.
    pub(crate) const fn cuts_gso(&self) -> bool {
        self.loss_ppm != 0
            || self.has_bursts()
            || self.duplicate_ppm != 0
            || self.reorder_ppm != 0
            || self.corrupt_ppm != 0
    }

    /// Whether a frame does not arrive when it has left, so that there is a delay line.
    ///
    /// One that is not needed any more is, until it is empty.
    pub(crate) const fn needs_line(&self) -> bool {
        self.latency_ns != 0 || self.jitter_ns != 0 || self.reorder_ppm != 0
    }

    /// Whether frames arrive in the order in which they left, but for those that are reordered.
    pub(crate) const fn keeps_order(&self) -> bool {
        self.jitter_ns == 0
    }

    /// Whether the link can be bad, and that matters.
    const fn has_bursts(&self) -> bool {
        self.burst_enter_ppm != 0 && self.burst_loss_ppm != 0
    }
}
