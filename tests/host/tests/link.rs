// SPDX-License-Identifier: GPL-2.0

//! The properties of a link: what each of them asks of a port.

use crate::vnet_rs::cable::link::{
    JitterModel,
    Link,
    MAX_DELAY_NS,
    MAX_PPM, //
};

/// A link that is perfect but for what `set` sets.
fn link(set: impl FnOnce(&mut Link)) -> Link {
    let mut link = Link::PERFECT;
    set(&mut link);
    link
}

/// (is perfect, cuts GSO skbs, needs a line, keeps the order)
fn told(link: Link) -> [bool; 4] {
    [
        link.is_perfect(),
        link.cuts_gso(),
        link.needs_line(),
        link.keeps_order(),
    ]
}

const NOTHING: [bool; 4] = [true, false, false, true];
const CUTS: [bool; 4] = [false, true, false, true];
const DELAYS: [bool; 4] = [false, false, true, true];
const SHUFFLES: [bool; 4] = [false, false, true, false];
const CUTS_AND_DELAYS: [bool; 4] = [false, true, true, true];

#[test]
fn limits() {
    assert_eq!(MAX_DELAY_NS, 10_000_000_000);
    assert_eq!(MAX_PPM, 1_000_000);
}

#[test]
fn what_changes_nothing() {
    for link in [
        Link::PERFECT,
        link(|link| link.seed = 5),
        link(|link| link.jitter_model = JitterModel::Normal),
        // Never bad, or not worse for it.
        link(|link| link.burst_leave_ppm = 0),
        link(|link| link.burst_loss_ppm = 0),
        link(|link| {
            link.burst_loss_ppm = 0;
            link.burst_enter_ppm = MAX_PPM;
        }),
    ] {
        assert_eq!(told(link), NOTHING, "{link:?}");
    }
}

#[test]
fn each_chance_cuts_gso() {
    for ppm in [1, 500_000, MAX_PPM - 1, MAX_PPM] {
        for (link, expected) in [
            (link(|link| link.loss_ppm = ppm), CUTS),
            (link(|link| link.burst_enter_ppm = ppm), CUTS),
            (link(|link| link.duplicate_ppm = ppm), CUTS),
            (link(|link| link.corrupt_ppm = ppm), CUTS),
            (link(|link| link.reorder_ppm = ppm), CUTS_AND_DELAYS),
        ] {
            assert_eq!(told(link), expected, "{link:?}");
        }
    }
}

#[test]
fn each_delay_needs_a_line() {
    for time in [1, MAX_DELAY_NS - 1, MAX_DELAY_NS] {
        for (link, expected) in [
            (link(|link| link.latency_ns = time), DELAYS),
            (link(|link| link.jitter_ns = time), SHUFFLES),
            (
                link(|link| {
                    link.latency_ns = 1;
                    link.jitter_ns = time;
                }),
                SHUFFLES,
            ),
        ] {
            assert_eq!(told(link), expected, "{link:?}");
        }
    }
}
