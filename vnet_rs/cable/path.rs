// SPDX-License-Identifier: GPL-2.0

//! The path: from leaving the wire to arriving at the far end, in one direction.
//!
//! On a perfect link there is none: what leaves arrives. Else a frame meets its fate (fate.rs) and
//! waits in the delay line (delay_line.rs) until its time has come. It is nobody's but ours then:
//! its sender has been told that it is sent, and may have changed or freed what it was made of.
//!
//! A path belongs to the engine that sends over it. What it is to be like comes from the control
//! path, which stops the engine for that ([`End::change`](super::end::End::change)).

use super::{
    counters::LineCounters,
    delay_line::{
        DelayLine,
        HeapSlot, //
    },
    fate::Fates,
    limits::Limits,
    link::Link,
    wire_frames::wire_frames, //
};
use crate::net::{
    memory::{
        self,
        SparingVec, //
    },
    DropReason,
    RxFrame,
    SkBuff, //
};
use kernel::prelude::*;

/// An Ethernet header, in bytes.
const HEADER: u32 = 14;

/// A delay line in use.
pub(crate) type Line = DelayLine<SparingVec<HeapSlot<RxFrame>>>;

/// The most memory that an empty line takes, in bytes.
pub(crate) fn line_memory(limits: Limits) -> u64 {
    let slots = u64::from(limits.frames).saturating_mul(size_of::<HeapSlot<RxFrame>>() as u64);
    memory::taken_by(slots)
}

/// Makes an empty line. May sleep.
///
/// # Errors
///
/// `ENOMEM`.
pub(crate) fn new_line(limits: Limits) -> Result<Line> {
    let mut slots = SparingVec::with_capacity(limits.frames as usize, GFP_KERNEL)?;
    for _ in 0..limits.frames {
        slots.push(HeapSlot::empty(), GFP_KERNEL)?;
    }
    Ok(DelayLine::new(slots, limits.bytes))
}

/// The path of frames in one direction.
pub(crate) struct Path {
    link: Link,
    /// Which direction of its cable it is: each has fates of its own.
    direction: u32,
    fates: Fates,
    /// There is one unless the link is perfect; and after that, until it is empty.
    line: Option<Line>,
    /// How many frames have come, modulo 2^32.
    count: u32,
    /// There was no memory to be had for more of them when this was last looked at.
    is_short: bool,
}

/// After so many frames the path looks how much memory there is.
const LOOK_EACH: u32 = 64;
/// Fewer bytes than these are on their way however short memory is.
const ALWAYS: u64 = 1 << 20;

impl Path {
    /// A path over a perfect link.
    pub(crate) const fn new(direction: u32) -> Self {
        Self {
            link: Link::PERFECT,
            direction,
            fates: Fates::new(Link::PERFECT.seed, direction),
            line: None,
            count: 0,
            is_short: false,
        }
    }

    /// Whether what leaves arrives at once.
    #[inline]
    pub(crate) fn is_clear(&self) -> bool {
        match &self.line {
            None => true,
            Some(line) => self.link.is_perfect() && line.len() == 0,
        }
    }

    /// Whether what is on its way fits into a line with such limits.
    pub(crate) fn fits(&self, limits: Limits) -> bool {
        self.line
            .as_ref()
            .is_none_or(|line| line.len() <= limits.frames as usize && line.bytes() <= limits.bytes)
    }

    /// Makes it a path over `link`, from the next frame on. If there is a `line`, what is on its
    /// way moves there, if it fits. What is not needed any more is left in its place.
    pub(crate) fn set(&mut self, link: Link, line: &mut Option<Line>) {
        if let Some(new) = line {
            // What does not fit stays, in a line that is larger than it need be.
            if self.line.as_mut().is_none_or(|old| old.move_into(new)) {
                core::mem::swap(&mut self.line, line);
            }
        } else if link.is_perfect() && self.is_empty() {
            *line = self.line.take();
        }
        if link.seed != self.link.seed {
            self.fates = Fates::new(link.seed, self.direction);
        }
        self.link = link;
    }

    /// Whether nothing is on its way.
    fn is_empty(&self) -> bool {
        self.line.as_ref().is_none_or(|line| line.len() == 0)
    }

