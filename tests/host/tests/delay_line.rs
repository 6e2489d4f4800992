// SPDX-License-Identifier: GPL-2.0

//! The delay line case by case: order, holding, limits, and the end of time.
//!
//! Read next: `delay_line_model.rs`, cases that nobody chose; `delay_line_order.rs`, with real links.

use crate::vnet_rs::cable::delay_line::{
    DelayLine,
    HeapSlot,
    HOLD_NS, //
};
use std::rc::Rc;

type Line<T> = DelayLine<Vec<HeapSlot<T>>>;

const NO_LIMIT: u64 = u64::MAX;

/// An empty line.
fn line<T>(frames: usize, bytes: u64) -> Line<T> {
    DelayLine::new((0..frames).map(|_| HeapSlot::empty()).collect(), bytes)
}

/// All that arrives by `now`.
fn arrived<T>(line: &mut Line<T>, now: u64) -> Vec<(u64, T)> {
    std::iter::from_fn(|| line.pop(now)).collect()
}

/// Lets frames of one byte enter that have no fixed order, by (time, number).
fn enter(line: &mut Line<u32>, frames: &[(u64, u32)]) {
    for &(at, number) in frames {
        assert_eq!(line.enter(at, 1, number, false), Ok(()));
    }
}

#[test]
fn an_empty_line() {
    for frames in [0, 1, 2] {
        let mut line: Line<u32> = line(frames, 0);
        assert_eq!((line.len(), line.bytes()), (0, 0));
        assert_eq!(line.next_at(), None);
        assert_eq!(line.pop(u64::MAX), None);
        assert_eq!(line.drain().next(), None);
    }
}

#[test]
fn arrives_when_it_is_time() {
    let mut line = line(4, NO_LIMIT);
    enter(&mut line, &[(100, 1)]);
    assert_eq!(line.next_at(), Some(100));
    assert_eq!(line.pop(99), None);
    assert_eq!((line.len(), line.bytes()), (1, 1));
    assert_eq!(line.pop(100), Some((100, 1)));
    assert_eq!(line.pop(u64::MAX), None);
    assert_eq!((line.len(), line.bytes(), line.next_at()), (0, 0, None));
}

#[test]
fn the_earliest_first_and_equal_times_as_they_entered() {
    let mut line = line(16, NO_LIMIT);
    enter(
        &mut line,
        &[(5, 1), (3, 2), (5, 3), (9, 4), (3, 5), (0, 6), (5, 7)],
    );
    assert_eq!(arrived(&mut line, 3), [(0, 6), (3, 2), (3, 5)]);
    // A late comer stands behind its equals.
    enter(&mut line, &[(5, 8), (4, 9)]);
    let rest = [(4, 9), (5, 1), (5, 3), (5, 7), (5, 8), (9, 4)];
    assert_eq!(arrived(&mut line, 100), rest);
}

#[test]
fn keeps_the_order_if_the_latency_becomes_less() {
    let mut line = line(8, NO_LIMIT);
    assert_eq!(line.enter(100, 1, 1, true), Ok(()));
    assert_eq!(line.enter(50, 1, 2, true), Ok(()));
    assert_eq!(line.enter(99, 1, 3, true), Ok(()));
    assert_eq!(line.enter(101, 1, 4, true), Ok(()));
    // With jitter it may overtake.
    assert_eq!(line.enter(60, 1, 5, false), Ok(()));
    assert_eq!(line.enter(60, 1, 6, true), Ok(()));
    let all = [(60, 5), (100, 1), (100, 2), (100, 3), (101, 4), (101, 6)];
    assert_eq!(arrived(&mut line, 200), all);
    // Not even when they have gone.
    assert_eq!(line.enter(7, 1, 7, true), Ok(()));
    assert_eq!(line.pop(101), Some((101, 7)));
}

#[test]
fn a_held_frame_stands_right_behind_the_next_one() {
    let mut line = line(8, NO_LIMIT);
    enter(&mut line, &[(10, 1)]);
    assert_eq!(line.hold(20, 1, 2, true), Ok(()));
    assert_eq!(line.hold(30, 1, 3, true), Ok(()));
    assert_eq!((line.len(), line.bytes()), (3, 3));
    assert_eq!(arrived(&mut line, 30), [(10, 1)]);
    // The one that releases them, another at its time, and an earlier one.
    enter(&mut line, &[(40, 4), (40, 5), (35, 6)]);
    let all = [(35, 6), (40, 4), (40, 2), (40, 3), (40, 5)];
    assert_eq!(arrived(&mut line, 40), all);
}

