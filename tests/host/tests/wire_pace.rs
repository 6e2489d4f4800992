// SPDX-License-Identifier: GPL-2.0

//! A change of the wire's pace, in the middle of a GSO skb too, against a model that sends one frame
//! after the other in 128 bits.

use crate::vnet_rs::cable::{
    wire::{
        Pace,
        Wire, //
    },
    wire_frames::{
        WireFrames,
        OVERHEAD, //
    }, //
};
use proptest::prelude::*;

/// A pace with Ethernet's overhead.
fn pace(rate_kbps: u32) -> Pace {
    Pace {
        rate_kbps,
        overhead: OVERHEAD,
    }
}

/// The frames of an skb as the wire carries them, without what each takes besides itself.
fn frames(len: u32, header: u32, segment: u32) -> Vec<u32> {
    let mut rest = len - header;
    let mut frames = Vec::new();
    while rest > 0 {
        let payload = rest.min(segment);
        frames.push((header + payload).max(60));
        rest -= payload;
    }
    frames
}

/// Units of time in a nanosecond, for the model.
const UNITS: u128 = 1 << 48;

/// When the last of the frames has left that are sent at `start`, in units, if each has the pace of
/// the time at which it starts. [`None`]: one starts so near to a change that rounding decides.
fn model(start: u64, frames: &[u32], first: Pace, changes: &[(u64, Pace)]) -> Option<u128> {
    let mut time = u128::from(start) * UNITS;
    for bytes in frames {
        let near = |at: u64| (u128::from(at) * UNITS).abs_diff(time) < 2 * UNITS;
        if changes
            .iter()
            .any(|&(at, _)| near(at) && u128::from(at) * UNITS != time)
        {
            return None;
        }
        let before = |&&(at, _): &&(u64, Pace)| u128::from(at) * UNITS < time;
        let pace = changes
            .iter()
            .filter(before)
            .next_back()
            .map_or(first, |c| c.1);
        if pace.rate_kbps != 0 {
            let work = u128::from(bytes + pace.overhead) * 8_000_000 * UNITS;
            time += work / u128::from(pace.rate_kbps);
        }
    }
    Some(time)
}

/// The same with the wire that ships.
fn shipped(start: u64, sent: &WireFrames, first: Pace, changes: &[(u64, Pace)]) -> u64 {
    let mut wire = Wire::new();
    let mut end = wire.send(start, sent.on_wire_with(first.overhead), first.rate_kbps);
    let mut old = first;
    for &(at, new) in changes {
        if at >= end {
            break;
        }
        end = wire.change(at, sent, old, new);
        old = new;
    }
    end
}

/// 40 frames of 1442 bytes, as a GSO skb of UDP: at 16 kbit/s each takes 733 ms.
fn burst() -> WireFrames {
    WireFrames::segmented(42 + 56_000, 42, 1400)
}

const FRAME_AT_16: u64 = 1466 * 8 * 1_000_000 / 16;
const FRAME_AT_1G: u64 = 1466 * 8;

#[test]
fn the_frame_that_is_leaving_keeps_its_pace() {
    for (at, kept) in [
        (1, 1),
        (FRAME_AT_16 - 1, 1),
        // The second frame begins just then.
        (FRAME_AT_16, 2),
        (FRAME_AT_16 + 1, 2),
        (3 * FRAME_AT_16 + 5, 4),
        (40 * FRAME_AT_16 - 1, 40),
    ] {
        let end = shipped(0, &burst(), pace(16), &[(at, pace(1_000_000))]);
        assert_eq!(end, kept * FRAME_AT_16 + (40 - kept) * FRAME_AT_1G, "{at}");
    }
}

#[test]
fn slower_and_to_and_from_no_rate() {
    let down = shipped(7, &burst(), pace(1_000_000), &[(8, pace(16))]);
    assert_eq!(down, 7 + FRAME_AT_1G + 39 * FRAME_AT_16);
    let lifted = shipped(7, &burst(), pace(16), &[(8, pace(0))]);
    assert_eq!(lifted, 7 + FRAME_AT_16);
    // The rest waits for the first frame, and has not gone when the limit comes back.
    let back = [(8, pace(0)), (9, pace(1_000_000))];
    assert_eq!(
        shipped(7, &burst(), pace(16), &back),
        7 + FRAME_AT_16 + 39 * FRAME_AT_1G
    );
    // At rate 0 all has left when it starts.
    assert_eq!(shipped(7, &burst(), pace(0), &[(8, pace(16))]), 7);
}

#[test]
fn changes_while_one_frame_leaves() {
    let changes = [
        (1, pace(1)),
        (2, pace(0)),
        (3, pace(1000)),
        (4, pace(1_000_000)),
    ];
    let end = shipped(0, &burst(), pace(16), &changes);
    assert_eq!(end, FRAME_AT_16 + 39 * FRAME_AT_1G);
    // One frame of 9000 bytes is the one that is leaving.
    let single = WireFrames::single(9000);
    assert_eq!(
        shipped(0, &single, pace(16), &[(1, pace(1_000_000))]),
        9024 * 8 * 1_000_000 / 16
    );
}

