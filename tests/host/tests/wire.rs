// SPDX-License-Identifier: GPL-2.0

//! The wire's timing against arithmetic in 128 bits, which the kernel does not have.

use crate::vnet_rs::cable::{
    wire::{
        drain_time_ns,
        link_speed_mbps,
        Wire, //
    },
    wire_frames::WireFrames, //
};
use proptest::prelude::*;

const HOUR: u64 = 3_600_000_000_000;
const MAX_RATE: u32 = 400_000_000;

/// Nanoseconds times rate that `bytes` of wire take: exact at any one rate.
fn work(bytes: u32) -> u128 {
    u128::from(bytes) * 8 * 1_000_000
}

/// Frames back to back from `start` until an hour has passed; each must leave exactly when the sum
/// of all bits says.
fn runs_for_an_hour(rate: u32, start: u64, mut next_bytes: impl FnMut(u64) -> u32) {
    let mut wire = Wire::new();
    let (mut total, mut end, mut i) = (0, start, 0);
    while end - start < HOUR {
        let bytes = next_bytes(i);
        total += work(bytes);
        // Offered while the one before it is still on the wire, at the latest when it has left.
        let now = if i % 3 == 0 { end } else { start };
        end = wire.send(now, bytes, rate);
        let exact = u128::from(start) + total / u128::from(rate);
        assert_eq!(u128::from(end), exact, "rate {rate}, skb {i}");
        i += 1;
    }
}

#[test]
fn unlimited_takes_no_time_but_keeps_the_order() {
    let mut wire = Wire::new();
    assert_eq!(wire.send(5, 9046, 0), 5);
    assert_eq!(wire.send(5, 9046, 0), 5);
    let busy_until = wire.send(6, 1538, 1000);
    assert_eq!(busy_until, 6 + 1538 * 8 * 1000);
    assert_eq!(wire.send(7, 84, 0), busy_until, "must not overtake");
    assert_eq!(wire.send(busy_until + 1, 84, 0), busy_until + 1);
    assert_eq!(wire.send(0, 84, 0), busy_until + 1, "time does not go back");
}

/// An skb as (frames, bytes, on the wire).
fn told(sent: WireFrames) -> (u32, u32, u32) {
    (sent.frames, sent.bytes, sent.on_wire)
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
        assert_eq!(told(WireFrames::single(len)), (1, bytes - 24, bytes));
        assert_eq!(Wire::new().send(0, bytes, 8_000_000), u64::from(bytes));
    }
    assert_eq!(told(WireFrames::single(u32::MAX)), (1, u32::MAX, u32::MAX));
}

#[test]
fn segments_of_a_gso_skb() {
    for ((len, header, segment), expected) in [
        // TCP over IPv4 with timestamps, as large as a TSO skb gets.
        ((65_226, 66, 1448), (45, 68_130, 45 * 1538)),
        ((66 + 1448, 66, 1448), (1, 1514, 1538)),
        ((66 + 1449, 66, 1448), (2, 1515 + 66, 1538 + 91)),
        ((66 + 2 * 1448, 66, 1448), (2, 2 * 1514, 2 * 1538)),
        // The last one is padded, or all are.
        ((54 + 1461, 54, 1460), (2, 1514 + 60, 1538 + 84)),
        ((42 + 10, 42, 3), (4, 4 * 60, 4 * 84)),
        ((42 + 3, 42, 1), (3, 3 * 60, 3 * 84)),
        // Nothing to cut, or nothing to cut it by: one frame.
        ((2000, 66, 0), (1, 2000, 2024)),
        ((66, 66, 1448), (1, 66, 90)),
        ((65, 66, 1448), (1, 65, 89)),
        ((0, 0, 1448), (1, 60, 84)),
        ((0, 66, 1), (1, 60, 84)),
        ((100, u32::MAX, u32::MAX), (1, 100, 124)),
        // The end of the numbers.
        ((u32::MAX, 0, 1), (u32::MAX, u32::MAX, u32::MAX)),
        ((u32::MAX, 54, 1), (u32::MAX - 54, u32::MAX, u32::MAX)),
        ((u32::MAX, 1, u32::MAX), (1, u32::MAX, u32::MAX)),
    ] {
        let sent = WireFrames::segmented(len, header, segment);
        assert_eq!(told(sent), expected, "{len} {header} {segment}");
    }
}

