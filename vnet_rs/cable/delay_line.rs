// SPDX-License-Identifier: GPL-2.0

//! The delay line: frames that have left the wire and have not arrived yet.
//!
//! A frame *enters* with the time at which it is to arrive, and comes out at that time: the
//! earliest first, and among equal times the one that entered first. A frame that is to be
//! overtaken is *held*: it waits for the next frame that enters, and then stands right behind it.
//! Without a next frame it arrives [`HOLD_NS`] late.
//!
//! Rules:
//! - Bounded in frames and in bytes, held ones included; a frame that does not fit comes back.
//! - No clock: times are nanoseconds, in a `u64`, and saturate. Before a frame enters, the caller
//!   takes out those that have arrived by then; so a late timer changes neither order nor losses.
//! - Nothing is allocated: the maker of a line brings its storage. Nothing panics.
//! - O(log n) for each frame; a held one needs twice as much.
//!
//! The line is generic in its frames, and tested with numbers. This file is pure. Read next:
//! delay_line/heap.rs, which finds the earliest frame.

mod heap;

use self::heap::{
    Heap,
    HeapEnd,
    HeapEntry,
    HeapKey, //
};
use core::ops::DerefMut;

pub(crate) use self::heap::HeapSlot;

/// The delay of a held frame that no other one overtakes, in ns.
pub(crate) const HOLD_NS: u64 = 10_000_000;

/// The frames on their way, in storage of the type `S`.
pub(crate) struct DelayLine<S> {
    slots: S,
    /// The most bytes of all frames together.
    byte_limit: u64,
    /// The bytes of all frames.
    bytes: u64,
    /// The frames whose time is certain.
    coming: Heap,
    /// The frames that wait for another one; each with the time at which it waits no more.
    held: Heap,
    /// The number of the next frame that enters.
    next: u64,
    /// The number of frames held since the last one entered. They follow the next one, and have
    /// their numbers already.
    behind: u64,
    /// The latest time at which a frame was to arrive.
    latest: u64,
}

impl<T, S: DerefMut<Target = [HeapSlot<T>]>> DelayLine<S> {
    /// An empty line for as many frames as there are `slots` ([`HeapSlot::empty`]), with no more
    /// than `byte_limit` bytes together.
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

    /// The number of frames in the line.
    pub(crate) fn len(&self) -> usize {
        self.coming.len().saturating_add(self.held.len())
    }

    /// The bytes of all frames in the line.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Lets a frame of `bytes` bytes enter, to arrive at the time `at`, in ns. The frame comes back
    /// if the line is full.
    ///
    /// With `keep_order` the frame arrives no earlier than those before it, even if `at` is
    /// earlier: the latency may have become less in the meantime.
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

    /// Holds a frame that otherwise would [`enter`](Self::enter), until the next one enters, but
    /// not for longer than [`HOLD_NS`] after its own time. The frame comes back if the line is
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

    /// The time at which the next frame arrives, in ns.
    pub(crate) fn next_at(&self) -> Option<u64> {
        let (key, _) = self.first()?;
        Some(key.0)
    }

    /// Takes out the next frame, if it has arrived by `now`, with the time at which it did, in ns.
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

    /// Moves all frames, held ones too, to `other`, which goes on in this line's place. Returns
    /// false, with both as before, if `other` is too small or not empty.
    #[must_use]
    pub(crate) fn move_into(&mut self, other: &mut Self) -> bool {
        let fits = self.len() <= other.slots.len() && self.bytes <= other.byte_limit;
        if other.len() != 0 || !fits {
            return false;
        }
        // The frames keep their keys, so none changes its place in the order.
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

    /// The bytes of all frames with one more of `bytes` bytes, if that fits.
    fn total_with(&self, bytes: u32) -> Option<u64> {
        let total = self.bytes.checked_add(u64::from(bytes))?;
        (self.len() < self.slots.len() && total <= self.byte_limit).then_some(total)
    }

    /// The time at which a frame arrives that is to arrive at the time `at`.
    fn arrival(&mut self, at: u64, keep_order: bool) -> u64 {
        let latest = self.latest.max(at);
        self.latest = latest;
        if keep_order {
            latest
        } else {
            at
        }
    }

    /// Releases the held frames behind one that has entered, to arrive at the time `at`.
    fn release(&mut self, at: u64) {
        // The last held place is next to the free ones: each frame finds room where it was.
        while let Some(mut entry) = self.held.take_last(&mut self.slots) {
            entry.key.0 = at;
            self.coming.push(&mut self.slots, entry);
        }
        self.next = self.next.wrapping_add(self.behind).wrapping_add(1);
        self.behind = 0;
    }

    /// The key of the frame that arrives next, and the heap that has it.
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