#[test]
fn the_overhead_changes_too() {
    let bare = Pace {
        rate_kbps: 16,
        overhead: 0,
    };
    let end = shipped(0, &burst(), pace(16), &[(FRAME_AT_16 + 1, bare)]);
    assert_eq!(end, 2 * FRAME_AT_16 + 38 * 1442 * 500_000);
}

#[test]
fn what_follows_a_changed_burst_keeps_the_fraction() {
    // At 11 kbit/s a frame leaves a rest of 1/11 ns, at 1 kbit/s none.
    let (mut wire, sent) = (Wire::new(), WireFrames::segmented(42 + 30, 42, 10));
    let start = 5;
    wire.send(start, sent.on_wire, 11);
    // Two frames at 11 kbit/s, the last one at 7.
    let frame = 84 * 8_000_000u64;
    wire.change(start + frame / 11 + 1, &sent, pace(11), pace(7));
    let end = wire.send(0, 84, 7);
    let exact = (u128::from(frame) * 2 * 7 + u128::from(frame) * 2 * 11) / 77;
    assert!(u128::from(end - start).abs_diff(exact) <= 1);
}

/// A GSO skb: its length, its headers and its segment size.
fn gso() -> impl Strategy<Value = (u32, u32, u32)> {
    (40u32..100, 1u32..60_000, 1u32..3000)
        .prop_map(|(header, payload, segment)| (header + payload, header, segment))
}

/// Some changes, each so long after the one before in thousandths of an skb, with a rate.
fn changes(rates: &'static [u32]) -> impl Strategy<Value = Vec<(u64, Pace)>> {
    let any_pace =
        (proptest::sample::select(rates), 0u32..100).prop_map(|(rate_kbps, overhead)| Pace {
            rate_kbps,
            overhead,
        });
    proptest::collection::vec((0u64..700, any_pace), 1..6)
}

/// The times of the changes, each in thousandths of what was left of the skb before it.
fn placed(
    start: u64,
    sent: &WireFrames,
    first: Pace,
    changes: Vec<(u64, Pace)>,
) -> Vec<(u64, Pace)> {
    let (mut placed, mut at) = (Vec::new(), start);
    for (part, pace) in changes {
        let end = shipped(start, sent, first, &placed);
        at += (end.saturating_sub(at) / 1000).max(1) * part;
        placed.push((at, pace));
    }
    placed
}

/// Rates at which each bit takes whole nanoseconds; and 0.
const WHOLE: &[u32] = &[0, 1, 2, 5, 16, 64, 100, 1000, 10_000, 100_000, 1_000_000];
const ODD: &[u32] = &[0, 1, 3, 7, 11, 999, 1001, 99_991, 999_983, 39_999_983];

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn each_frame_has_the_pace_at_which_it_starts_to_the_bit(
        (len, header, segment) in gso(),
        first in proptest::sample::select(WHOLE),
        start in 0u64..1 << 40,
        changes in changes(WHOLE),
    ) {
        let (sent, first) = (WireFrames::segmented(len, header, segment), pace(first));
        let changes = placed(start, &sent, first, changes);
        let frames = frames(len, header, segment);
        prop_assert_eq!(frames.len(), sent.frames as usize);
        if let Some(exact) = model(start, &frames, first, &changes) {
            let end = shipped(start, &sent, first, &changes);
            prop_assert_eq!(u128::from(end) * UNITS, exact);
        }
    }

    #[test]
    fn and_within_a_nanosecond_a_change_at_any_rate(
        (len, header, segment) in gso(),
        first in proptest::sample::select(ODD),
        start in 0u64..1 << 40,
        changes in changes(ODD),
    ) {
        let (sent, first) = (WireFrames::segmented(len, header, segment), pace(first));
        let changes = placed(start, &sent, first, changes);
        let frames = frames(len, header, segment);
        if let Some(exact) = model(start, &frames, first, &changes) {
            let end = u128::from(shipped(start, &sent, first, &changes));
            prop_assert!(end.abs_diff(exact / UNITS) <= 1 + changes.len() as u128);
        }
    }

    #[test]
    fn no_input_panics_or_goes_back(
        (len, header, segment) in (any::<u32>(), any::<u32>(), any::<u32>()),
        first in any::<u32>(),
        start in any::<u64>(),
        changes in proptest::collection::vec((any::<u64>(), any::<u32>(), any::<u32>()), 1..6),
    ) {
        let sent = WireFrames::segmented(len, header, segment);
        let mut wire = Wire::new();
        wire.send(start, sent.on_wire, first);
        let mut old = pace(first);
        for (at, rate_kbps, overhead) in changes {
            let new = Pace { rate_kbps, overhead };
            let end = wire.change(at, &sent, old, new);
            prop_assert_eq!(wire.free_at(), end);
            old = new;
        }
    }
}
