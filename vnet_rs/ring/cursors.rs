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
//! Cursors run freely and wrap around at 2^32; the slot of a cursor is the cursor
//! modulo the size, a power of two. Each cursor has one writer: the transmit path
//! moves `posted`, the card `completed`, the poll `reaped`. Each writer keeps its
//! own cursor to itself until a whole batch is through, and then publishes it.
//!
//! Always: reaped <= completed <= posted <= reaped + size.
//!
//! This file is pure: it also compiles on the host, for tests. Read next:
//! queue.rs, which puts slots under the cursors.

/// An `u32` that one party writes and others read.
///
/// A store makes all that its writer did before visible to whoever loads it.
pub(crate) trait Cursor {
    /// A cursor that stands at `value`.
    fn new(value: u32) -> Self;
    /// Where it stands, and with it what was done before it got there (acquire).
    fn load(&self) -> u32;
    /// Moves it (release).
    fn store(&self, value: u32);
}

/// A descriptor less than this, and the queue stops.
pub(crate) const STOP_THRESHOLD: u32 = 1;

/// So many free descriptors, and a stopped queue wakes.
///
/// More than [`STOP_THRESHOLD`], so that a full ring does not stop and wake the
/// queue for every single frame.
pub(crate) const fn start_threshold(size: u32) -> u32 {
    let quarter = size / 4;
    if quarter > STOP_THRESHOLD {
        quarter
    } else {
        STOP_THRESHOLD + 1
    }
}

/// Keeps what different CPUs write in different cache lines.
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

    /// How many descriptors there are.
    #[inline]
    pub(crate) fn size(&self) -> u32 {
        self.size
    }

    /// How many descriptors are free when all before `next` are taken.
    ///
    /// Not `(next - reaped) & (size - 1)`: a full ring would look empty.
    #[inline]
    pub(crate) fn free_before(&self, next: u32) -> u32 {
        self.size
            .saturating_sub(next.wrapping_sub(self.reaped.0.load()))
    }

    /// How many descriptors are free, as far as posts have been published. For the
    /// one who reaps: to others, a free ring may look full.
    #[inline]
    pub(crate) fn free(&self) -> u32 {
        self.free_before(self.posted.0.load())
    }

    /// Before which cursor all is the card's. For the one who posts.
    #[inline]
    pub(crate) fn published(&self) -> u32 {
        self.posted.0.load()
    }

    /// All before `next` is the card's.
    #[inline]
    pub(crate) fn publish_posted(&self, next: u32) {
        self.posted.0.store(next);
    }

    /// The card is done with all before `next`.
    #[inline]
    pub(crate) fn publish_completed(&self, next: u32) {
        self.completed.0.store(next);
    }

    /// All before `next` is free again.
    #[inline]
    pub(crate) fn publish_reaped(&self, next: u32) {
        self.reaped.0.store(next);
    }

    /// Whether the card, which has come to `next`, has been given more.
    #[inline]
    pub(crate) fn has_posted(&self, next: u32) -> bool {
        self.posted.0.load() != next
    }

    /// Whether the driver, which has reaped up to `next`, can reap more.
    #[inline]
    pub(crate) fn has_completed(&self, next: u32) -> bool {
        self.completed.0.load() != next
    }

    /// Where the three stand: posted, completed, reaped.
    ///
    /// While they move, each may have moved on when the others are looked at; but in this order
    /// none is seen before one that it can not be before.
    pub(crate) fn positions(&self) -> [u32; 3] {
        let reaped = self.reaped.0.load();
        let completed = self.completed.0.load();
        [self.posted.0.load(), completed, reaped]
    }

    /// How many descriptors the card has been given and has not completed.
    pub(crate) fn to_complete(&self) -> u32 {
        let [posted, completed, _] = self.positions();
        posted.wrapping_sub(completed)
    }

    /// How many descriptors the card has completed and the driver has not reaped.
    pub(crate) fn to_reap(&self) -> u32 {
        let [_, completed, reaped] = self.positions();
        completed.wrapping_sub(reaped)
    }
}

/// The largest ring, in descriptors.
pub(crate) const MAX_RING: u32 = 4096;
/// The smallest ring: a queue needs more room to wake than to stop.
pub(crate) const MIN_RING: u32 = 2;

/// Whether a ring can have so many descriptors.
pub(crate) fn is_ring_size(size: u32) -> bool {
    size.is_power_of_two() && (MIN_RING..=MAX_RING).contains(&size)
}
