// SPDX-License-Identifier: GPL-2.0

//! The path of a frame in one direction, from leaving the wire to arriving at the far end.
//!
//! On a perfect link frames arrive when they leave. Otherwise a frame meets its fate (fate.rs) and
//! waits in the delay line (delay_line.rs) until its time has come. The skb is the path's own then:
//! its sender has been told that it was sent, and may have reused the memory it was made of.
//!
//! A path belongs to the engine that receives over it. The control path stops that engine to change
//! the path ([`End::change`](super::end::End::change)).

use super::{
    counters::LineCounters,
    delay_line::{
        DelayLine,
        HeapSlot, //
    },
    fate::Fates,
    limits::Limits,
    link::Link,
    skb_frames::wire_frames, //
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
    /// The number of the direction, which selects the streams of the fates.
    direction: u32,
    fates: Fates,
    /// The delay line, which a path over a perfect link keeps until it is empty.
    line: Option<Line>,
    /// The number of frames that have come, modulo 2^32.
    count: u32,
    /// Memory was short at the last look.
    is_short: bool,
}

/// The number of frames after which the path looks at the free memory again.
const LOOK_EACH: u32 = 64;
/// The bytes that may be on their way however short memory is.
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

    /// Whether frames arrive when they leave.
    #[inline]
    pub(crate) fn is_clear(&self) -> bool {
        match &self.line {
            None => true,
            Some(line) => self.link.is_perfect() && line.len() == 0,
        }
    }

    /// Whether all frames on their way fit into a line with these limits.
    pub(crate) fn fits(&self, limits: Limits) -> bool {
        self.line
            .as_ref()
            .is_none_or(|line| line.len() <= limits.frames as usize && line.bytes() <= limits.bytes)
    }

    /// Replaces the link from the next frame on. Frames on their way move to `line`, if that is
    /// given and they fit. A line that is not needed any more is left in `line`.
    pub(crate) fn set(&mut self, link: Link, line: &mut Option<Line>) {
        if let Some(new) = line {
            // Frames that do not fit stay, in a line that is larger than it need be.
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

    /// Whether no frame is on its way.
    fn is_empty(&self) -> bool {
        self.line.as_ref().is_none_or(|line| line.len() == 0)
    }

    /// Takes in an skb that left the wire at the time `at`, in ns.
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

    /// Draws the fate of a frame that left the wire at the time `at`, in ns.
    pub(crate) fn enter_frame(&mut self, counters: &LineCounters, frame: RxFrame, at: u64) {
        let payload = frame.skb().len().saturating_sub(HEADER);
        let fate = self.fates.next(&self.link, payload.saturating_mul(8));
        if fate.lost {
            counters.lost.add(1);
            // A frame that the wire loses is not a drop: no kernel knows of it.
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

    /// Whether the machine has memory for one more frame. No socket is charged for frames on their
    /// way any more, so there is no other limit.
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

    /// The time at which the next frame arrives, in ns.
    #[inline]
    pub(crate) fn next_at(&self) -> Option<u64> {
        self.line.as_ref()?.next_at()
    }

    /// Drops all frames on their way.
    pub(crate) fn purge(&mut self, counters: &LineCounters) {
        for frame in self.line.iter_mut().flat_map(DelayLine::drain) {
            counters.purged.add(1);
            frame.discard(DropReason::QueuePurge);
        }
    }
}

/// Flips a bit of a frame, counted from behind the Ethernet header.
fn flip(bytes: &mut [u8], bit: u32) {
    if let Some(byte) = bytes.get_mut((HEADER + bit / 8) as usize) {
        *byte ^= 1 << (bit % 8);
    }
}
