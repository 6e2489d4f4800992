// SPDX-License-Identifier: GPL-2.0

//! The delay line beside a list that is looked through from end to end for everything.
//!
//! The property tests and the fuzzer (tests/fuzz) share it.

use crate::vnet_rs::cable::delay_line::{
    DelayLine,
    HeapSlot,
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
pub enum Step {
    /// Enter or hold, with time (from now on), bytes, and whether the order is kept.
    Add(bool, u64, u32, bool),
    /// Let time pass, and take out so many of what has arrived.
    Wait(u64, usize),
    /// Move everything to a line with other limits: frames, bytes.
    Move(usize, u64),
    Drain,
}

/// The line and its model.
pub struct Both {
    line: DelayLine<Vec<HeapSlot<u32>>>,
    model: Model,
    now: u64,
}

/// An empty line.
pub fn line(frames: usize, byte_limit: u64) -> DelayLine<Vec<HeapSlot<u32>>> {
    DelayLine::new((0..frames).map(|_| HeapSlot::empty()).collect(), byte_limit)
}

impl Both {
    /// Empty ones.
    pub fn new(frames: usize, byte_limit: u64) -> Self {
        Self {
            line: line(frames, byte_limit),
            model: Model {
                frames,
                byte_limit,
                ..Default::default()
            },
            now: 0,
        }
    }

    /// Does step `number` to both, which must agree before and after.
    pub fn step(&mut self, number: u32, step: Step) {
        match step {
            Step::Add(held, at, bytes, keep_order) => {
                let at = self.now.saturating_add(at);
                let frame = Frame {
                    at,
                    held,
                    bytes,
                    number,
                };
                let result = match held {
                    true => self.line.hold(at, bytes, number, keep_order),
                    false => self.line.enter(at, bytes, number, keep_order),
                };
                assert_eq!(result, self.model.add(frame, keep_order));
            }
            Step::Wait(time, count) => {
                self.now = self.now.saturating_add(time);
                for _ in 0..count {
                    assert_eq!(self.line.pop(self.now), self.model.pop(self.now));
                }
            }
            Step::Move(frames, byte_limit) => self.move_to(frames, byte_limit),
            Step::Drain => {
                let left: Vec<u32> = self.line.drain().collect();
                let expected = std::iter::from_fn(|| self.model.pop(u64::MAX));
                assert_eq!(left, expected.map(|(_, number)| number).collect::<Vec<_>>());
                self.model.latest = 0;
            }
        }
        assert_eq!(self.line.len(), self.model.list.len());
        assert_eq!(self.line.bytes(), self.model.bytes());
        assert_eq!(self.line.next_at(), self.model.next_at());
    }

    fn move_to(&mut self, frames: usize, byte_limit: u64) {
        let fits = self.model.list.len() <= frames && self.model.bytes() <= byte_limit;
        let mut other = line(frames, byte_limit);
        assert_eq!(self.line.move_into(&mut other), fits);
        if fits {
            self.line = other;
            (self.model.frames, self.model.byte_limit) = (frames, byte_limit);
        }
    }
}
