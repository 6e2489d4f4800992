// SPDX-License-Identifier: GPL-2.0

//! A binary heap in slots that the caller owns: the earliest frame is always at hand.
//!
//! Two heaps share the slots, one from each end, so that either may use all that the other does
//! not:
//!
//! ```text
//!   coming ->                        <- held
//!   0 1 2 3 4 5 6 - - - - - - - - - 3 2 1 0
//! ```
//!
//! A heap knows how many places it has filled, and nothing else. The frame at place n is not later
//! than those at 2n + 1 and 2n + 2. The caller brings the same slots each time; with others frames
//! are lost, but nothing panics.
//!
//! This file is pure, and the last one of the delay line.

/// The order of arrival: a time in ns, and among equal times a number.
pub(super) type HeapKey = (u64, u64);

/// A frame in a heap.
pub(super) struct HeapEntry<T> {
    /// The order of the frame; the smallest key comes first.
    pub(super) key: HeapKey,
    /// The length of the frame.
    pub(super) bytes: u32,
    /// The frame.
    pub(super) item: T,
}

/// The place of one frame.
pub(crate) struct HeapSlot<T>(Option<HeapEntry<T>>);

impl<T> HeapSlot<T> {
    /// A slot without a frame, to make the delay line's storage from.
    pub(crate) const fn empty() -> Self {
        Self(None)
    }
}

/// The end of the slots from which a heap grows.
#[derive(Clone, Copy)]
pub(super) enum HeapEnd {
    /// The end with slot 0.
    Front,
    /// The other end.
    Back,
}

/// A heap without its slots.
pub(super) struct Heap {
    end: HeapEnd,
    len: usize,
}

impl Heap {
    /// An empty heap.
    pub(super) const fn new(end: HeapEnd) -> Self {
        Self { end, len: 0 }
    }

    /// The number of frames.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The slot of a place.
    fn index(&self, slots: usize, place: usize) -> Option<usize> {
        match self.end {
            HeapEnd::Front => Some(place),
            HeapEnd::Back => slots.checked_sub(1)?.checked_sub(place),
        }
    }

    /// The contents of a place.
    fn at<'a, T>(
        &self,
        slots: &'a mut [HeapSlot<T>],
        place: usize,
    ) -> Option<&'a mut Option<HeapEntry<T>>> {
        let index = self.index(slots.len(), place)?;
        slots.get_mut(index).map(|slot| &mut slot.0)
    }

    /// The key of the frame at a place, if this heap has filled it.
    fn key<T>(&self, slots: &[HeapSlot<T>], place: usize) -> Option<HeapKey> {
        if place >= self.len {
            // The place may be the other heap's.
            return None;
        }
        let index = self.index(slots.len(), place)?;
        slots.get(index)?.0.as_ref().map(|entry| entry.key)
    }

    /// The key of the frame that comes first.
    pub(super) fn first<T>(&self, slots: &[HeapSlot<T>]) -> Option<HeapKey> {
        self.key(slots, 0)
    }

    /// Puts an entry at a place.
    fn put<T>(&self, slots: &mut [HeapSlot<T>], place: usize, entry: HeapEntry<T>) {
        if let Some(slot) = self.at(slots, place) {
            *slot = Some(entry);
        }
    }

    /// Adds a frame. For a heap with a free slot.
    pub(super) fn push<T>(&mut self, slots: &mut [HeapSlot<T>], entry: HeapEntry<T>) {
        let mut place = self.len;
        self.len = self.len.saturating_add(1);
        // A frame above that is later moves down.
        while let Some(above) = place.checked_sub(1).map(|place| place / 2) {
            let is_later = |other: &mut HeapEntry<T>| other.key > entry.key;
            let Some(later) = self.at(slots, above).and_then(|at| at.take_if(is_later)) else {
                break;
            };
            self.put(slots, place, later);
            place = above;
        }
        self.put(slots, place, entry);
    }

    /// Takes the frame at the last place: any frame, but not the first one if there are others.
    pub(super) fn take_last<T>(&mut self, slots: &mut [HeapSlot<T>]) -> Option<HeapEntry<T>> {
        self.len = self.len.checked_sub(1)?;
        self.at(slots, self.len)?.take()
    }

    /// Takes the frame that comes first.
    pub(super) fn take_first<T>(&mut self, slots: &mut [HeapSlot<T>]) -> Option<HeapEntry<T>> {
        let last = self.take_last(slots)?;
        // The last frame needs a new place, if it was not the first one as well.
        let Some(first) = self.at(slots, 0)?.take() else {
            return Some(last);
        };
        let mut place = 0;
        loop {
            let Some(below) = self.earlier_below(slots, place) else {
                break;
            };
            let is_earlier = |other: &mut HeapEntry<T>| other.key < last.key;
            let Some(earlier) = self.at(slots, below).and_then(|at| at.take_if(is_earlier)) else {
                break;
            };
            self.put(slots, place, earlier);
            place = below;
        }
        self.put(slots, place, last);
        Some(first)
    }

    /// The earlier of the two places below a place, of those that are filled.
    fn earlier_below<T>(&self, slots: &[HeapSlot<T>], place: usize) -> Option<usize> {
        let left = place.checked_mul(2)?.checked_add(1)?;
        let right = left.checked_add(1)?;
        let left_key = self.key(slots, left)?;
        match self.key(slots, right) {
            Some(right_key) if right_key < left_key => Some(right),
            _ => Some(left),
        }
    }
}
