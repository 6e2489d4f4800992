// SPDX-License-Identifier: GPL-2.0

//! A prefix of addresses of `N` bytes. This file is pure.

/// The addresses that have their first bits in common.
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

    /// The addresses that begin with the first `len` bits of `address`. [`None`] if `address` has
    /// other bits set, or fewer bits than `len`.
    pub(crate) fn new(address: [u8; N], len: u8) -> Option<Self> {
        let rest = Self::rest(&address, len)?;
        let prefix = Self { address, len };
        (rest == 0).then_some(prefix)
    }

    /// Whether an address has this prefix.
    pub(crate) fn contains(&self, address: &[u8; N]) -> bool {
        let differs = self
            .address
            .iter()
            .zip(address)
            .fold(0, |bits, (one, other)| bits << 8 | u128::from(one ^ other));
        // Without any bits in common all addresses match.
        let unused = (8 * N as u32).saturating_sub(u32::from(self.len));
        differs.checked_shr(unused).unwrap_or(0) == 0
    }

    /// The first address.
    pub(crate) fn address(&self) -> [u8; N] {
        self.address
    }

    /// The number of bits that the addresses have in common.
    pub(crate) fn len(&self) -> u8 {
        self.len
    }

    /// The bits of an address behind the first `len`.
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