    /// What has left the wire at the time `at`: it is on its way.
    #[inline(never)]
    pub(crate) fn enter(&mut self, counters: &LineCounters, skb: SkBuff, at: u64) {
        let is_cut = self.link.cuts_gso() && skb.gso().is_some();
        let frames = u64::from(wire_frames(&skb).frames);
        match RxFrame::arrived(skb) {
            None => counters.no_memory.add(frames),
            Some(gso) if is_cut => self.enter_segments(counters, gso, at),
            Some(frame) => self.enter_frame(counters, frame, at),
        }
    }

    fn enter_segments(&mut self, counters: &LineCounters, gso: RxFrame, at: u64) {
        let Some(segments) = gso.segments() else {
            let frames = u64::from(wire_frames(gso.skb()).frames);
            counters.no_memory.add(frames);
            return gso.discard(DropReason::NoMem);
        };
        for segment in segments {
            match segment {
                Some(frame) => self.enter_frame(counters, frame, at),
                None => counters.no_memory.add(1),
            }
        }
        gso.consume();
    }

    /// A frame is on its way, or what becomes of it.
    pub(crate) fn enter_frame(&mut self, counters: &LineCounters, frame: RxFrame, at: u64) {
        let payload = frame.skb().len().saturating_sub(HEADER);
        let fate = self.fates.next(&self.link, payload.saturating_mul(8));
        if fate.lost {
            counters.lost.add(1);
            // Not a drop: it was sent, and nobody's kernel knows what a wire loses.
            return frame.consume();
        }
        let frame = match fate.corrupt {
            None => Some(frame),
            Some(bit) => {
                counters.corrupted.add(1);
                frame.rewritten(|bytes| flip(bytes, bit))
            }
        };
        let Some(frame) = frame else {
            return counters.no_memory.add(1);
        };
        let copy = if fate.twice {
            counters.duplicated.add(1);
            let copy = frame.duplicate();
            if copy.is_none() {
                counters.no_memory.add(1);
            }
            copy
        } else {
            None
        };
        counters.reordered.add(u64::from(fate.held));
        let at = at.saturating_add(fate.delay_ns);
        for frame in [Some(frame), copy].into_iter().flatten() {
            self.wait(counters, frame, at, fate.held);
        }
    }

    /// Whether the machine can do without the memory of one more frame. Whoever sent it is not
    /// charged for it any more, so there is no other limit than this.
    fn has_memory(&mut self) -> bool {
        if self.count % LOOK_EACH == 0 {
            self.is_short = memory::available() == 0;
        }
        self.count = self.count.wrapping_add(1);
        !self.is_short || self.line.as_ref().is_some_and(|line| line.bytes() < ALWAYS)
    }

    /// Puts a frame into the delay line.
    fn wait(&mut self, counters: &LineCounters, frame: RxFrame, at: u64, held: bool) {
        if !self.has_memory() {
            counters.no_memory.add(1);
            return frame.discard(DropReason::NoMem);
        }
        let Some(line) = &mut self.line else {
            return frame.discard(DropReason::NotSpecified);
        };
        let len = frame.skb().len();
        let in_order = self.link.keeps_order();
        let refused = if held {
            line.hold(at, len, frame, in_order)
        } else {
            line.enter(at, len, frame, in_order)
        };
        match refused {
            Ok(()) => counters.entered.add(1),
            Err(frame) => {
                counters.full.add(1);
                frame.discard(DropReason::FullRing);
            }
        }
    }

    /// Takes the next frame that has arrived by `now`, with the time at which it did.
    #[inline]
    pub(crate) fn pop(&mut self, now: u64) -> Option<(u64, RxFrame)> {
        self.line.as_mut()?.pop(now)
    }

    /// When the next frame arrives.
    #[inline]
    pub(crate) fn next_at(&self) -> Option<u64> {
        self.line.as_ref()?.next_at()
    }

    /// Drops all that is on its way.
    pub(crate) fn purge(&mut self, counters: &LineCounters) {
        for frame in self.line.iter_mut().flat_map(DelayLine::drain) {
            counters.purged.add(1);
            frame.discard(DropReason::QueuePurge);
        }
    }
}

/// Makes a bit of a frame wrong, counted from behind the Ethernet header.
fn flip(bytes: &mut [u8], bit: u32) {
    if let Some(byte) = bytes.get_mut((HEADER + bit / 8) as usize) {
        *byte ^= 1 << (bit % 8);
    }
}