#[test]
fn saturates_at_the_end_of_time() {
    for rate in [1, 999, MAX_RATE, u32::MAX] {
        let mut wire = Wire::new();
        assert_eq!(wire.send(u64::MAX, u32::MAX, rate), u64::MAX);
        assert_eq!(wire.send(0, u32::MAX, rate), u64::MAX);
        assert_eq!(wire.send(u64::MAX - 1, 84, 0), u64::MAX);
    }
    let mut wire = Wire::new();
    assert_eq!(wire.send(u64::MAX - 84, 85, 8_000_000), u64::MAX);
    assert_eq!(drain_time_ns(u32::MAX, u32::MAX, 1), u64::MAX);
}

#[test]
fn an_idle_wire_starts_when_asked() {
    let mut wire = Wire::new();
    // 84 bytes at 11 kbit/s take 672,000,000 / 11 ns, which leaves a rest of 1/11 ns.
    let rate = 11;
    let took = 84 * 8 * 1_000_000 / 11;
    assert_eq!(wire.send(100, 84, rate), 100 + took);
    // The wire is really free within the nanosecond after `took`: one later it is idle.
    assert_eq!(wire.send(100 + took + 1, 84, rate), 100 + took + 1 + took);
    let mut wire = Wire::new();
    wire.send(100, 84, rate);
    // Eleven rests make a whole nanosecond.
    for i in 2..=11u64 {
        let end = wire.send(100, 84, rate);
        assert_eq!(end, 100 + i * 672_000_000 / 11);
    }
}

#[test]
fn an_hour_at_real_rates_and_sizes() {
    runs_for_an_hour(10_000, 0, |_| 1538);
    runs_for_an_hour(1, 12345, |_| 84);
    runs_for_an_hour(2, 12345, |i| (i % 9047) as u32);
    runs_for_an_hour(99_991, 1, |i| 84 + (i % 1455) as u32);
    runs_for_an_hour(999_983, 7, |_| 9046);
    runs_for_an_hour(999_983, 7, |i| {
        WireFrames::segmented(65_226 - (i % 9000) as u32, 66, 1448).on_wire
    });
}

#[test]
fn an_hour_at_high_rates() {
    // A real GSO skb is too short to fill an hour of this in a test: up to 4 GB each.
    for rate in [
        1_000_000,
        39_999_983,
        100_000_007,
        399_999_959,
        MAX_RATE,
        u32::MAX,
    ] {
        runs_for_an_hour(rate, 3, |i| {
            u32::MAX - (i as u32).wrapping_mul(2_654_435_761) / 2
        });
    }
}

#[test]
fn link_speed_is_the_nearest_number_of_megabits() {
    for (rate, speed) in [
        (0, 400_000),
        (1, 1),
        (16, 1),
        (999, 1),
        (1000, 1),
        (1499, 1),
        (1500, 2),
        (20_000, 20),
        (1_000_000, 1000),
        (MAX_RATE, 400_000),
        (u32::MAX, 4_294_967),
    ] {
        assert_eq!(link_speed_mbps(rate), speed, "at {rate} kbit/s");
    }
}

#[test]
fn drain_time_examples() {
    assert_eq!(drain_time_ns(256, 9046, 0), 0);
    assert_eq!(drain_time_ns(0, 9046, 1), 0);
    assert_eq!(drain_time_ns(1, 1538, 1_000_000), 1538 * 8);
    assert_eq!(drain_time_ns(4096, 9046, 1), 4096 * 9046 * 8 * 1_000_000);
}

/// Any rate, and slow ones often: there the remainder is large.
fn rate() -> impl Strategy<Value = u32> {
    prop_oneof![1..=1000u32, 1..=MAX_RATE]
}

