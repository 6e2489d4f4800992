// SPDX-License-Identifier: GPL-2.0

//! The receive filter: which frames is the card to take?
//!
//! As on real cards there is a small table of exact addresses; where it is too small for what the
//! stack wants, the filter lets more through and the stack sorts it out. The stack changes the
//! table while the hardware looks at it, also as on real cards: a frame that comes at that moment
//! may see some of the old table and some of the new one.

use super::port::Port;
use crate::net::{
    Mac,
    RxMode, //
};
use kernel::sync::atomic::{
    ordering::Relaxed,
    Atomic, //
};

/// Unicast addresses besides the port's own.
const UNICAST: usize = 16;
/// Groups.
const MULTICAST: usize = 64;

/// An entry that no frame matches: no address has more than 48 bits.
const NONE: u64 = u64::MAX;

/// The filter of one port.
pub(crate) struct Filter {
    all_unicast: Atomic<u32>,
    all_multicast: Atomic<u32>,
    own: Atomic<u64>,
    unicast: [Atomic<u64>; UNICAST],
    multicast: [Atomic<u64>; MULTICAST],
}

/// An address as a number.
fn number(mac: Mac) -> u64 {
    mac.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}

/// The address of all.
pub(crate) const BROADCAST: Mac = [0xff; 6];

/// Whether an address is that of a group, or of all.
pub(crate) fn is_group(mac: Mac) -> bool {
    mac[0] & 1 != 0
}

/// Writes the addresses that `list` calls its argument with into a table. Says whether they fit.
fn fill(table: &[Atomic<u64>], list: impl FnOnce(&mut dyn FnMut(Mac))) -> bool {
    let mut rest = table.iter();
    let mut fits = true;
    list(&mut |mac| match rest.next() {
        Some(entry) => entry.store(number(mac), Relaxed),
        None => fits = false,
    });
    rest.for_each(|entry| entry.store(NONE, Relaxed));
    fits
}

impl Filter {
    /// A filter that lets nothing through.
    pub(crate) const fn new() -> Self {
        Self {
            all_unicast: Atomic::new(0),
            all_multicast: Atomic::new(0),
            own: Atomic::new(NONE),
            unicast: [const { Atomic::new(NONE) }; UNICAST],
            multicast: [const { Atomic::new(NONE) }; MULTICAST],
        }
    }

    /// Takes over what the stack wants.
    pub(crate) fn set(&self, mode: &RxMode<'_, Port>) {
        self.own.store(number(mode.address()), Relaxed);
        let fits = fill(&self.unicast, |each| mode.unicast(each));
        let all = mode.promiscuous();
        self.all_unicast.store(u32::from(all || !fits), Relaxed);

        let fits = fill(&self.multicast, |each| mode.multicast(each));
        let all = all || mode.all_multicast();
        self.all_multicast.store(u32::from(all || !fits), Relaxed);
    }

    /// Whether a frame to `mac` is to be received.
    pub(crate) fn accepts(&self, mac: Mac) -> bool {
        let has = |table: &[Atomic<u64>]| {
            let wanted = number(mac);
            table.iter().any(|entry| entry.load(Relaxed) == wanted)
        };
        if is_group(mac) {
            mac == BROADCAST || self.all_multicast.load(Relaxed) != 0 || has(&self.multicast)
        } else {
            self.own.load(Relaxed) == number(mac)
                || self.all_unicast.load(Relaxed) != 0
                || has(&self.unicast)
        }
    }
}
