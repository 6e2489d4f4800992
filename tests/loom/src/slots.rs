// SPDX-License-Identifier: GPL-2.0

//! The slots of a ring, which only the cursors protect.
//!
//! The shipped net/slots.rs has the same ends, but keeps the owner in each slot, and refuses the
//! others. Here nothing is refused: loom finds two parties at one slot, and the value in it tells
//! whether it should be there. So cursors.rs and queue.rs have to be right by themselves.

use super::{
    prelude::Result,
    sync::Arc, //
};
use loom::cell::UnsafeCell;

/// A value, and whether it is completed.
struct Slots<T>(Vec<UnsafeCell<Option<(T, bool)>>>);

// SAFETY: loom checks each access, and fails at the first that is not ordered after the one before.
unsafe impl<T: Send> Sync for Slots<T> {}
// SAFETY: the slots own their values, which may be sent.
unsafe impl<T: Send> Send for Slots<T> {}

impl<T> Slots<T> {
    /// The slot of a free-running `index`.
    fn with<R>(&self, index: u32, f: impl FnOnce(&mut Option<(T, bool)>) -> R) -> R {
        let slot = &self.0[index as usize & (self.0.len() - 1)];
        // SAFETY: loom has checked that no other thread is in there.
        slot.with_mut(|slot| f(unsafe { &mut *slot }))
    }
}

/// The end that fills free slots.
pub struct Post<T>(Arc<Slots<T>>);

/// The end that works on posted slots and completes them.
pub struct Work<T> {
    slots: Arc<Slots<T>>,
    /// The value that is worked on, out of its slot.
    value: Option<T>,
}

/// The end that takes back slots that are done.
pub struct Reap<T>(Arc<Slots<T>>);

/// Makes `size` free slots and their three ends.
pub fn new<T: Send>(size: u32) -> Result<(Post<T>, Work<T>, Reap<T>)> {
    assert!(size.is_power_of_two());
    let slots = (0..size).map(|_| UnsafeCell::new(None)).collect();
    let slots = Arc::new(Slots(slots), super::prelude::GFP_KERNEL)?;
    let work = Work {
        slots: slots.clone(),
        value: None,
    };
    Ok((Post(slots.clone()), work, Reap(slots)))
}

impl<T: Send> Post<T> {
    /// Puts `value` into the slot at `index`.
    pub fn put(&mut self, index: u32, value: T) -> Result<(), T> {
        let old = self.0.with(index, |slot| slot.replace((value, false)));
        assert!(old.is_none(), "skb lost: another one is put over it");
        Ok(())
    }
}

impl<T: Send> Work<T> {
    /// The posted slot at `index`.
    pub fn posted(&mut self, index: u32) -> Option<Posted<'_, T>> {
        if self.value.is_none() {
            let taken = self.slots.with(index, Option::take);
            let (value, done) = taken.expect("sent without being posted: an empty slot");
            assert!(!done, "sent twice: a completed slot");
            self.value = Some(value);
        }
        Some(Posted { work: self, index })
    }
}

/// A posted slot.
pub struct Posted<'a, T> {
    work: &'a mut Work<T>,
    index: u32,
}

impl<T: Send> Posted<'_, T> {
    /// Passes it to [`Reap`].
    pub fn complete(self) {
        let value = self
            .work
            .value
            .take()
            .expect("completed without being sent");
        let old = self
            .work
            .slots
            .with(self.index, |slot| slot.replace((value, true)));
        assert!(old.is_none(), "skb lost: another one is put over it");
    }
}

impl<T> core::ops::Deref for Posted<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.work
            .value
            .as_ref()
            .expect("it was taken out of its slot")
    }
}

impl<T> core::ops::DerefMut for Posted<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.work
            .value
            .as_mut()
            .expect("it was taken out of its slot")
    }
}

impl<T: Send> Reap<T> {
    /// Takes the value out of the completed slot at `index`.
    pub fn take(&mut self, index: u32) -> Option<T> {
        let taken = self.0.with(index, Option::take);
        let (value, done) = taken.expect("freed twice: an empty slot is reaped");
        assert!(done, "freed before it was sent: a posted slot is reaped");
        Some(value)
    }
}