#[test]
fn a_held_frame_does_not_wait_for_ever() {
    let mut line = line(8, NO_LIMIT);
    assert_eq!(line.hold(1_000, 1, 1, true), Ok(()));
    assert_eq!(line.hold(500, 1, 2, true), Ok(()));
    assert_eq!(line.hold(3_000, 1, 3, true), Ok(()));
    assert_eq!(line.next_at(), Some(1_000 + HOLD_NS));
    assert_eq!(line.pop(1_000 + HOLD_NS - 1), None);
    // In order, although the second one should have come first.
    let at = 1_000 + HOLD_NS;
    assert_eq!(arrived(&mut line, at), [(at, 1), (at, 2)]);
    // The third one still waits.
    enter(&mut line, &[(at + 5, 4)]);
    assert_eq!(arrived(&mut line, NO_LIMIT), [(at + 5, 4), (at + 5, 3)]);
}

#[test]
fn with_jitter_held_frames_wait_each_for_itself() {
    let mut line = line(8, NO_LIMIT);
    assert_eq!(line.hold(1_000, 1, 1, false), Ok(()));
    assert_eq!(line.hold(500, 1, 2, false), Ok(()));
    enter(&mut line, &[]);
    let all = [(500 + HOLD_NS, 2), (1_000 + HOLD_NS, 1)];
    assert_eq!(arrived(&mut line, NO_LIMIT), all);
    // Released, they are in the order in which they were held.
    assert_eq!(line.hold(1_000, 1, 3, false), Ok(()));
    assert_eq!(line.hold(500, 1, 4, false), Ok(()));
    enter(&mut line, &[(700, 5)]);
    assert_eq!(arrived(&mut line, NO_LIMIT), [(700, 5), (700, 3), (700, 4)]);
}

#[test]
fn no_more_frames_than_slots() {
    for frames in [0, 1, 2, 3, 255, 256, 257] {
        let mut line = line(frames, NO_LIMIT);
        for number in 0..frames as u64 {
            // From both ends.
            let result = match number % 2 {
                0 => line.enter(number, 1, number, false),
                _ => line.hold(number, 1, number, false),
            };
            assert_eq!(result, Ok(()), "{number} of {frames}");
        }
        assert_eq!(line.len(), frames);
        assert_eq!(line.enter(0, 1, 1000, false), Err(1000));
        assert_eq!(line.hold(0, 1, 1001, false), Err(1001));
        assert_eq!((line.len(), line.bytes()), (frames, frames as u64));
        if line.pop(u64::MAX).is_some() {
            assert_eq!(line.enter(0, 1, 1002, false), Ok(()));
            assert_eq!(line.enter(0, 1, 1003, false), Err(1003));
        }
    }
}

#[test]
fn no_more_bytes_than_the_limit() {
    let mut line = line(8, 100);
    assert_eq!(line.enter(1, 101, 1, false), Err(1));
    assert_eq!(line.enter(1, 100, 2, false), Ok(()));
    assert_eq!(line.enter(1, 0, 3, false), Ok(()));
    assert_eq!(line.enter(1, 1, 4, false), Err(4));
    assert_eq!(line.pop(1), Some((1, 2)));
    assert_eq!(line.hold(1, 60, 5, false), Ok(()));
    assert_eq!(line.hold(1, 41, 6, false), Err(6));
    assert_eq!(line.enter(1, 40, 7, false), Ok(()));
    assert_eq!((line.len(), line.bytes()), (3, 100));
    let mut most = self::line(2, u64::MAX);
    assert_eq!(most.enter(1, u32::MAX, 1, false), Ok(()));
    assert_eq!(most.enter(1, u32::MAX, 2, false), Ok(()));
    assert_eq!(most.bytes(), 2 * u64::from(u32::MAX));
}

