// SPDX-License-Identifier: GPL-2.0

//! The delay line behind a link, as a NIC has it: which frames overtake which.

use crate::vnet_rs::cable::{
    delay_line::{
        DelayLine,
        HeapSlot, //
    },
    fate::Fates,
    link::{
        Link,
        MAX_PPM, //
    }, //
};

/// An empty line for so many frames.
fn line(frames: u64) -> DelayLine<Vec<HeapSlot<u64>>> {
    DelayLine::new((0..frames).map(|_| HeapSlot::empty()).collect(), u64::MAX)
}

/// Sends frames over the link, one each `gap` nanoseconds; returns them as they arrive, and how
/// many were held. The last one never is.
fn sent(link: &Link, gap: u64, count: u64) -> (Vec<u64>, usize) {
    let (mut line, mut fates) = (line(count), Fates::new(link.seed, 0));
    let (mut all, mut held) = (Vec::new(), 0);
    for number in 0..count {
        let left = number * gap;
        let arrived = std::iter::from_fn(|| line.pop(left));
        all.extend(arrived.map(|(_, number)| number));
        let fate = fates.next(link, 0);
        let at = left.saturating_add(fate.delay_ns);
        let result = match fate.held && number + 1 < count {
            true => {
                held += 1;
                line.hold(at, 1, number, link.keeps_order())
            }
            false => line.enter(at, 1, number, link.keeps_order()),
        };
        assert_eq!(result, Ok(()));
    }
    all.extend(line.drain());
    assert_eq!(all.len() as u64, count);
    (all, held)
}

/// For each frame, how many that were sent later have come before it.
fn overtaken_by(all: &[u64]) -> impl Iterator<Item = usize> + '_ {
    all.iter().enumerate().map(|(place, number)| {
        // None is overtaken from farther away than that here.
        let before = &all[place.saturating_sub(2_000)..place];
        before.iter().filter(|&other| other > number).count()
    })
}

#[test]
fn without_jitter_nothing_is_reordered() {
    for latency_ns in [0, 1, 1_000_000] {
        let link = Link {
            latency_ns,
            ..Link::PERFECT
        };
        let (all, _) = sent(&link, 1_000, 100_000);
        assert!((0..100_000).eq(all));
    }
}

#[test]
fn with_jitter_some_are() {
    let link = Link {
        latency_ns: 10_000,
        jitter_ns: 5_000,
        ..Link::PERFECT
    };
    let (all, _) = sent(&link, 1_000, 10_000);
    assert!(!(0..10_000).eq(all));
}

#[test]
fn each_held_frame_is_overtaken_by_one() {
    for latency_ns in [0, 500, 1_000_000] {
        for reorder_ppm in [1_000, 250_000, 500_000, 990_000] {
            let link = Link {
                latency_ns,
                reorder_ppm,
                ..Link::PERFECT
            };
            // So close that one enters before any has waited for too long.
            let (all, held) = sent(&link, 10, 20_000);
            assert!(held > 0);
            let overtaken: Vec<_> = overtaken_by(&all).filter(|&count| count > 0).collect();
            assert_eq!(overtaken, vec![1; held]);
        }
    }
}

#[test]
fn if_all_are_held_none_is_overtaken() {
    let link = Link {
        reorder_ppm: MAX_PPM,
        ..Link::PERFECT
    };
    let (all, held) = sent(&link, 1_000, 100_000);
    assert_eq!(held, 99_999);
    // But by the last one.
    assert!((0..99_999).eq(all.into_iter().filter(|&number| number < 99_999)));
}
