// SPDX-License-Identifier: GPL-2.0

//! A ring in use: cursors with slots under them, cut into three ends.
//!
//! ```text
//!   Poster            Completer            Reaper
//!   post, publish --> front, complete -->  reap, publish --> (free again)
//! ```
//!
//! In the transmit ring the xmit path posts frames, the card completes them and the
//! poll reaps. In the receive ring the poll posts empty descriptors; the
//! NIC completes each with a frame inside, and the poll reaps that. So both rings
//! are of this one kind.
//!
//! An end is a value that is not copied: who has it is the one who may use it.
//! Read next: transmitter.rs.

use super::cursors::{
    Cursor,
    Ring, //
};
use crate::net::slots::{
    self,
    Post,
    Reap,
    Work, //
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

/// The cursors, which all parties can see.
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

    /// Where they stand, with what was posted and not published: posted, completed, reaped.
    pub(crate) fn positions(&self) -> [u32; 3] {
        let [_, completed, reaped] = self.cursors.positions();
        [self.next, completed, reaped]
    }

    /// How many descriptors are free, now.
    #[inline]
    pub(crate) fn free(&self) -> u32 {
        self.cursors.free_before(self.next)
    }

    /// Posts `value`; it comes back if the ring is full. The card sees it when it
    /// is published.
    #[inline]
    pub(crate) fn post(&mut self, value: T) -> Result<(), T> {
        if self.free() == 0 {
            return Err(value);
        }
        self.slots.put(self.next, value)?;
        self.next = self.next.wrapping_add(1);
        Ok(())
    }

    /// Where it stands: the cursor of the descriptor that is posted next.
    pub(crate) fn cursor(&self) -> u32 {
        self.next
    }

    /// The cursor of the first descriptor that was posted and not published.
    #[inline]
    pub(crate) fn unpublished(&self) -> Option<u32> {
        let first = self.cursors.published();
        (first != self.next).then_some(first)
    }

    /// Shows all that was posted.
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

    /// Where it stands: the cursor of the descriptor that is completed next.
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
    pub(crate) fn front(&mut self) -> Option<&mut T> {
        if !self.cursors.has_posted(self.next) {
            return None;
        }
        self.slots.get(self.next)
    }

    /// Completes that descriptor.
    #[inline]
    pub(crate) fn complete(&mut self) {
        if self.slots.complete(self.next) {
            self.next = self.next.wrapping_add(1);
            self.cursors.publish_completed(self.next);
        }
    }
}

impl<T: Send> Reaper<T> {
    /// The cursors.
    pub(crate) fn cursors(&self) -> &Cursors {
        &self.cursors
    }

    /// Where they stand, with what was reaped and not published: posted, completed, reaped.
    pub(crate) fn positions(&self) -> [u32; 3] {
        let [posted, completed, _] = self.cursors.positions();
        [posted, completed, self.next]
    }

    /// Whether a descriptor is completed and not reaped.
    pub(crate) fn has_completed(&self) -> bool {
        self.cursors.has_completed(self.next)
    }

    /// Takes the oldest descriptor that is completed. It counts as free when it
    /// is published.
    #[inline]
    pub(crate) fn reap(&mut self) -> Option<T> {
        if !self.cursors.has_completed(self.next) {
            return None;
        }
        let value = self.slots.take(self.next)?;
        self.next = self.next.wrapping_add(1);
        Some(value)
    }

    /// Frees all that was reaped.
    #[inline]
    pub(crate) fn publish(&mut self) {
        self.cursors.publish_reaped(self.next);
    }
}
