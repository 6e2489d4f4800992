// SPDX-License-Identifier: GPL-2.0

//! The Internet checksum (RFC 1071): the ones' complement sum of 16-bit words.
//!
//! Rules:
//! - A [`Sum`] is a value: it can be kept and used again. The pseudo-header's sum is the same for a
//!   request and its reply, because swapping two addresses does not change a sum.
//! - Every part but the last must have an even length, else the words after it are shifted.
//!
//! Read next: `transport.rs`, which uses it on both ends.

/// An unfinished checksum: any number that is congruent to the sum modulo 2^16 - 1.
#[derive(Clone, Copy)]
pub(super) struct Sum(u64);

impl Sum {
    /// A sum of no bytes.
    pub(super) const fn new() -> Self {
        Self(0)
    }

    /// Adds `bytes`; an odd last byte counts as if a zero followed it.
    ///
    /// The loop takes eight bytes at a time: 2^64 is 1 modulo 2^16 - 1, so a carry out of the top
    /// comes back in at the bottom, and a 64-bit word counts as much as its four 16-bit words.
    pub(super) fn with(self, bytes: &[u8]) -> Self {
        let mut sum = self;
        let mut rest = bytes;
        while let Some((word, tail)) = rest.split_first_chunk() {
            sum = sum.with_u64(u64::from_be_bytes(*word));
            rest = tail;
        }
        let mut last = [0; 8];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        sum.with_u64(u64::from_be_bytes(last))
    }

    /// Adds one number, for a pseudo-header's protocol and length.
    pub(super) fn with_u64(self, word: u64) -> Self {
        let (sum, carry) = self.0.overflowing_add(word);
        // After a carry, `sum` is at most `u64::MAX - 1`: this does not wrap.
        Self(sum.wrapping_add(u64::from(carry)))
    }

    /// Whether the sum is that of data with its right checksum inside.
    pub(super) fn is_valid(self) -> bool {
        self.checksum() == 0
    }

    /// The checksum to write into data that was summed with zero in its place.
    pub(super) fn checksum(self) -> u16 {
        let fold = |sum: u64| (sum & 0xffff) + (sum >> 16);
        // The sum becomes at most 2^48 + 2^16 - 2, 2^32 + 2^16 - 2, 2^16 + 2^16 - 2, and 2^16 - 1.
        let sum = fold(fold(fold(fold(self.0))));
        let [.., high, low] = sum.to_be_bytes();
        !u16::from_be_bytes([high, low])
    }
}
