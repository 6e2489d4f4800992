// SPDX-License-Identifier: GPL-2.0

//! The arithmetic of a descriptor ring: three cursors that chase each other.
//!
//! ```text
//!        reaped        completed         posted
//!          |               |                |
//!  - free -+---- done -----+---- posted ----+- free -
//!          |  the driver   |   the card is   |
//!          |  may reap     |   working      |
//! ```
//!
//! Cursors run freely and wrap around at 2^32; the slot of a cursor is the cursor modulo the size,
//! a power of two. Each cursor has one writer: the transmit path moves `posted`, the card
//! `completed`, the poll `reaped`. Each writer works with a copy of its own until a batch is
//! through, and then publishes it.
//!
//! Always: reaped <= completed <= posted <= reaped + size.
//!
//! This file is pure: it also compiles on the host, for tests. Read next: queue.rs, which puts
//! slots under the cursors.

/// A `u32` that one party writes and others read.
///
/// A load that sees a store also sees all that its writer did before.
pub(crate) trait Cursor {
    /// A cursor that stands at `value`.
    fn new(value: u32) -> Self;
    /// Reads the position (acquire).
    fn load(&self) -> u32;
    /// Moves the cursor (release).
    fn store(&self, value: u32);
}

/// The queue stops when fewer descriptors than this are free.
pub(crate) const STOP_THRESHOLD: u32 = 1;

/// The number of free descriptors at which a stopped queue wakes.
///
/// The number is more than [`STOP_THRESHOLD`], so that a full ring does not stop and wake the queue
/// for every single frame.
pub(crate) const fn start_threshold(size: u32) -> u32 {
    let quarter = size / 4;
    if quarter > STOP_THRESHOLD {
        quarter
    } else {
        STOP_THRESHOLD + 1
    }
}

/// A cache line of its own for each cursor, as different CPUs write them.
#[repr(align(64))]
struct CacheLine<C>(C);

/// The cursors of one ring.
pub(crate) struct Ring<C> {
    size: u32,
    posted: CacheLine<C>,
    completed: CacheLine<C>,
    reaped: CacheLine<C>,
}

impl<C: Cursor> Ring<C> {
    /// An empty ring of `size` descriptors, a power of two.
    pub(crate) fn new(size: u32) -> Self {
        Self::starting_at(size, 0)
    }

    /// An empty ring whose cursors stand at `start`.
    pub(crate) fn starting_at(size: u32, start: u32) -> Self {
        Self {
            size,
            posted: CacheLine(C::new(start)),
            completed: CacheLine(C::new(start)),
            reaped: CacheLine(C::new(start)),
        }
    }

    /// The number of descriptors.
    #[inline]
    pub(crate) fn size(&self) -> u32 {
        self.size
    }

    /// The number of free descriptors when all before `next` are taken.
    ///
    /// Not `(next - reaped) & (size - 1)`: a full ring would look empty.
    #[inline]
    pub(crate) fn free_before(&self, next: u32) -> u32 {
        self.size
            .saturating_sub(next.wrapping_sub(self.reaped.0.load()))
    }

    /// The number of free descriptors by the published tail. For the reaping end: to others, a free
    /// ring may look full.
    #[inline]
    pub(crate) fn free(&self) -> u32 {
        self.free_before(self.posted.0.load())
    }

    /// The published tail: all descriptors before it are the card's. For the posting end.
    #[inline]
    pub(crate) fn published(&self) -> u32 {
        self.posted.0.load()
    }

    /// Gives the card all descriptors before `next`.
    #[inline]
    pub(crate) fn publish_posted(&self, next: u32) {
        self.posted.0.store(next);
    }

    /// Gives the driver all descriptors before `next`, as the card has completed them.
    #[inline]
    pub(crate) fn publish_completed(&self, next: u32) {
        self.completed.0.store(next);
    }

    /// Frees all descriptors before `next`.
    #[inline]
    pub(crate) fn publish_reaped(&self, next: u32) {
        self.reaped.0.store(next);
    }

    /// Whether a descriptor is posted, for a card that has come to `next`.
    #[inline]
    pub(crate) fn has_posted(&self, next: u32) -> bool {
        self.posted.0.load() != next
    }

    /// Whether a descriptor is completed, for a driver that has reaped up to `next`.
    #[inline]
    pub(crate) fn has_completed(&self, next: u32) -> bool {
        self.completed.0.load() != next
    }

    /// The three positions: posted, completed, reaped.
    ///
    /// The cursors may move between the loads; but they are loaded from the last to the first, so
    /// the order reaped <= completed <= posted holds.
    pub(crate) fn positions(&self) -> [u32; 3] {
        let reaped = self.reaped.0.load();
        let completed = self.completed.0.load();
        [self.posted.0.load(), completed, reaped]
    }

    /// The number of descriptors that are posted and not completed.
    pub(crate) fn to_complete(&self) -> u32 {
        let [posted, completed, _] = self.positions();
        posted.wrapping_sub(completed)
    }

    /// The number of descriptors that are completed and not reaped.
    pub(crate) fn to_reap(&self) -> u32 {
        let [_, completed, reaped] = self.positions();
        completed.wrapping_sub(reaped)
    }
}

/// The largest ring, in descriptors.
pub(crate) const MAX_RING: u32 = 4096;
/// The smallest ring: a queue needs more room to wake than to stop.
pub(crate) const MIN_RING: u32 = 2;

/// Whether a ring can have `size` descriptors.
pub(crate) fn is_ring_size(size: u32) -> bool {
    size.is_power_of_two() && (MIN_RING..=MAX_RING).contains(&size)
}