/// Any number, and often one at an end of the numbers.
fn edge() -> impl Strategy<Value = u32> {
    prop_oneof![any::<u32>(), 0..2000u32, u32::MAX - 100..]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_frames_at_any_rate(
        rate in rate(),
        start in 0..u64::MAX / 2,
        sizes in proptest::collection::vec(0u32..=70_000, 1..200),
    ) {
        let mut wire = Wire::new();
        let mut total = 0;
        for bytes in sizes {
            total += work(bytes);
            let exact = u128::from(start) + total / u128::from(rate);
            prop_assert_eq!(u128::from(wire.send(start, bytes, rate)), exact);
        }
    }

    #[test]
    fn gaps_busy_or_idle(
        rate in rate(),
        offered in proptest::collection::vec((0u32..=9046, 0u64..200_000), 1..200),
    ) {
        // In units of 1/rate ns, the oracle has no rounding at all.
        let rate128 = u128::from(rate);
        let (mut wire, mut now, mut free) = (Wire::new(), 0, 0u128);
        for (bytes, gap) in offered {
            now += gap;
            free = free.max(u128::from(now) * rate128) + work(bytes);
            prop_assert_eq!(u128::from(wire.send(now, bytes, rate)), free / rate128);
        }
    }

    #[test]
    fn rate_changes_lose_next_to_nothing(
        offered in proptest::collection::vec((0u32..=9046, rate(), 1usize..5), 1..100),
    ) {
        // In units of 2^-64 ns, rounded down by less than one unit a frame.
        let (mut wire, mut exact, mut lost) = (Wire::new(), 0u128, 0f64);
        for (bytes, rate, count) in offered {
            lost += 1.0 / f64::from(rate);
            for _ in 0..count {
                exact += (work(bytes) << 64) / u128::from(rate);
                let end = u128::from(wire.send(0, bytes, rate));
                prop_assert!(end <= (exact >> 64) + 1);
                let behind = (exact as f64 - end as f64 * 2f64.powi(64)) / 2f64.powi(64);
                // A double has 53 bits: a few nanoseconds are lost in the oracle at very late times.
                prop_assert!(behind < 1.0 + lost + end as f64 * 1e-15, "{behind} ns behind, {lost} allowed");
            }
        }
    }

    #[test]
    fn never_early_and_never_out_of_order(
        offered in proptest::collection::vec((0u32.., 0u32.., 0u64..), 1..100),
    ) {
        let (mut wire, mut last) = (Wire::new(), 0);
        for (bytes, rate, now) in offered {
            let end = wire.send(now, bytes, rate);
            prop_assert!(end >= now && end >= last);
            last = end;
        }
    }

    #[test]
    fn drain_time_is_an_upper_bound(count: u32, bytes: u32, rate in 1u32..) {
        let exact = (work(bytes) * u128::from(count)).div_ceil(u128::from(rate));
        let drain = u128::from(drain_time_ns(count, bytes, rate));
        let most = u128::from(u64::MAX);
        prop_assert!(drain >= exact.min(most) && drain <= (exact + u128::from(count)).min(most));
    }

    #[test]
    fn a_gso_skb_is_its_frames(payload in 1u32..70_000, header in 0u32..200, segment in 1u32..10_000) {
        // Cut one by one, as the NIC does.
        let (mut frames, mut bytes, mut on_wire, mut rest) = (0, 0, 0, payload);
        while rest > 0 {
            let len = header + rest.min(segment);
            rest -= rest.min(segment);
            frames += 1;
            bytes += len.max(60);
            on_wire += len.max(60) + 24;
        }
        let sent = WireFrames::segmented(header + payload, header, segment);
        prop_assert_eq!(told(sent), (frames, bytes, on_wire));
    }

    #[test]
    fn any_gso_skb_saturates(len in edge(), header in edge(), segment in edge()) {
        let sent = WireFrames::segmented(len, header, segment);
        let (mut frames, mut bytes) = (1, u64::from(len.max(60)));
        if segment > 0 && header < len {
            let full = u64::from((len - header).div_ceil(segment)) - 1;
            let cut = full * u64::from(segment);
            frames += full as u32;
            bytes = full * (u64::from(header) + u64::from(segment)).max(60);
            bytes += (u64::from(len) - cut).max(60);
        }
        let on_wire = bytes + 24 * u64::from(frames);
        let most = u64::from(u32::MAX);
        let expected = (frames, bytes.min(most) as u32, on_wire.min(most) as u32);
        prop_assert_eq!(told(sent), expected);
    }
}
