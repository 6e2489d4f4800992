// SPDX-License-Identifier: GPL-2.0

//! The wire's timing: the time at which a frame's last bit leaves.
//!
//! A wire carries one frame at a time, in the order in which they were offered, at a [`Pace`] that
//! may change between two of them. An skb may be many frames, one behind the other: [`WireFrames`].
//! This file owns that arithmetic and nothing else: no clock (the caller brings the time), no lock
//! (the engine is the only caller), no frame.
//!
//! Rules:
//! - Times are nanoseconds in a `u64`; rates are kbit/s, and 0 means unlimited.
//! - Exact: the fraction of a nanosecond that a frame leaves over is carried to the next frame
//!   while the wire stays busy, so that back-to-back traffic never drifts. Results are rounded
//!   down, once, at the end. An idle wire forgets the fraction: its next frame starts when it is
//!   offered, on a whole nanosecond.
//! - A change of the pace is for all frames but the one that is leaving, in the middle of a GSO
//!   skb too.
//! - No input makes it panic or wrap: time saturates at [`u64::MAX`].
//!
//! Read next: `path.rs`, the way to the other end.

use super::wire_frames::WireFrames;

/// The fastest wire, in kbit/s: 400 Gbit/s.
pub(crate) const MAX_RATE: u32 = 400_000_000;

/// The largest overhead, in bytes.
pub(crate) const MAX_OVERHEAD: u32 = 1000;

/// The nanoseconds of a bit at 1 kbit/s: a bit takes 10^6 / rate.
const NS_PER_BIT_AT_1_KBPS: u64 = 1_000_000;

/// The pace of a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// The rate in kbit/s; 0: frames take no time.
    pub(crate) rate_kbps: u32,
    /// The overhead of each frame, in bytes.
    pub(crate) overhead: u32,
}

/// The time that `count` skbs of `bytes` of wire each take back to back, in ns; 0 on an unlimited
/// wire.
///
/// The time of each skb is rounded up, for time limits: so the result is never too short, and too
/// long by less than a nanosecond per skb.
pub(crate) const fn drain_time_ns(count: u32, bytes: u32, rate_kbps: u32) -> u64 {
    if rate_kbps == 0 {
        return 0;
    }
    let one = ns_at_1_kbps(bytes).div_ceil(rate_kbps as u64);
    one.saturating_mul(count as u64)
}

/// The fastest link that there is, in Mbit/s.
const MAX_SPEED: u32 = 400_000;

/// The link speed to report, in Mbit/s: the one nearest to the rate. A wire without a limit has
/// [`MAX_SPEED`]. No wire has an unknown speed: bonds, for one, use no link without a speed.
pub(crate) const fn link_speed_mbps(rate_kbps: u32) -> u32 {
    let nearest = rate_kbps / 1000 + (rate_kbps % 1000 >= 500) as u32;
    match (rate_kbps, nearest) {
        (0, _) => MAX_SPEED,
        (_, 0) => 1,
        (_, speed) => speed,
    }
}

/// The nanoseconds that `bytes` of wire would take at 1 kbit/s.
///
/// The result is at most 2^32 * 8 * 10^6 < 2^55: a `u64` holds it, and a remainder (below 2^32) on
/// top.
const fn ns_at_1_kbps(bytes: u32) -> u64 {
    bytes as u64 * 8 * NS_PER_BIT_AT_1_KBPS
}

/// The time at which the wire is free again: `free_at + remainder / rate` nanoseconds, exactly.
///
/// # Invariants
///
/// `remainder < rate`, or both are 0.
pub(crate) struct Wire {
    free_at: u64,
    remainder: u64,
    rate: u32,
    /// The number of frames of the last skb that had left, or were leaving, when the pace was
    /// changed.
    kept: u32,
}

impl Wire {
    /// A wire that has been idle since time 0.
    pub(crate) const fn new() -> Self {
        Self {
            free_at: 0,
            remainder: 0,
            rate: 0,
            kept: 0,
        }
    }

