// SPDX-License-Identifier: GPL-2.0

//! The wire's timing against arithmetic in 128 bits, which the kernel does not have.

#[allow(dead_code)]
#[path = "../../../vnet_rs"]
mod vnet_rs {
    pub(crate) mod wire;
}

use proptest::prelude::*;
use vnet_rs::wire::{
    drain_time_ns,
    link_speed_mbps,
    wire_bytes,
    Wire, //
};

const HOUR: u64 = 3_600_000_000_000;
const MAX_RATE: u32 = 400_000_000;

/// Nanoseconds times rate that a frame takes: exact at any one rate.
fn work(len: u32) -> u128 {
    (u128::from(len.max(60)) + 24) * 8 * 1_000_000
}

/// Frames back to back from `start` until an hour has passed; each must leave exactly when the sum
/// of all bits says.
fn runs_for_an_hour(rate: u32, start: u64, mut next_len: impl FnMut(u64) -> u32) {
    let mut wire = Wire::new();
    let (mut total, mut end, mut i) = (0, start, 0);
    while end - start < HOUR {
        let len = next_len(i);
        total += work(len);
        // Offered while the one before it is still on the wire, at the latest when it has left.
        let now = if i % 3 == 0 { end } else { start };
        end = wire.send(now, len, rate);
        let exact = u128::from(start) + total / u128::from(rate);
        assert_eq!(u128::from(end), exact, "rate {rate}, frame {i}");
        i += 1;
    }
}

#[test]
fn unlimited_takes_no_time_but_keeps_the_order() {
    let mut wire = Wire::new();
    assert_eq!(wire.send(5, 9022, 0), 5);
    assert_eq!(wire.send(5, 9022, 0), 5);
    let busy_until = wire.send(6, 1514, 1000);
    assert_eq!(busy_until, 6 + 1538 * 8 * 1000);
    assert_eq!(wire.send(7, 60, 0), busy_until, "must not overtake");
    assert_eq!(wire.send(busy_until + 1, 60, 0), busy_until + 1);
    assert_eq!(wire.send(0, 60, 0), busy_until + 1, "time does not go back");
}

#[test]
fn short_frames_are_padded() {
    for (len, bytes) in [
        (0, 84),
        (1, 84),
        (59, 84),
        (60, 84),
        (61, 85),
        (1514, 1538),
        (9022, 9046),
    ] {
        assert_eq!(wire_bytes(len), bytes);
        assert_eq!(Wire::new().send(0, len, 8_000_000), u64::from(bytes));
    }
    assert_eq!(wire_bytes(u32::MAX), u32::MAX);
}

#[test]
fn saturates_at_the_end_of_time() {
    for rate in [1, 999, MAX_RATE, u32::MAX] {
        let mut wire = Wire::new();
        assert_eq!(wire.send(u64::MAX, u32::MAX, rate), u64::MAX);
        assert_eq!(wire.send(0, u32::MAX, rate), u64::MAX);
        assert_eq!(wire.send(u64::MAX - 1, 60, 0), u64::MAX);
    }
    let mut wire = Wire::new();
    assert_eq!(wire.send(u64::MAX - 84, 60, 8_000_000), u64::MAX);
    assert_eq!(drain_time_ns(u32::MAX, u32::MAX, 1), u64::MAX);
}

#[test]
fn an_idle_wire_starts_when_asked() {
    let mut wire = Wire::new();
    // 84 bytes at 11 kbit/s take 672,000,000 / 11 ns, which leaves a rest of 1/11 ns.
    let rate = 11;
    let took = 84 * 8 * 1_000_000 / 11;
    assert_eq!(wire.send(100, 60, rate), 100 + took);
    // The wire is really free within the nanosecond after `took`: one later it is idle.
    assert_eq!(wire.send(100 + took + 1, 60, rate), 100 + took + 1 + took);
    let mut wire = Wire::new();
    wire.send(100, 60, rate);
    // Eleven rests make a whole nanosecond.
    for i in 2..=11u64 {
        let end = wire.send(100, 60, rate);
        assert_eq!(end, 100 + i * 672_000_000 / 11);
    }
}

#[test]
fn an_hour_at_real_rates_and_sizes() {
    runs_for_an_hour(10_000, 0, |_| 1514);
    runs_for_an_hour(1, 12345, |_| 60);
    runs_for_an_hour(2, 12345, |i| (i % 9023) as u32);
    runs_for_an_hour(99_991, 1, |i| 60 + (i % 1455) as u32);
    runs_for_an_hour(999_983, 7, |_| 9022);
}

