// SPDX-License-Identifier: GPL-2.0

//! The delay line: frames that have left the wire and have not arrived yet.
//!
//! A frame *enters* with the time at which it is to arrive, and comes out when that has come: the
//! earliest first, and among equal times the one that entered first. To be overtaken, a frame is
//! *held*: it waits for the next one that enters, and then stands right behind it. If none comes it
//! arrives anyway, [`HOLD_NS`] late.
//!
//! Rules:
//! - Bounded in frames and in bytes, held ones included; what does not fit comes back.
//! - No clock: times are nanoseconds, in a `u64`, and saturate. Before a frame enters, whoever lets
//!   it takes out what has arrived by then; so a late timer changes neither order nor losses.
//! - Nothing is allocated: whoever makes a line brings its storage. Nothing panics.
//! - O(log n) for each frame; a held one needs twice as much.
//!
//! It does not know what a frame is, so that it can be tested with numbers. This file is pure. Read
//! next: delay_line/heap.rs, how the earliest is found.

mod heap;

use self::heap::{
    Heap,
    HeapEnd,
    HeapEntry,
    HeapKey, //
};
use core::ops::DerefMut;

pub(crate) use self::heap::HeapSlot;

/// How much later than it should a held frame arrives if there is none to overtake it: 10 ms.
pub(crate) const HOLD_NS: u64 = 10_000_000;

/// The frames on their way, in storage of the type `S`.
pub(crate) struct DelayLine<S> {
    slots: S,
    /// The most that all frames together can have.
    byte_limit: u64,
    /// What they have.
    bytes: u64,
    /// Those whose time is certain.
    coming: Heap,
    /// Those that wait for another one; each with the time at which it waits no more.
    held: Heap,
    /// The number of the next frame that enters.
    next: u64,
    /// How many frames have been held since the last one entered. They follow the next one, and
    /// have their numbers already.
    behind: u64,
    /// The latest time that a frame was to arrive at.
    latest: u64,
}

impl<T, S: DerefMut<Target = [HeapSlot<T>]>> DelayLine<S> {
    /// An empty line for as many frames as `slots` has [`HeapSlot::empty`], that together have no more
    /// than `byte_limit` bytes.
    pub(crate) fn new(slots: S, byte_limit: u64) -> Self {
        Self {
            slots,
            byte_limit,
            bytes: 0,
            coming: Heap::new(HeapEnd::Front),
            held: Heap::new(HeapEnd::Back),
            next: 0,
            behind: 0,
            latest: 0,
        }
    }

    /// How many frames are in the line.
    pub(crate) fn len(&self) -> usize {
        self.coming.len().saturating_add(self.held.len())
    }

    /// How many bytes they have.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Lets a frame of `bytes` bytes enter, to arrive at the time `at`. It comes back if the line
    /// is full.
    ///
    /// With `keep_order` it arrives at the earliest when all before it were to, whatever `at` says:
    /// the latency may have become less in the meantime.
    pub(crate) fn enter(
        &mut self,
        at: u64,
        bytes: u32,
        item: T,
        keep_order: bool,
    ) -> Result<(), T> {
        let Some(total) = self.total_with(bytes) else {
            return Err(item);
        };
        self.bytes = total;
        let at = self.arrival(at, keep_order);
        let key = (at, self.next);
        self.coming
            .push(&mut self.slots, HeapEntry { key, bytes, item });
        self.release(at);
        Ok(())
    }

    /// Holds a frame that else would [`enter`](Self::enter) in the same way, until the next one
    /// enters, but not for longer than [`HOLD_NS`] after its own time. It comes back if the line is
    /// full.
    pub(crate) fn hold(&mut self, at: u64, bytes: u32, item: T, keep_order: bool) -> Result<(), T> {
        let Some(total) = self.total_with(bytes) else {
            return Err(item);
        };
        self.bytes = total;
        self.behind = self.behind.wrapping_add(1);
        let until = self.arrival(at, keep_order).saturating_add(HOLD_NS);
        let key = (until, self.next.wrapping_add(self.behind));
        self.held
            .push(&mut self.slots, HeapEntry { key, bytes, item });
        Ok(())
    }

    /// When the next frame arrives, if there is one.
    pub(crate) fn next_at(&self) -> Option<u64> {
        let (key, _) = self.first()?;
        Some(key.0)
    }

    /// Takes out the next frame, if it has arrived by `now`, and says when it did.
    pub(crate) fn pop(&mut self, now: u64) -> Option<(u64, T)> {
        let (key, end) = self.first()?;
        if key.0 > now {
            return None;
        }
        let HeapEntry { bytes, item, .. } = match end {
            HeapEnd::Front => self.coming.take_first(&mut self.slots)?,
            HeapEnd::Back => self.held.take_first(&mut self.slots)?,
        };
        self.bytes = self.bytes.saturating_sub(u64::from(bytes));
        Some((key.0, item))
    }

    /// Takes out all frames, in order, arrived or not. A line that has been emptied so is like new.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> + '_ {
        core::iter::from_fn(|| {
            let next = self.pop(u64::MAX);
            if next.is_none() {
                self.latest = 0;
            }
            next.map(|(_, item)| item)
        })
    }

    /// Moves all frames, held ones too, to `other`, which goes on in this line's place; returns
    /// whether that could be done. If not, both are as before: `other` is too small or not empty.
    #[must_use]
    pub(crate) fn move_into(&mut self, other: &mut Self) -> bool {
        let fits = self.len() <= other.slots.len() && self.bytes <= other.byte_limit;
        if other.len() != 0 || !fits {
            return false;
        }
        // All keep their keys, so none changes its place in the order.
        while let Some(entry) = self.coming.take_last(&mut self.slots) {
            other.coming.push(&mut other.slots, entry);
        }
        while let Some(entry) = self.held.take_last(&mut self.slots) {
            other.held.push(&mut other.slots, entry);
        }
        other.bytes = core::mem::take(&mut self.bytes);
        other.latest = core::mem::take(&mut self.latest);
        other.next = self.next;
        other.behind = self.behind;
        true
    }

    /// How many bytes there are with `bytes` more, if one more frame of that length fits.
    fn total_with(&self, bytes: u32) -> Option<u64> {
        let total = self.bytes.checked_add(u64::from(bytes))?;
        (self.len() < self.slots.len() && total <= self.byte_limit).then_some(total)
    }

    /// When a frame arrives that is to arrive at the time `at`.
    fn arrival(&mut self, at: u64, keep_order: bool) -> u64 {
        let latest = self.latest.max(at);
        self.latest = latest;
        if keep_order {
            latest
        } else {
            at
        }
    }

    /// A frame that arrives at the time `at` has entered: the held ones follow it.
    fn release(&mut self, at: u64) {
        // The last place of theirs is next to the free ones: each finds room where it was.
        while let Some(mut entry) = self.held.take_last(&mut self.slots) {
            entry.key.0 = at;
            self.coming.push(&mut self.slots, entry);
        }
        self.next = self.next.wrapping_add(self.behind).wrapping_add(1);
        self.behind = 0;
    }

    /// The key of the frame that arrives next, and where it is.
    fn first(&self) -> Option<(HeapKey, HeapEnd)> {
        let coming = self
            .coming
            .first(&self.slots)
            .map(|key| (key, HeapEnd::Front));
        let held = self.held.first(&self.slots).map(|key| (key, HeapEnd::Back));
        match (coming, held) {
            (Some(coming), Some(held)) if held.0 < coming.0 => Some(held),
            (coming, held) => coming.or(held),
        }
    }
}
