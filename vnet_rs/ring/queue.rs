// SPDX-License-Identifier: GPL-2.0

//! A ring in use: cursors with slots under them, cut into three ends.
//!
//! ```text
//!   Poster            Completer            Reaper
//!   post, publish --> front, complete -->  reap, publish --> (free again)
//! ```
//!
//! In the transmit ring the xmit path posts frames, the card completes them and the poll reaps
//! them. In the receive ring the poll posts empty descriptors, the card completes each with a frame
//! inside, and the poll reaps that. So both rings are of this one kind.
//!
//! An end cannot be copied: only its owner uses it. Read next: tx.rs.

use super::cursors::{
    Cursor,
    Ring, //
};
use crate::net::slots::{
    self,
    Post,
    Posted,
    Reap,
    Work, //
};
use core::ops::{
    Deref,
    DerefMut, //
};
use kernel::{
    prelude::*,
    sync::{
        atomic::{
            ordering::{
                Acquire,
                Release, //
            },
            Atomic, //
        },
        Arc, //
    }, //
};

impl Cursor for Atomic<u32> {
    fn new(value: u32) -> Self {
        Atomic::new(value)
    }

    #[inline]
    fn load(&self) -> u32 {
        Atomic::load(self, Acquire)
    }

    #[inline]
    fn store(&self, value: u32) {
        Atomic::store(self, value, Release);
    }
}

/// The cursors, shared by all three ends.
pub(crate) type Cursors = Arc<Ring<Atomic<u32>>>;

/// The end that posts.
pub(crate) struct Poster<T> {
    cursors: Cursors,
    slots: Post<T>,
    next: u32,
}

/// The end that completes.
pub(crate) struct Completer<T> {
    cursors: Cursors,
    slots: Work<T>,
    next: u32,
}

/// The end that reaps.
pub(crate) struct Reaper<T> {
    cursors: Cursors,
    slots: Reap<T>,
    next: u32,
}

/// Makes an empty ring of `size` descriptors. May sleep.
///
/// # Errors
///
/// `EINVAL` if `size` is not a power of two, `ENOMEM`.
pub(crate) fn new<T: Send>(size: u32) -> Result<(Poster<T>, Completer<T>, Reaper<T>)> {
    let cursors = Arc::new(Ring::new(size), GFP_KERNEL)?;
    let (post, work, reap) = slots::new(size)?;
    Ok((
        Poster {
            cursors: cursors.clone(),
            slots: post,
            next: 0,
        },
        Completer {
            cursors: cursors.clone(),
            slots: work,
            next: 0,
        },
        Reaper {
            cursors,
            slots: reap,
            next: 0,
        },
    ))
}

impl<T: Send> Poster<T> {
    /// The cursors.
    pub(crate) fn cursors(&self) -> &Cursors {
        &self.cursors
    }

    /// The positions posted, completed and reaped, the first one with unpublished descriptors.
    pub(crate) fn positions(&self) -> [u32; 3] {
        let [_, completed, reaped] = self.cursors.positions();
        [self.next, completed, reaped]
    }

    /// The number of free descriptors.
    #[inline]
    pub(crate) fn free(&self) -> u32 {
        self.cursors.free_before(self.next)
    }

    /// Posts `value`, which comes back if the ring is full. The card sees it after
    /// [`publish`](Self::publish).
    #[inline]
    pub(crate) fn post(&mut self, value: T) -> Result<(), T> {
        if self.free() == 0 {
            return Err(value);
        }
        self.slots.put(self.next, value)?;
        self.next = self.next.wrapping_add(1);
        Ok(())
    }

    /// The cursor of the descriptor that is posted next.
    pub(crate) fn cursor(&self) -> u32 {
        self.next
    }

    /// The cursor of the first descriptor that was posted and not published.
    #[inline]
    pub(crate) fn unpublished(&self) -> Option<u32> {
        let first = self.cursors.published();
        (first != self.next).then_some(first)
    }

    /// Publishes all descriptors that were posted.
    #[inline]
    pub(crate) fn publish(&mut self) {
        self.cursors.publish_posted(self.next);
    }
}

impl<T: Send> Completer<T> {
    /// The cursors.
    pub(crate) fn cursors(&self) -> &Cursors {
        &self.cursors
    }

    /// The cursor of the descriptor that is completed next.
    #[inline]
    pub(crate) fn cursor(&self) -> u32 {
        self.next
    }

    /// Whether a descriptor is posted and not completed.
    #[inline]
    pub(crate) fn has_front(&self) -> bool {
        self.cursors.has_posted(self.next)
    }

    /// The oldest descriptor that is posted and not completed.
    #[inline]
    pub(crate) fn front(&mut self) -> Option<Front<'_, T>> {
        if !self.cursors.has_posted(self.next) {
            return None;
        }
        Some(Front {
            cursors: &self.cursors,
            slot: self.slots.posted(self.next)?,
            next: &mut self.next,
        })
    }

    /// Completes the descriptor at the front, and publishes that.
    pub(crate) fn complete(&mut self) {
        if let Some(front) = self.front() {
            front.complete();
        }
    }
}

/// The oldest descriptor that is posted and not completed.
pub(crate) struct Front<'a, T> {
    cursors: &'a Cursors,
    slot: Posted<'a, T>,
    next: &'a mut u32,
}

impl<T: Send> Front<'_, T> {
    /// The cursors.
    pub(crate) fn cursors(&self) -> &Cursors {
        self.cursors
    }

    /// Completes the descriptor, and publishes that.
    #[inline]
    pub(crate) fn complete(self) {
        self.slot.complete();
        *self.next = self.next.wrapping_add(1);
        self.cursors.publish_completed(*self.next);
    }
}

impl<T> Deref for Front<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.slot
    }
}

impl<T> DerefMut for Front<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.slot
    }
}

impl<T: Send> Reaper<T> {
    /// The cursors.
    pub(crate) fn cursors(&self) -> &Cursors {
        &self.cursors
    }

    /// The positions posted, completed and reaped, the last one with unpublished descriptors.
    pub(crate) fn positions(&self) -> [u32; 3] {
        let [posted, completed, _] = self.cursors.positions();
        [posted, completed, self.next]
    }

    /// Whether a descriptor is completed and not reaped.
    pub(crate) fn has_completed(&self) -> bool {
        self.cursors.has_completed(self.next)
    }

    /// Reaps the oldest descriptor that is completed. It counts as free after
    /// [`publish`](Self::publish).
    #[inline]
    pub(crate) fn reap(&mut self) -> Option<T> {
        if !self.cursors.has_completed(self.next) {
            return None;
        }
        let value = self.slots.take(self.next)?;
        self.next = self.next.wrapping_add(1);
        Some(value)
    }

    /// Frees all descriptors that were reaped.
    #[inline]
    pub(crate) fn publish(&mut self) {
        self.cursors.publish_reaped(self.next);
    }
}
