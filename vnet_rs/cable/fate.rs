// SPDX-License-Identifier: GPL-2.0

//! The fate of each frame on a link, drawn at random by the properties of the link.
//!
//! Rules:
//! - Each property draws from a stream of its own, and draws for every frame, a lost one too. So
//!   the n-th frame meets the same fate whatever else may happen to it and however long others are;
//!   and setting one property does not change the draws of the others.
//! - A property that is off, or certain, draws nothing; set while frames pass, it begins where it
//!   stopped.
//! - The two directions of a cable draw from different streams, even with one seed.
//!
//! This file is pure. Read next: delay_line.rs, where frames wait for their time.

use super::{
    link::{
        JitterModel,
        Link,
        MAX_DELAY_NS, //
    },
    random::{
        Random,
        SIGMA, //
    }, //
};

/// The number of streams of one direction; some are for later.
const STREAMS: u64 = 16;

/// The largest deviation of normal jitter; one frame in 16,000 has more.
const MAX_DEVIATION: i64 = 4 * SIGMA;

/// The fate of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fate {
    /// The frame does not arrive, and nothing else happens to it.
    pub(crate) lost: bool,
    /// The number of the bit that is flipped, below the number of bits of the frame.
    pub(crate) corrupt: Option<u32>,
    /// The frame arrives twice, one behind the other. All else is the same for both.
    pub(crate) twice: bool,
    /// The frame is to be overtaken by the next one.
    pub(crate) held: bool,
    /// The time from leaving the wire to arriving, in ns.
    pub(crate) delay_ns: u64,
}

impl Fate {
    /// The fate of a frame that does not arrive.
    const LOST: Self = Self {
        lost: true,
        corrupt: None,
        twice: false,
        held: false,
        delay_ns: 0,
    };
}

/// The fates of the frames that go in one direction.
pub(crate) struct Fates {
    /// The link is in its bad state, that of a burst.
    bad: bool,
    burst: Random,
    loss: Random,
    duplicate: Random,
    reorder: Random,
    corrupt: Random,
    /// The stream of bit numbers, apart from `corrupt`: or the lengths of frames would decide which
    /// ones are corrupted next.
    bit: Random,
    jitter: Random,
}

impl Fates {
    /// The fates of the direction with the number `direction`, from the first frame on.
    pub(crate) const fn new(seed: u64, direction: u32) -> Self {
        let first = direction as u64 * STREAMS;
        Self {
            bad: false,
            burst: Random::new(seed, first),
            loss: Random::new(seed, first + 1),
            duplicate: Random::new(seed, first + 2),
            reorder: Random::new(seed, first + 3),
            corrupt: Random::new(seed, first + 4),
            bit: Random::new(seed, first + 5),
            jitter: Random::new(seed, first + 6),
        }
    }

    /// The fate of the next frame, which has `bits` bits that may be corrupted.
    pub(crate) fn next(&mut self, link: &Link, bits: u32) -> Fate {
        let lost = self.is_lost(link);
        let fate = Fate {
            lost,
            corrupt: self.corrupt_bit(link, bits),
            twice: self.duplicate.chance(link.duplicate_ppm),
            held: self.reorder.chance(link.reorder_ppm),
            delay_ns: self.delay_ns(link),
        };
        if lost {
            Fate::LOST
        } else {
            fate
        }
    }

    /// Whether the link loses the frame, after its state has changed or not.
    fn is_lost(&mut self, link: &Link) -> bool {
        self.bad = match (link.burst_enter_ppm, self.bad) {
            (0, _) => false,
            (enter, false) => self.burst.chance(enter),
            (_, true) => !self.burst.chance(link.burst_leave_ppm),
        };
        self.loss.chance(if self.bad {
            link.burst_loss_ppm
        } else {
            link.loss_ppm
        })
    }

    /// The number of the bit that is flipped.
    fn corrupt_bit(&mut self, link: &Link, bits: u32) -> Option<u32> {
        let is_corrupt = self.corrupt.chance(link.corrupt_ppm) && bits != 0;
        // The number is less than `bits`, which is a `u32`.
        is_corrupt.then(|| self.bit.below(u64::from(bits)) as u32)
    }

    /// The time that the frame takes, in ns.
    ///
    /// Nothing wraps: times are below 2^34, and deviations at most 2^19.
    fn delay_ns(&mut self, link: &Link) -> u64 {
        let latency = link.latency_ns.min(MAX_DELAY_NS);
        let jitter = link.jitter_ns.min(MAX_DELAY_NS);
        if jitter == 0 {
            return latency;
        }
        match link.jitter_model {
            JitterModel::Uniform => {
                (latency + self.jitter.below(2 * jitter + 1)).saturating_sub(jitter)
            }
            JitterModel::Normal => {
                let deviation = self.jitter.normal().clamp(-MAX_DEVIATION, MAX_DEVIATION);
                // The quotient rounds to 0 from both sides, so that the mean stays where it is.
                latency.saturating_add_signed(deviation * jitter as i64 / SIGMA)
            }
        }
    }
}
