// SPDX-License-Identifier: GPL-2.0

//! How long frames take: latency, and jitter of both kinds.

use crate::binomial::interval;
use crate::fates::{
    fates,
    link,
    FRAMES, //
};
use crate::vnet_rs::cable::{
    fate::Fates,
    link::{
        JitterModel,
        MAX_DELAY_NS, //
    }, //
};

/// Times around the limits.
const TIMES: [u64; 6] = [
    0,
    1,
    MAX_DELAY_NS - 1,
    MAX_DELAY_NS,
    MAX_DELAY_NS + 1,
    u64::MAX,
];

/// The delays of so many frames.
fn delays(latency_ns: u64, jitter_ns: u64, jitter_model: JitterModel) -> Vec<u64> {
    let link = link(|link| {
        link.latency_ns = latency_ns;
        link.jitter_ns = jitter_ns;
        link.jitter_model = jitter_model;
    });
    fates(link, FRAMES)
        .iter()
        .map(|fate| fate.delay_ns)
        .collect()
}

/// That a mean is right: within 3.29 times its standard error, what 99.9 % of all are.
fn assert_mean(mean: f64, expected: f64, deviation: f64) {
    let error = deviation / (FRAMES as f64).sqrt();
    assert!((mean - expected).abs() < 3.29 * error, "mean {mean}");
}

/// That all values are in a range.
fn assert_all(values: &[u64], range: std::ops::RangeInclusive<u64>) {
    assert!(
        values.iter().all(|value| range.contains(value)),
        "{range:?}"
    );
}

/// How many values are 0.
fn zeros(values: &[u64]) -> u64 {
    values.iter().filter(|&&value| value == 0).count() as u64
}

/// Mean and standard deviation.
fn moments(values: &[u64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().map(|&value| value as f64).sum::<f64>() / n;
    let squares = values.iter().map(|&value| (value as f64 - mean).powi(2));
    (mean, (squares.sum::<f64>() / n).sqrt())
}

#[test]
fn uniform_jitter() {
    let (latency, jitter) = (1_000_000, 400_000);
    let all = delays(latency, jitter, JitterModel::Uniform);
    assert_all(&all, 600_000..=1_400_000);
    let (mean, deviation) = moments(&all);
    let expected = jitter as f64 / 3f64.sqrt();
    assert_mean(mean, 1e6, expected);
    let off = (deviation / expected - 1.0).abs();
    assert!(off < 0.01, "deviation {deviation}");
    // Both ends are reached, and what would be early is not.
    let narrow = delays(5, 2, JitterModel::Uniform);
    for delay in 3..=7 {
        let seen = narrow.iter().filter(|&&other| other == delay).count() as u64;
        assert!(interval(FRAMES, 0.2).contains(&seen), "{delay} ns: {seen}");
    }
    let clamped = delays(1, 2, JitterModel::Uniform);
    let early = zeros(&clamped);
    assert!(interval(FRAMES, 0.4).contains(&early), "{early}");
    assert_eq!(clamped.iter().max(), Some(&3));
}

#[test]
fn normal_jitter() {
    let (latency, jitter) = (1_000_000_000, 100_000_000);
    let all = delays(latency, jitter, JitterModel::Normal);
    let (mean, deviation) = moments(&all);
    assert_mean(mean, 1e9, 1e8);
    // The error of a deviation is sigma / sqrt(2 n): 0.22 %, of which 3.29 are allowed.
    let off = (deviation / 1e8 - 1.0).abs();
    assert!(off < 0.0074, "deviation {deviation}");
    assert_all(&all, 600_000_000..=1_400_000_000);
    assert!(all.iter().any(|delay| *delay > 1_380_000_000));
    // Half of what has no latency would be early.
    let clamped = delays(0, jitter, JitterModel::Normal);
    let early = zeros(&clamped);
    assert!(interval(FRAMES, 0.5).contains(&early), "{early}");
    // Small ones keep their mean, too.
    let (mean, _) = moments(&delays(100, 10, JitterModel::Normal));
    assert_mean(mean, 100.0, 10.0);
}

#[test]
fn delays_have_a_limit() {
    for latency in TIMES {
        let link = link(|link| link.latency_ns = latency);
        let delay = Fates::new(0, 0).next(&link, 0).delay_ns;
        assert_eq!(delay, latency.min(MAX_DELAY_NS));
        for jitter in TIMES {
            let all = delays(latency, jitter, JitterModel::Uniform);
            assert_all(&all, 0..=2 * MAX_DELAY_NS);
            let all = delays(latency, jitter, JitterModel::Normal);
            assert_all(&all, 0..=5 * MAX_DELAY_NS);
        }
    }
}
