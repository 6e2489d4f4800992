// SPDX-License-Identifier: GPL-2.0

//! How often a thing may happen by chance, and not be wrong.

/// The numbers of successes in `draws` that a chance of `p` has with 99.9 %, exactly: each end cuts
/// off at most 0.05 %.
pub fn interval(draws: u64, p: f64) -> std::ops::RangeInclusive<u64> {
    if p <= 0.0 || p >= 1.0 {
        let all = if p <= 0.0 { 0 } else { draws };
        return all..=all;
    }
    // Each likelihood follows from the one beside it; what all are together is found at the end.
    let n = draws as f64;
    let up = |k: u64| (n - k as f64) / (k as f64 + 1.0) * p / (1.0 - p);
    let mode = ((n + 1.0) * p) as usize;
    let mut likely = vec![0.0f64; draws as usize + 1];
    likely[mode.min(draws as usize)] = 1.0;
    for k in mode..draws as usize {
        likely[k + 1] = likely[k] * up(k as u64);
    }
    for k in (0..mode.min(draws as usize)).rev() {
        likely[k] = likely[k + 1] / up(k as u64);
    }
    let tail = likely.iter().sum::<f64>() * 0.0005;
    let cut = |values: &mut dyn Iterator<Item = &f64>| {
        let mut sum = 0.0;
        values
            .take_while(|value| {
                sum += **value;
                sum <= tail
            })
            .count() as u64
    };
    let low = cut(&mut likely.iter());
    low..=draws - cut(&mut likely.iter().rev())
}
