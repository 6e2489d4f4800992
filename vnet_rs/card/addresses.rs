// SPDX-License-Identifier: GPL-2.0

//! A small table of addresses, which is rewritten while the hardware looks at it.
//!
//! An address in the old list and in the new one passes at every moment in between: it stays in its
//! place, and new ones take the places of those that are not wanted any more. With a list that is
//! too long for the table all addresses pass.
//!
//! This file is pure. Read next: filter.rs, which has such tables.

/// A number that one party writes and others read.
///
/// A load that sees a store also sees all that its writer did before.
pub(crate) trait AddressCell {
    /// A cell with this value.
    fn new(value: u64) -> Self;
    /// Reads the value (acquire).
    fn load(&self) -> u64;
    /// Replaces the value (release).
    fn store(&self, value: u64);
}

/// The value of an entry that no address matches: addresses have 48 bits.
const NONE: u64 = u64::MAX;

/// A table of `N` addresses, at most 64.
pub(crate) struct Addresses<E, const N: usize> {
    /// All addresses pass if this is not 0.
    all: E,
    table: [E; N],
}

impl<E: AddressCell, const N: usize> Addresses<E, N> {
    /// A table that lets nothing pass.
    pub(crate) fn new() -> Self {
        const { assert!(N <= u64::BITS as usize) };
        Self {
            all: E::new(0),
            table: core::array::from_fn(|_| E::new(NONE)),
        }
    }

    /// Lets the addresses pass with which `list` calls its argument, the same at each call; or
    /// `all`. For one caller at a time.
    pub(crate) fn set(&self, all: bool, list: impl Fn(&mut dyn FnMut(u64))) {
        // The places of the addresses in the list, a bit each.
        let (mut wanted, mut count) = (0_u64, 0_usize);
        list(&mut |address| {
            wanted |= self.places(address);
            count = count.saturating_add(1);
        });
        if all || count > N {
            // All pass from here on, so places can be written over.
            self.all.store(1);
        }
        let mut fits = true;
        list(&mut |address| {
            if wanted & self.places(address) != 0 {
                return;
            }
            let place = (!wanted).trailing_zeros();
            match self.table.get(place as usize) {
                Some(entry) => {
                    entry.store(address);
                    wanted |= bit(place as usize);
                }
                None => fits = false,
            }
        });
        // The table has all of the list now, or `all` stays on.
        self.all.store(u64::from(all || !fits));
        for (place, entry) in self.table.iter().enumerate() {
            if wanted & bit(place) == 0 {
                entry.store(NONE);
            }
        }
    }

    /// The places where an address stands, a bit each.
    fn places(&self, address: u64) -> u64 {
        let entries = self.table.iter().enumerate();
        let found = entries.filter(|(_, entry)| entry.load() == address);
        found.fold(0, |places, (place, _)| places | bit(place))
    }

    /// Whether an address passes.
    #[inline]
    pub(crate) fn pass(&self, address: u64) -> bool {
        // An address may come into the table, or go over to `all`, between two looks: so `all` is
        // read before the table and after it.
        let all = || self.all.load() != 0;
        all() || self.table.iter().any(|entry| entry.load() == address) || all()
    }
}

/// The bit of a place, which is less than 64.
fn bit(place: usize) -> u64 {
    1_u64.wrapping_shl(place as u32)
}