#[test]
fn what_is_refused_changes_nothing() {
    let mut line = line(3, NO_LIMIT);
    enter(&mut line, &[(10, 1), (10, 2)]);
    assert_eq!(line.hold(10, 1, 3, true), Ok(()));
    // It does not release the held one, nor is it remembered as the latest.
    assert_eq!(line.enter(50, 1, 4, true), Err(4));
    assert_eq!(line.hold(60, 1, 5, true), Err(5));
    assert_eq!(arrived(&mut line, 50), [(10, 1), (10, 2)]);
    assert_eq!(line.enter(20, 1, 6, true), Ok(()));
    assert_eq!(arrived(&mut line, 20), [(20, 6), (20, 3)]);
}

#[test]
fn the_end_of_time() {
    let mut line = line(8, NO_LIMIT);
    assert_eq!(line.hold(u64::MAX - 5, 1, 1, true), Ok(()));
    assert_eq!(line.hold(u64::MAX, 1, 2, true), Ok(()));
    assert_eq!(line.next_at(), Some(u64::MAX));
    assert_eq!(line.pop(u64::MAX - 1), None);
    assert_eq!(line.enter(u64::MAX, 1, 3, true), Ok(()));
    assert_eq!(line.enter(0, 1, 4, true), Ok(()));
    let end = u64::MAX;
    let all = [(end, 3), (end, 1), (end, 2), (end, 4)];
    assert_eq!(arrived(&mut line, end), all);
}

#[test]
fn a_drained_line_is_like_new() {
    let mut line = line(8, NO_LIMIT);
    enter(&mut line, &[(u64::MAX, 1), (70, 2)]);
    assert_eq!(line.hold(60, 1, 3, false), Ok(()));
    assert_eq!(line.drain().collect::<Vec<_>>(), [2, 3, 1]);
    assert_eq!((line.len(), line.bytes(), line.next_at()), (0, 0, None));
    assert_eq!(line.enter(5, 1, 4, true), Ok(()));
    assert_eq!(line.pop(5), Some((5, 4)));
}

/// A line with frames in all states: held ones, and a latest time that has come and gone.
fn line_in_use() -> Line<u32> {
    let mut line = line(8, 10);
    enter(&mut line, &[(90, 1), (30, 2), (30, 3), (5, 4)]);
    assert_eq!(line.hold(40, 2, 5, true), Ok(()));
    assert_eq!(line.hold(40, 2, 6, true), Ok(()));
    assert_eq!(line.pop(5), Some((5, 4)));
    line
}

#[test]
fn moves_into_a_line_where_it_fits() {
    for (frames, bytes, fits) in [(5, 7, true), (100, 100, true), (4, 7, false), (5, 6, false)] {
        let (mut line, mut other) = (line_in_use(), line(frames, bytes));
        assert_eq!(line.move_into(&mut other), fits, "{frames} {bytes}");
        let (mut full, empty) = if fits { (other, line) } else { (line, other) };
        assert_eq!((empty.len(), empty.bytes(), empty.next_at()), (0, 0, None));
        assert_eq!((full.len(), full.bytes(), full.next_at()), (5, 7, Some(30)));
        // The held ones are still held, and the order is kept.
        assert_eq!(arrived(&mut full, 50), [(30, 2), (30, 3)]);
        assert_eq!(full.enter(60, 1, 7, true), Ok(()));
        let rest = [(90, 1), (90, 7), (90, 5), (90, 6)];
        assert_eq!(arrived(&mut full, 90), rest);
    }
    let (mut line, mut other) = (line_in_use(), line_in_use());
    assert!(!line.move_into(&mut other), "not empty");
    assert_eq!((line.len(), other.len()), (5, 5));
}

#[test]
fn nothing_is_lost_or_freed_twice() {
    let token = Rc::new(());
    let mut line = line(64, NO_LIMIT);
    for number in 0..100u64 {
        let at = number * 7919 % 100;
        let result = match number % 3 {
            0 => line.hold(at, 1, token.clone(), false),
            _ => line.enter(at, 1, token.clone(), false),
        };
        drop(result);
        assert_eq!(Rc::strong_count(&token), 1 + line.len());
        if number % 5 == 0 {
            drop(line.pop(at));
        }
    }
    let mut other = self::line(64, NO_LIMIT);
    assert!(line.move_into(&mut other));
    assert_eq!(Rc::strong_count(&token), 1 + other.len());
    drop(line);
    assert_eq!(other.drain().count() + 1, 1 + 64);
    assert_eq!(Rc::strong_count(&token), 1);
}
