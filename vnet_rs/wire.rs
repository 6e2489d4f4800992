// SPDX-License-Identifier: GPL-2.0

//! The wire's timing: when does a frame's last bit leave?
//!
//! A wire carries one frame at a time, in the order in which they were offered, at a rate that may
//! change between two frames. This file owns that arithmetic and nothing else: no clock (the caller
//! brings the time), no lock (the engine is the only caller), no frame.
//!
//! Rules:
//! - Times are nanoseconds in a `u64`; rates are kbit/s, and 0 means unlimited.
//! - Exact: the fraction of a nanosecond that a frame leaves over is carried to the next frame
//!   while the wire stays busy, so that back-to-back traffic never drifts. What is returned is
//!   rounded down, once, at the end. An idle wire forgets the fraction: its next frame starts when
//!   it is offered, on a whole nanosecond.
//! - No input makes it panic or wrap: time saturates at [`u64::MAX`].
//!
//! Read next: `far_end.rs`, what is at the other end.

/// Ethernet's shortest frame without FCS; the NIC pads shorter ones.
const MIN_FRAME: u32 = 60;

/// What a frame takes on the wire besides itself: preamble 8, FCS 4, gap 12.
const OVERHEAD: u32 = 8 + 4 + 12;

/// A bit takes 10^6 / rate nanoseconds, when the rate is in kbit/s.
const NS_PER_BIT_AT_1_KBPS: u64 = 1_000_000;

/// The bytes of wire time that a frame of `len` bytes takes, which has no preamble, FCS or gap yet.
pub(crate) const fn wire_bytes(len: u32) -> u32 {
    let padded = if len < MIN_FRAME { MIN_FRAME } else { len };
    padded.saturating_add(OVERHEAD)
}

/// How long `frames` back-to-back frames of `len` bytes take, at least; 0 on an unlimited wire.
///
/// Meant for time limits: each frame is rounded up to a whole nanosecond, so the answer is never
/// too short and too long by less than a nanosecond per frame.
pub(crate) const fn drain_time_ns(frames: u32, len: u32, rate_kbps: u32) -> u64 {
    if rate_kbps == 0 {
        return 0;
    }
    let one = wire_work(len).div_ceil(rate_kbps as u64);
    one.saturating_mul(frames as u64)
}

/// The link speed to report: the rate, if it is a whole number of Mbit/s, which is all that the
/// ethtool interface can say.
pub(crate) const fn link_speed_mbps(rate_kbps: u32) -> Option<u32> {
    if rate_kbps == 0 || rate_kbps % 1000 != 0 {
        return None;
    }
    Some(rate_kbps / 1000)
}

/// The nanoseconds that a frame of `len` bytes would take at 1 kbit/s.
///
/// At most 2^32 * 8 * 10^6 < 2^55: a `u64` holds it, and a remainder (below 2^32) on top.
const fn wire_work(len: u32) -> u64 {
    wire_bytes(len) as u64 * 8 * NS_PER_BIT_AT_1_KBPS
}

/// When the wire is free again: `free_at + remainder / rate` nanoseconds, exactly.
///
/// # Invariants
///
/// `remainder < rate`, or both are 0.
pub(crate) struct Wire {
    free_at: u64,
    remainder: u64,
    rate: u32,
}

impl Wire {
    /// A wire that has been idle since time 0.
    pub(crate) const fn new() -> Self {
        Self {
            free_at: 0,
            remainder: 0,
            rate: 0,
        }
    }

    /// Sends a frame of `len` bytes that is offered at `now`; returns when its last bit has left.
    ///
    /// It starts when the frame before it has left, or `now` if that is later. On an unlimited wire
    /// it takes no time: it leaves when it starts, which is later than `now` only if frames that
    /// were sent before the limit was lifted are still on the wire. Frames never overtake.
    pub(crate) fn send(&mut self, now: u64, len: u32, rate_kbps: u32) -> u64 {
        if now > self.free_at {
            self.free_at = now;
            self.remainder = 0;
        }
        if rate_kbps == 0 {
            return self.free_at;
        }
        let rate = u64::from(rate_kbps);
        // Does not wrap: below 2^55 + 2^32.
        let work = wire_work(len).wrapping_add(self.remainder_at(rate_kbps));
        self.free_at = self.free_at.saturating_add(work / rate);
        self.remainder = work % rate;
        self.rate = rate_kbps;
        self.free_at
    }

    /// The remainder in units of 1/`rate` ns, which are not the old ones if the rate has changed.
    ///
    /// The conversion rounds down: a rate change may cost less than 1/`rate` ns, once. Two `u32`
    /// values multiplied fit into a `u64`, and `remainder < self.rate` makes the result less than
    /// `rate`, as the invariant wants it.
    fn remainder_at(&self, rate: u32) -> u64 {
        if rate == self.rate || self.remainder == 0 {
            return self.remainder;
        }
        self.remainder.wrapping_mul(u64::from(rate)) / u64::from(self.rate.max(1))
    }
}