#[test]
fn an_hour_at_high_rates() {
    // A real frame is too short to fill an hour of this in a test: "frames" of up to 4 GB.
    for rate in [
        1_000_000,
        39_999_983,
        100_000_007,
        399_999_959,
        MAX_RATE,
        u32::MAX,
    ] {
        runs_for_an_hour(rate, 3, |i| {
            u32::MAX - 24 - (i as u32).wrapping_mul(2_654_435_761) / 2
        });
    }
}

#[test]
fn link_speed_is_whole_megabits() {
    assert_eq!(link_speed_mbps(0), None);
    for (rate, speed) in [
        (1, None),
        (999, None),
        (1000, Some(1)),
        (1001, None),
        (1500, None),
    ] {
        assert_eq!(link_speed_mbps(rate), speed);
    }
    assert_eq!(link_speed_mbps(1_000_000), Some(1000));
    assert_eq!(link_speed_mbps(MAX_RATE), Some(400_000));
}

#[test]
fn drain_time_examples() {
    assert_eq!(drain_time_ns(256, 9022, 0), 0);
    assert_eq!(drain_time_ns(0, 9022, 1), 0);
    assert_eq!(drain_time_ns(1, 1514, 1_000_000), 1538 * 8);
    assert_eq!(drain_time_ns(4096, 9022, 1), 4096 * 9046 * 8 * 1_000_000);
}

/// Any rate, and slow ones often: there the remainder is large.
fn rate() -> impl Strategy<Value = u32> {
    prop_oneof![1..=1000u32, 1..=MAX_RATE]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_frames_at_any_rate(
        rate in rate(),
        start in 0..u64::MAX / 2,
        lens in proptest::collection::vec(0u32..=9022, 1..200),
    ) {
        let mut wire = Wire::new();
        let mut total = 0;
        for len in lens {
            total += work(len);
            let exact = u128::from(start) + total / u128::from(rate);
            prop_assert_eq!(u128::from(wire.send(start, len, rate)), exact);
        }
    }

    #[test]
    fn gaps_busy_or_idle(
        rate in rate(),
        frames in proptest::collection::vec((0u32..=9022, 0u64..200_000), 1..200),
    ) {
        // In units of 1/rate ns, the oracle has no rounding at all.
        let rate128 = u128::from(rate);
        let (mut wire, mut now, mut free) = (Wire::new(), 0, 0u128);
        for (len, gap) in frames {
            now += gap;
            free = free.max(u128::from(now) * rate128) + work(len);
            prop_assert_eq!(u128::from(wire.send(now, len, rate)), free / rate128);
        }
    }

    #[test]
    fn rate_changes_lose_next_to_nothing(
        frames in proptest::collection::vec((0u32..=9022, rate(), 1usize..5), 1..100),
    ) {
        // In units of 2^-64 ns, rounded down by less than one unit a frame.
        let (mut wire, mut exact, mut lost) = (Wire::new(), 0u128, 0f64);
        for (len, rate, count) in frames {
            lost += 1.0 / f64::from(rate);
            for _ in 0..count {
                exact += (work(len) << 64) / u128::from(rate);
                let end = u128::from(wire.send(0, len, rate));
                prop_assert!(end <= (exact >> 64) + 1);
                let behind = (exact as f64 - end as f64 * 2f64.powi(64)) / 2f64.powi(64);
                // A double has 53 bits: a few nanoseconds are lost in the oracle at very late times.
                prop_assert!(behind < 1.0 + lost + end as f64 * 1e-15, "{behind} ns behind, {lost} allowed");
            }
        }
    }

    #[test]
    fn never_early_and_never_out_of_order(
        frames in proptest::collection::vec((0u32.., 0u32.., 0u64..), 1..100),
    ) {
        let (mut wire, mut last) = (Wire::new(), 0);
        for (len, rate, now) in frames {
            let end = wire.send(now, len, rate);
            prop_assert!(end >= now && end >= last);
            last = end;
        }
    }

    #[test]
    fn drain_time_is_an_upper_bound(frames: u32, len: u32, rate in 1u32..) {
        let frame = u128::from(wire_bytes(len)) * 8_000_000;
        let exact = (frame * u128::from(frames)).div_ceil(u128::from(rate));
        let drain = u128::from(drain_time_ns(frames, len, rate));
        let most = u128::from(u64::MAX);
        prop_assert!(drain >= exact.min(most) && drain <= (exact + u128::from(frames)).min(most));
    }
}
