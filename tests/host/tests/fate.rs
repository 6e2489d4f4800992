// SPDX-License-Identifier: GPL-2.0

//! The fate of frames: as often as the link says, each property on its own, the same for a seed.

use crate::binomial::interval;
use crate::fates::{
    assert_within,
    changed,
    count,
    fates,
    link,
    BITS,
    FRAMES,
    UNHARMED, //
};
use crate::vnet_rs::cable::{
    fate::{
        Fate,
        Fates, //
    },
    link::{
        JitterModel,
        Link,
        MAX_PPM, //
    }, //
};
use proptest::prelude::*;

#[test]
fn nothing_happens_on_a_perfect_link() {
    assert!(fates(Link::PERFECT, FRAMES)
        .iter()
        .all(|fate| *fate == UNHARMED));
}

#[test]
fn everything_happens_as_often_as_it_should() {
    for ppm in [0, 1, 100, 1_000, 10_000, 250_000, 999_999, MAX_PPM] {
        let lossy = link(|link| link.loss_ppm = ppm);
        assert_within(count(lossy, |fate| fate.lost), ppm, "lost");
        let twice = link(|link| link.duplicate_ppm = ppm);
        assert_within(count(twice, |fate| fate.twice), ppm, "twice");
        let held = link(|link| link.reorder_ppm = ppm);
        assert_within(count(held, |fate| fate.held), ppm, "held");
        let corrupt = link(|link| link.corrupt_ppm = ppm);
        let corrupt = count(corrupt, |fate| fate.corrupt.is_some());
        assert_within(corrupt, ppm, "corrupt");
    }
}

#[test]
fn chances_are_of_a_million_at_most() {
    let link = link(|link| link.loss_ppm = MAX_PPM + 1);
    assert!(fates(link, 1000).iter().all(|fate| fate.lost));
}

#[test]
fn every_bit_is_corrupted_alike() {
    let link = link(|link| link.corrupt_ppm = MAX_PPM);
    let mut all = Fates::new(1, 0);
    for bits in [0, 1, 2, 3, 480, BITS, u32::MAX] {
        let mut upper = 0;
        for _ in 0..FRAMES {
            let bit = all.next(&link, bits).corrupt;
            assert!(bit.is_none_or(|bit| bit < bits));
            assert_eq!(bit.is_none(), bits == 0, "{bits} bits");
            upper += u64::from(bit.is_some_and(|bit| bit >= bits / 2));
        }
        if bits > 0 {
            let p = f64::from(bits - bits / 2) / f64::from(bits);
            assert!(interval(FRAMES, p).contains(&upper), "{bits} bits: {upper}");
        }
    }
}

/// A link on which everything can happen.
const BAD: Link = Link {
    latency_ns: 1_000_000,
    jitter_ns: 300_000,
    jitter_model: JitterModel::Uniform,
    loss_ppm: 100_000,
    burst_enter_ppm: 10_000,
    burst_leave_ppm: 200_000,
    burst_loss_ppm: 800_000,
    duplicate_ppm: 150_000,
    reorder_ppm: 250_000,
    corrupt_ppm: 350_000,
    seed: 42,
};

#[test]
fn a_seed_repeats_itself() {
    let all = fates(BAD, 10_000);
    assert_eq!(all, fates(BAD, 10_000));
    assert_ne!(all, fates(changed(BAD, |link| link.seed = 43), 10_000));
    let mut back = Fates::new(42, 1);
    assert!(all.iter().any(|fate| *fate != back.next(&BAD, BITS)));
}

#[test]
fn a_seed_stays_the_same() {
    // From a second implementation, in Python. If this changes, old runs do not repeat any more.
    let mut sum = 0u64;
    for fate in fates(BAD, 10_000) {
        for value in [
            u64::from(fate.lost),
            fate.corrupt.map_or(0, |bit| u64::from(bit) + 1),
            u64::from(fate.twice),
            u64::from(fate.held),
            fate.delay_ns,
        ] {
            sum = sum.wrapping_mul(31).wrapping_add(value);
        }
    }
    assert_eq!(sum, 0x996a_55eb_9226_9b03);
    let mut back = Fates::new(42, 1);
    let first = [back.next(&BAD, BITS), back.next(&BAD, BITS)];
    assert_eq!(first.map(|fate| fate.delay_ns), [701_873, 1_175_292]);
    assert_eq!(first.map(|fate| fate.corrupt), [None, Some(1845)]);
    assert_eq!(first.map(|fate| fate.held), [false, true]);
}

#[test]
fn a_property_changes_no_other() {
    let all = fates(BAD, 10_000);
    for less in [
        changed(BAD, |link| link.loss_ppm = 0),
        changed(BAD, |link| link.burst_enter_ppm = 0),
        changed(BAD, |link| link.burst_loss_ppm = 0),
        changed(BAD, |link| link.duplicate_ppm = 0),
        changed(BAD, |link| link.reorder_ppm = 0),
        changed(BAD, |link| link.corrupt_ppm = 0),
        changed(BAD, |link| {
            link.latency_ns = 0;
            link.jitter_ns = 0;
        }),
    ] {
        for (mut with, mut without) in all.iter().copied().zip(fates(less, 10_000)) {
            if less.loss_ppm == 0 || less.burst_enter_ppm == 0 || less.burst_loss_ppm == 0 {
                // Lost frames have no other fate to compare.
                if with.lost || without.lost {
                    continue;
                }
            } else {
                assert_eq!(with.lost, without.lost);
            }
            // What was turned off is left out.
            for fate in [&mut with, &mut without] {
                fate.twice &= less.duplicate_ppm != 0;
                fate.held &= less.reorder_ppm != 0;
                fate.corrupt = fate.corrupt.filter(|_| less.corrupt_ppm != 0);
                fate.delay_ns *= less.latency_ns.min(1);
            }
            assert_eq!(with, without, "{less:?}");
        }
    }
}

#[test]
fn long_frames_change_no_other() {
    let (mut one, mut other) = (Fates::new(1, 0), Fates::new(1, 0));
    for number in 0..10_000 {
        let (long, short) = (one.next(&BAD, BITS), other.next(&BAD, number % 480 + 1));
        assert_eq!(long.corrupt.is_some(), short.corrupt.is_some());
    }
}

#[test]
fn a_lost_frame_has_no_other_fate() {
    let nothing_else = Fate {
        lost: true,
        ..UNHARMED
    };
    let mut all = fates(BAD, 10_000);
    all.retain(|fate| fate.lost);
    assert!(!all.is_empty());
    assert!(all.iter().all(|fate| *fate == nothing_else));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn nothing_wraps(
        (latency_ns, jitter_ns, normal, seed, direction) in any::<(u64, u64, bool, u64, u32)>(),
        chances: [u32; 7], bits: u32,
    ) {
        let [loss_ppm, burst_enter_ppm, burst_leave_ppm, burst_loss_ppm, rest @ ..] = chances;
        let [duplicate_ppm, reorder_ppm, corrupt_ppm] = rest;
        let jitter_model = if normal { JitterModel::Normal } else { JitterModel::Uniform };
        let link = Link {
            latency_ns, jitter_ns, jitter_model, loss_ppm, burst_enter_ppm, burst_leave_ppm,
            burst_loss_ppm, duplicate_ppm, reorder_ppm, corrupt_ppm, seed,
        };
        let mut fates = Fates::new(seed, direction);
        for _ in 0..10 {
            let fate = fates.next(&link, bits);
            prop_assert!(fate.corrupt.is_none_or(|bit| bit < bits));
        }
    }
}
