// SPDX-License-Identifier: GPL-2.0

//! Links with some properties, and what becomes of frames on them.

#![allow(dead_code)] // Each test uses some of it.

use crate::{
    binomial::interval,
    vnet_rs::cable::{
        fate::{
            Fate,
            Fates, //
        },
        link::Link, //
    }, //
};

pub const FRAMES: u64 = 100_000;
pub const BITS: u32 = 1514 * 8;

pub const UNHARMED: Fate = Fate {
    lost: false,
    corrupt: None,
    twice: false,
    held: false,
    delay_ns: 0,
};

/// A link that is perfect but for what `set` sets.
pub fn link(set: impl FnOnce(&mut Link)) -> Link {
    changed(Link::PERFECT, set)
}

/// `link`, but for what `set` sets.
pub fn changed(mut link: Link, set: impl FnOnce(&mut Link)) -> Link {
    set(&mut link);
    link
}

/// What becomes of `frames` frames.
pub fn fates(link: Link, frames: u64) -> Vec<Fate> {
    let mut fates = Fates::new(link.seed, 0);
    (0..frames).map(|_| fates.next(&link, BITS)).collect()
}

/// Of how many of 100,000 frames something is true.
pub fn count(link: Link, is_so: impl Fn(&Fate) -> bool) -> u64 {
    fates(link, FRAMES)
        .iter()
        .filter(|fate| is_so(fate))
        .count() as u64
}

/// That so many of 100,000 frames are not too few and not too many for a chance of `ppm`.
pub fn assert_within(seen: u64, ppm: u32, what: &str) {
    let allowed = interval(FRAMES, f64::from(ppm) / 1e6);
    assert!(
        allowed.contains(&seen),
        "{what}, {ppm} ppm: {seen}, not {allowed:?}"
    );
}