    /// The time at which the wire is free again, in whole nanoseconds.
    #[inline]
    pub(crate) fn free_at(&self) -> u64 {
        self.free_at
    }

    /// Sends an skb that takes `bytes` of wire ([`WireFrames::on_wire`]) and is offered at `now`;
    /// returns the time at which its last bit has left.
    ///
    /// The skb starts when the one before it has left, or `now` if that is later. On an unlimited
    /// wire it leaves when it starts, which is later than `now` only if frames that were sent
    /// before the limit was lifted are still on the wire. Frames never overtake.
    pub(crate) fn send(&mut self, now: u64, bytes: u32, rate_kbps: u32) -> u64 {
        self.wait_until(now);
        self.kept = 0;
        self.add(bytes, rate_kbps)
    }

    /// Keeps the wire busy until `now`.
    pub(crate) fn wait_until(&mut self, now: u64) {
        if now > self.free_at {
            self.free_at = now;
            self.remainder = 0;
        }
    }

    /// Changes the pace at the time `now`, from `old` to `new`, while the skb that was sent last,
    /// `sent`, is on the wire. The frame that is leaving keeps the old pace, and those behind it
    /// have the new one. Returns the time at which the last bit of the skb leaves.
    pub(crate) fn change(&mut self, now: u64, sent: &WireFrames, old: Pace, new: Pace) -> u64 {
        // The first `self.kept` frames had a pace before `old`, and do not count.
        let kept = sent.first_on_wire(self.kept, old.overhead);
        let all = sent.on_wire_with(old.overhead);
        let start = self.before(all.saturating_sub(kept), old.rate_kbps);
        let left = |count| {
            let bytes = sent.first_on_wire(count, old.overhead);
            after(start, bytes.saturating_sub(kept), old.rate_kbps)
        };
        // The fewest frames that will have left later than `now`.
        let (mut low, mut high) = (self.kept, sent.frames);
        while low < high {
            let middle = low + (high - low) / 2;
            if left(middle) > (now, 0) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        (self.free_at, self.remainder) = left(low);
        self.kept = low;
        let all = sent.on_wire_with(new.overhead);
        let rest = all.saturating_sub(sent.first_on_wire(low, new.overhead));
        self.add(rest, new.rate_kbps)
    }

    /// Keeps the wire busy for `bytes` more; returns the time at which it is free.
    #[inline]
    fn add(&mut self, bytes: u32, rate_kbps: u32) -> u64 {
        if rate_kbps == 0 {
            return self.free_at;
        }
        self.remainder = self.remainder_at(rate_kbps);
        self.rate = rate_kbps;
        (self.free_at, self.remainder) = after((self.free_at, self.remainder), bytes, rate_kbps);
        self.free_at
    }

    /// The time at which the wire began with the last `bytes`, at this rate: nanoseconds and a
    /// remainder.
    fn before(&self, bytes: u32, rate_kbps: u32) -> (u64, u64) {
        if rate_kbps == 0 {
            return (self.free_at, self.remainder);
        }
        let rate = u64::from(rate_kbps);
        let (whole, part) = (ns_at_1_kbps(bytes) / rate, ns_at_1_kbps(bytes) % rate);
        match self.remainder.checked_sub(part) {
            Some(rest) => (self.free_at.saturating_sub(whole), rest),
            // The sum does not wrap: `part` is less than `rate`, which is a `u32`.
            None => (
                self.free_at.saturating_sub(whole).saturating_sub(1),
                self.remainder.wrapping_add(rate).wrapping_sub(part),
            ),
        }
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

/// The time at which `bytes` of wire have left that begin at a time, in nanoseconds with a
/// remainder.
#[inline]
fn after((ns, remainder): (u64, u64), bytes: u32, rate_kbps: u32) -> (u64, u64) {
    if rate_kbps == 0 {
        return (ns, remainder);
    }
    let rate = u64::from(rate_kbps);
    // The sum does not wrap: it is below 2^55 + 2^32.
    let work = ns_at_1_kbps(bytes).wrapping_add(remainder);
    (ns.saturating_add(work / rate), work % rate)
}
