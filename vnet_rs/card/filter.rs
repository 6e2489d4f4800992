// SPDX-License-Identifier: GPL-2.0

//! The receive filter: does the card take a frame?
//!
//! The filter has a small table of exact addresses, as on real cards; where that is too small the
//! filter lets more through, and the stack sorts it out. The stack changes the table while the
//! hardware looks at it, also as on real cards, and an address that is wanted before and after
//! passes all the time (addresses.rs).

use super::super::cable::ethernet::is_group;
use super::addresses::{
    AddressCell,
    Addresses, //
};
use crate::net::{
    Driver,
    Mac,
    RxMode, //
};
use kernel::sync::atomic::{
    ordering::{
        Acquire,
        Release, //
    },
    Atomic, //
};

/// The most unicast addresses besides the port's own.
const UNICAST: usize = 16;
/// The most group addresses.
const MULTICAST: usize = 64;

impl AddressCell for Atomic<u64> {
    fn new(value: u64) -> Self {
        Atomic::new(value)
    }

    #[inline]
    fn load(&self) -> u64 {
        Atomic::load(self, Acquire)
    }

    fn store(&self, value: u64) {
        Atomic::store(self, value, Release);
    }
}

/// The filter of one port.
pub(crate) struct Filter {
    own: Atomic<u64>,
    unicast: Addresses<Atomic<u64>, UNICAST>,
    multicast: Addresses<Atomic<u64>, MULTICAST>,
}

/// The address as a number of 48 bits.
///
/// C: `ether_addr_to_u64()`.
fn ether_addr_to_u64(mac: Mac) -> u64 {
    mac.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}

/// The broadcast address.
pub(crate) const BROADCAST: Mac = [0xff; 6];

impl Filter {
    /// A filter that lets broadcasts pass, and nothing else.
    pub(crate) fn new() -> Self {
        Self {
            own: Atomic::new(0),
            unicast: Addresses::new(),
            multicast: Addresses::new(),
        }
    }

    /// Writes the addresses that the stack wants. For one caller at a time (`ndo_set_rx_mode`).
    pub(crate) fn set<T: Driver>(&self, mode: &RxMode<'_, T>) {
        let all = mode.promiscuous();
        self.unicast
            .set(all, |each| mode.unicast(|mac| each(ether_addr_to_u64(mac))));
        AddressCell::store(&self.own, ether_addr_to_u64(mode.address()));
        self.multicast.set(all || mode.all_multicast(), |each| {
            mode.multicast(|mac| each(ether_addr_to_u64(mac)));
        });
    }

    /// Whether a frame to `mac` passes. Any context.
    pub(crate) fn accepts(&self, mac: Mac) -> bool {
        let wanted = ether_addr_to_u64(mac);
        if is_group(mac) {
            mac == BROADCAST || self.multicast.pass(wanted)
        } else {
            AddressCell::load(&self.own) == wanted || self.unicast.pass(wanted)
        }
    }
}
