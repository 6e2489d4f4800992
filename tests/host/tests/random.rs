// SPDX-License-Identifier: GPL-2.0

//! The random numbers: the published algorithm's, and as likely as they say.

use crate::binomial::interval;
use crate::vnet_rs::cable::random::{
    Random,
    MILLION,
    SIGMA, //
};
use std::collections::HashSet;

const DRAWS: u64 = 100_000;

/// The first, the second and the thousandth number of a stream, as the authors' C code has them.
const REFERENCE: [((u64, u64), [u64; 3]); 9] = [
    (
        (0, 0),
        [0x99ec5f36cb75f2b4, 0xbf6e1f784956452a, 0x7aac8c483a2edd2f],
    ),
    (
        (0, 1),
        [0x657a983d215193d9, 0xe4610125ff96ac53, 0xc7a9033713cb74ea],
    ),
    (
        (1, 0),
        [0xb3f2af6d0fc710c5, 0x853b559647364cea, 0xb8517c33c344d153],
    ),
    (
        (1, 7),
        [0x0721e6335501a56e, 0xda259dfeced49b19, 0x196c5ef6463d69bd],
    ),
    (
        (42, 0),
        [0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0x8de5848c61ab8968],
    ),
    (
        (42, 1 << 32),
        [0x1b36b26c7e4094bc, 0x6d0e57f12d21bad7, 0x76ce94caf21bccec],
    ),
    (
        (42, (1 << 62) - 1),
        [0x3ea57d2d67c8a7ca, 0xf53d277036befe06, 0xe31a61055709f25d],
    ),
    (
        (u64::MAX, 0),
        [0x8f5520d52a7ead08, 0xc476a018caa1802d, 0xc3c93ea5cde434cc],
    ),
    (
        (u64::MAX, 7),
        [0x890fcecbf25563e3, 0x60d1e17aeb58534b, 0xce0c0ba7b0e42f85],
    ),
];

#[test]
fn is_the_published_algorithm() {
    for ((seed, stream), expected) in REFERENCE {
        let mut random = Random::new(seed, stream);
        let drawn: Vec<u64> = (0..1000).map(|_| random.bits()).collect();
        assert_eq!(
            [drawn[0], drawn[1], drawn[999]],
            expected,
            "{seed} {stream}"
        );
    }
}

#[test]
fn streams_have_nothing_in_common() {
    let mut seen = HashSet::new();
    for seed in [0, 1, 2, u64::MAX] {
        for stream in [0, 1, 2, 3, 16, 17, (1 << 62) - 1] {
            let mut random = Random::new(seed, stream);
            assert!(
                (0..1000).all(|_| seen.insert(random.bits())),
                "{seed} {stream}"
            );
        }
    }
    // Nor does one stream say anything about the next: half of the bits are equal.
    for stream in 0..16 {
        let (mut one, mut other) = (Random::new(1, stream), Random::new(1, stream + 1));
        let differ: u64 = (0..1000)
            .map(|_| u64::from((one.bits() ^ other.bits()).count_ones()))
            .sum();
        assert!(
            interval(64_000, 0.5).contains(&differ),
            "{stream}: {differ}"
        );
    }
}

#[test]
fn certain_chances_draw_nothing() {
    let (mut random, mut other) = (Random::new(7, 7), Random::new(7, 7));
    for _ in 0..1000 {
        assert!(!random.chance(0));
        for ppm in [MILLION, MILLION + 1, u32::MAX] {
            assert!(random.chance(ppm));
        }
    }
    assert_eq!(random.below(0), 0);
    assert_eq!(random.below(1), 0);
    assert_eq!(random.bits(), other.bits());
}

/// How often a chance of `ppm` comes, in `draws`.
fn count(seed: u64, ppm: u32, draws: u64) -> u64 {
    let mut random = Random::new(seed, 0);
    (0..draws).filter(|_| random.chance(ppm)).count() as u64
}

#[test]
fn chances_are_what_they_say() {
    for ppm in [
        1, 10, 100, 1_000, 10_000, 100_000, 500_000, 900_000, 999_999,
    ] {
        let allowed = interval(DRAWS, f64::from(ppm) / 1e6);
        let seen = count(1, ppm, DRAWS);
        assert!(
            allowed.contains(&seen),
            "{ppm} ppm: {seen}, not {allowed:?}"
        );
    }
}

