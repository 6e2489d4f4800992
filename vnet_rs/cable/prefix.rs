// SPDX-License-Identifier: GPL-2.0

//! A part of all addresses of `N` bytes: those that begin with the same bits.
//!
//! This file is pure.

/// Addresses that have their first bits in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prefix<const N: usize> {
    address: [u8; N],
    len: u8,
}

impl<const N: usize> Prefix<N> {
    /// All addresses.
    pub(crate) const ALL: Self = Self {
        address: [0; N],
        len: 0,
    };

    /// Those that begin with the first `len` bits of `address`, which has no others. [`None`] if it
    /// has, or not so many.
    pub(crate) fn new(address: [u8; N], len: u8) -> Option<Self> {
        let rest = Self::rest(&address, len)?;
        let prefix = Self { address, len };
        (rest == 0).then_some(prefix)
    }

    /// Whether an address is one of them.
    pub(crate) fn contains(&self, address: &[u8; N]) -> bool {
        let differs = self
            .address
            .iter()
            .zip(address)
            .fold(0, |bits, (one, other)| bits << 8 | u128::from(one ^ other));
        // Without any bits in common there is nothing to be looked at.
        let unused = (8 * N as u32).saturating_sub(u32::from(self.len));
        differs.checked_shr(unused).unwrap_or(0) == 0
    }

    /// The first of them.
    pub(crate) fn address(&self) -> [u8; N] {
        self.address
    }

    /// How many bits they have in common.
    pub(crate) fn len(&self) -> u8 {
        self.len
    }

    /// The bits of an address that are behind the first `len`.
    fn rest(address: &[u8; N], len: u8) -> Option<u128> {
        let bits = address
            .iter()
            .fold(0, |bits, byte| bits << 8 | u128::from(*byte));
        let unused = (8 * N as u32).checked_sub(u32::from(len))?;
        // All bits of a `u128` may be unused.
        let used = u128::MAX.checked_shl(unused).unwrap_or(0);
        Some(bits & !used)
    }
}
