// SPDX-License-Identifier: GPL-2.0

//! The delay line against a list that is looked through from end to end for everything.

#[allow(dead_code)]
#[path = "../../../vnet_rs"]
mod vnet_rs {
    pub(crate) mod delay_line;
}

use proptest::prelude::*;
use vnet_rs::delay_line::{
    DelayLine,
    Slot,
    HOLD_NS, //
};

/// A frame of the model.
#[derive(Clone, Debug)]
struct Frame {
    /// When it arrives, as far as is known now.
    at: u64,
    held: bool,
    bytes: u32,
    number: u32,
}

/// A list in which equal times stand in their order.
#[derive(Default)]
struct Model {
    list: Vec<Frame>,
    latest: u64,
    frames: usize,
    byte_limit: u64,
}

impl Model {
    fn bytes(&self) -> u64 {
        self.list.iter().map(|frame| u64::from(frame.bytes)).sum()
    }

    fn add(&mut self, mut frame: Frame, keep_order: bool) -> Result<(), u32> {
        let bytes = self.bytes() + u64::from(frame.bytes);
        if self.list.len() == self.frames || bytes > self.byte_limit {
            return Err(frame.number);
        }
        self.latest = self.latest.max(frame.at);
        if keep_order {
            frame.at = self.latest;
        }
        if frame.held {
            frame.at = frame.at.saturating_add(HOLD_NS);
            self.list.push(frame);
            return Ok(());
        }
        // Those that were held are taken out and stand behind it.
        let at = frame.at;
        let (held, mut list): (Vec<_>, Vec<_>) = std::mem::take(&mut self.list)
            .into_iter()
            .partition(|frame| frame.held);
        list.push(frame);
        list.extend(held.into_iter().map(|frame| Frame {
            at,
            held: false,
            ..frame
        }));
        self.list = list;
        Ok(())
    }

    /// The place of what comes first: of equals, `min_by_key` finds the first.
    fn first(&self) -> Option<usize> {
        (0..self.list.len()).min_by_key(|&place| self.list[place].at)
    }

    fn next_at(&self) -> Option<u64> {
        self.first().map(|place| self.list[place].at)
    }

    fn pop(&mut self, now: u64) -> Option<(u64, u32)> {
        let place = self.first().filter(|&place| self.list[place].at <= now)?;
        let frame = self.list.remove(place);
        Some((frame.at, frame.number))
    }
}

/// What can be done to a line.
#[derive(Clone, Debug)]
enum Step {
    /// Enter or hold, with time (from now on), bytes, and whether the order is kept.
    Add(bool, u64, u32, bool),
    /// Let time pass, and take out so many of what has arrived.
    Wait(u64, usize),
    /// Move everything to a line with other limits.
    Move(usize, u64),
    Drain,
}

/// Times that are often equal, some near the time for which frames are held, some at the end.
fn time() -> impl Strategy<Value = u64> {
    prop_oneof![
        8 => 0..4u64,
        4 => HOLD_NS - 2..HOLD_NS + 3,
        2 => 0..3 * HOLD_NS,
        1 => u64::MAX - 2 * HOLD_NS..=u64::MAX,
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let short = prop_oneof![4 => 0..4u64, 2 => HOLD_NS - 2..HOLD_NS + 3];
    prop_oneof![
        20 => (prop::bool::weighted(0.3), time(), 0..30u32, any::<bool>())
            .prop_map(|(held, at, bytes, keep)| Step::Add(held, at, bytes, keep)),
        10 => (short, 0..8usize).prop_map(|(time, count)| Step::Wait(time, count)),
        1 => (0..40usize, 0..600u64).prop_map(|(frames, bytes)| Step::Move(frames, bytes)),
        1 => Just(Step::Drain),
    ]
}

/// An empty line.
fn line(frames: usize, byte_limit: u64) -> DelayLine<Vec<Slot<u32>>> {
    DelayLine::new((0..frames).map(|_| Slot::empty()).collect(), byte_limit)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn does_what_the_model_does(
        frames in 0..40usize, byte_limit in 0..600u64,
        steps in prop::collection::vec(step(), 1..300),
    ) {
        let mut line = line(frames, byte_limit);
        let mut model = Model { frames, byte_limit, ..Default::default() };
        let mut now = 0u64;
        for (number, step) in (0..).zip(steps) {
            match step {
                Step::Add(held, at, bytes, keep_order) => {
                    let at = now.saturating_add(at);
                    let result = match held {
                        true => line.hold(at, bytes, number, keep_order),
                        false => line.enter(at, bytes, number, keep_order),
                    };
                    let frame = Frame { at, held, bytes, number };
                    prop_assert_eq!(result, model.add(frame, keep_order));
                }
                Step::Wait(time, count) => {
                    now = now.saturating_add(time);
                    for _ in 0..count {
                        prop_assert_eq!(line.pop(now), model.pop(now));
                    }
                }
                Step::Move(frames, byte_limit) => {
                    let fits = model.list.len() <= frames && model.bytes() <= byte_limit;
                    let mut other = self::line(frames, byte_limit);
                    prop_assert_eq!(line.move_into(&mut other), fits);
                    if fits {
                        line = other;
                        (model.frames, model.byte_limit) = (frames, byte_limit);
                    }
                }
                Step::Drain => {
                    let left: Vec<u32> = line.drain().collect();
                    let expected = std::iter::from_fn(|| model.pop(u64::MAX));
                    prop_assert_eq!(left, expected.map(|(_, number)| number).collect::<Vec<_>>());
                    model.latest = 0;
                }
            }
            prop_assert_eq!(line.len(), model.list.len());
            prop_assert_eq!(line.bytes(), model.bytes());
            prop_assert_eq!(line.next_at(), model.next_at());
        }
    }

    #[test]
    fn sorts(times in prop::collection::vec(any::<u16>(), 0..2000)) {
        let mut line = line(times.len(), 0);
        for (number, &at) in (0..).zip(&times) {
            prop_assert_eq!(line.enter(at.into(), 0, number, false), Ok(()));
        }
        let mut sorted: Vec<_> = (0..).zip(&times).map(|(number, &at)| (at, number)).collect();
        sorted.sort();
        let drained: Vec<u32> = line.drain().collect();
        prop_assert_eq!(drained, sorted.into_iter().map(|(_, number)| number).collect::<Vec<_>>());
    }
}
