// SPDX-License-Identifier: GPL-2.0

//! Random numbers that repeat: the same seed gives the same numbers.
//!
//! The generator is xoshiro256** by Blackman and Vigna, and its state comes from splitmix64, as
//! they advise. There is one generator per property of a link, each with a *stream* of its own, so
//! that one property does not change the draws of another one.
//!
//! Rules:
//! - Integers only, no division, no tables. Nothing wraps that is not meant to.
//! - Exact: a chance of n in a million is that, and each number below a limit is as likely as the
//!   others. A number that does not fit is drawn again, which happens less than once on average.
//! - A chance that is certain draws nothing.
//! - Not for secrets: a few outputs tell all the others.
//!
//! This file is pure. Read next: fate.rs, which draws the numbers.

/// The number of parts that a chance is counted in.
pub(crate) const MILLION: u32 = 1_000_000;

/// One standard deviation, in the unit of [`Random::normal`].
pub(crate) const SIGMA: i64 = 1 << 17;

/// The step of splitmix64 with each output: 2^64 divided by the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The output of splitmix64 in the state `state`.
const fn splitmix(state: u64) -> u64 {
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A stream of random numbers.
///
/// # Invariants
///
/// Not all of the state is 0. (Of four outputs of splitmix64 in a row, at most one is 0.)
pub(crate) struct Random([u64; 4]);

impl Random {
    /// The stream with the number `stream` of those that `seed` has.
    ///
    /// Stream 0 is that of the reference implementation for this seed. Stream n is seeded with the
    /// n-th four outputs of splitmix64; all streams below 2^62 differ.
    pub(crate) const fn new(seed: u64, stream: u64) -> Self {
        let a = seed.wrapping_add(GOLDEN.wrapping_mul(stream.wrapping_mul(4).wrapping_add(1)));
        let b = a.wrapping_add(GOLDEN);
        let c = b.wrapping_add(GOLDEN);
        let d = c.wrapping_add(GOLDEN);
        Self([splitmix(a), splitmix(b), splitmix(c), splitmix(d)])
    }

    /// 64 random bits.
    #[inline]
    pub(crate) fn bits(&mut self) -> u64 {
        let [mut a, mut b, mut c, mut d] = self.0;
        let bits = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = b << 17;
        c ^= a;
        d ^= b;
        b ^= c;
        a ^= d;
        c ^= shifted;
        d = d.rotate_left(45);
        self.0 = [a, b, c, d];
        bits
    }

    /// A number below `limit`, each as likely as the others; 0 if `limit` is 0.
    #[inline]
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        if limit <= 1 {
            return 0;
        }
        // Only as many bits are drawn as the largest number has, so at least half of the draws fit.
        let unused = (limit - 1).leading_zeros();
        loop {
            let number = self.bits() >> unused;
            if number < limit {
                return number;
            }
        }
    }

    /// Returns true `ppm` times in a million: never if that is 0, always from [`MILLION`] on.
    #[inline]
    pub(crate) fn chance(&mut self, ppm: u32) -> bool {
        match ppm {
            0 => false,
            MILLION.. => true,
            _ => self.below(u64::from(MILLION)) < u64::from(ppm),
        }
    }

    /// A normal deviate, in units of 1/131072 of the standard deviation ([`SIGMA`]).
    ///
    /// The deviate is the sum of 48 uniform numbers of 16 bits. Its mean is exactly 0 and its
    /// standard deviation is `SIGMA`, but for a part in 10^9. The sum is not quite normal: its
    /// distribution function is wrong by 0.06 % at most, and beyond four standard deviations there
    /// is a quarter less than there should be. The tails end at twelve.
    pub(crate) fn normal(&mut self) -> i64 {
        const NUMBERS: i64 = 48;
        const MEAN: i64 = NUMBERS * 0xffff / 2;

        let mut sum = 0;
        for _ in 0..NUMBERS / 4 {
            let bits = self.bits();
            // Four numbers become two sums of 17 bits, and these one of 18.
            let pairs = (bits & 0xffff_0000_ffff) + ((bits >> 16) & 0xffff_0000_ffff);
            sum += (pairs & 0xffff_ffff) + (pairs >> 32);
        }
        // Twelve times 18 bits.
        sum as i64 - MEAN
    }
}