#[test]
fn a_chance_is_a_number_of_numbers() {
    for ppm_is_more in [false, true] {
        let (mut random, mut other) = (Random::new(2, 2), Random::new(2, 2));
        for _ in 0..1000 {
            let number = other.below(u64::from(MILLION)) as u32;
            let ppm = number + u32::from(ppm_is_more);
            assert_eq!(random.chance(ppm), ppm_is_more, "{number}");
        }
    }
}

#[test]
fn no_bits_are_wasted() {
    for power in 1..64 {
        let (mut random, mut other) = (Random::new(power, 0), Random::new(power, 0));
        for _ in 0..100 {
            assert_eq!(random.below(1 << power), other.bits() >> (64 - power));
        }
    }
}

#[test]
fn chances_are_exact() {
    // Over so many draws, a chance counted in 2^20 parts and not in a million would be seen.
    let draws = 2_000_000;
    for ppm in [100_000, 500_000, 999_000] {
        let p = f64::from(ppm) / 1e6;
        let seen = count(3, ppm, draws);
        assert!(interval(draws, p).contains(&seen), "{ppm} ppm: {seen}");
        let biased = p * 1e6 / f64::from(1 << 20);
        assert!(!interval(draws, biased).contains(&seen), "{ppm} ppm");
    }
}

#[test]
fn seeds_are_as_good_as_each_other() {
    let allowed = interval(10_000, 0.01);
    let outside = (0..2000)
        .filter(|&seed| !allowed.contains(&count(seed, 10_000, 10_000)))
        .count() as u64;
    assert!(outside <= *interval(2000, 0.001).end(), "{outside} of 2000");
}

#[test]
fn numbers_below_a_limit() {
    for limit in [
        2,
        3,
        4,
        5,
        7,
        8,
        9,
        12_112,
        MILLION.into(),
        (1 << 32) + 1,
        1 << 63,
    ] {
        let mut random = Random::new(5, 0);
        let draws: Vec<u64> = (0..10_000).map(|_| random.below(limit)).collect();
        assert!(draws.iter().all(|&number| number < limit), "{limit}");
        // Each of the numbers, or of four equal ranges of them, comes as often as the others.
        let parts = limit.min(4);
        let share = limit.div_ceil(parts);
        for part in 0..limit.div_ceil(share) {
            let range = part * share..limit.min((part + 1).saturating_mul(share));
            let seen = draws
                .iter()
                .filter(|&number| range.contains(number))
                .count() as u64;
            let p = (range.end - range.start) as f64 / limit as f64;
            assert!(
                interval(10_000, p).contains(&seen),
                "{limit}, {range:?}: {seen}"
            );
        }
    }
    let mut random = Random::new(5, 0);
    assert!((0..1000).all(|_| random.below(u64::MAX) < u64::MAX));
}

#[test]
fn every_small_number_comes() {
    for limit in 1..=64 {
        let mut random = Random::new(limit, 9);
        let seen: HashSet<u64> = (0..2000).map(|_| random.below(limit)).collect();
        assert_eq!(seen.len() as u64, limit);
    }
}

#[test]
fn the_normal_deviate_is_normal() {
    let draws = 8_000_000;
    let mut random = Random::new(1, 0);
    let (mut sum, mut squares, mut beyond) = (0i64, 0u64, [0u64; 6]);
    for _ in 0..draws {
        let deviate = random.normal();
        assert!(deviate.abs() < 12 * SIGMA);
        sum += deviate;
        squares += (deviate * deviate) as u64;
        for (sigmas, count) in (0..).zip(&mut beyond) {
            *count += u64::from(deviate > sigmas * SIGMA);
        }
    }
    let sigma = SIGMA as f64;
    let mean = sum as f64 / draws as f64 / sigma;
    let deviation = (squares as f64 / draws as f64).sqrt() / sigma;
    assert!(mean.abs() < 0.001, "mean {mean}");
    assert!(
        (deviation - 1.0).abs() < 0.001,
        "standard deviation {deviation}"
    );
    // What share is beyond 0, 1, 2, 3 sigma: normal but for what the description says.
    for (count, normal) in beyond.iter().zip([0.5, 0.158_655, 0.022_750, 0.001_350]) {
        let share = *count as f64 / draws as f64;
        assert!((share - normal).abs() < 0.0012, "{share}, not {normal}");
    }
    // Three in 100,000 would be beyond four sigma; there are some beyond five, too.
    assert!(
        (160..270).contains(&beyond[4]) && beyond[5] > 0,
        "{beyond:?}"
    );
}
