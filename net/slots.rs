// SPDX-License-Identifier: GPL-2.0

//! The slots of a descriptor ring, and the owner of each.
//!
//! A card and its driver share a ring by an ownership bit in each descriptor. So do the three
//! parties here. Each of them holds one *end*:
//!
//! ```text
//!             post                complete               reap
//!   Free ------------> Posted ---------------> Done ------------> Free
//!   owned by [Post]    owned by [Work]         owned by [Reap]
//! ```
//!
//! An end can only touch a slot that is in its own state, only an end moves a slot out of its own
//! state, and each end exists once. So no two parties ever reach the same slot, even with wrong
//! cursors in the ring above, and no transition needs an atomic read-modify-write: no other end can
//! have changed the state in between. A wrong index is refused, never followed.

use super::memory::{
    self,
    SparingVec, //
};
use core::{
    cell::UnsafeCell,
    mem::MaybeUninit,
    ops::{
        Deref,
        DerefMut, //
    }, //
};
use kernel::{
    prelude::*,
    sync::{
        atomic::{
            ordering::{
                Acquire,
                Relaxed,
                Release, //
            },
            Atomic, //
        },
        Arc, //
    }, //
};

const FREE: u32 = 0;
const POSTED: u32 = 1;
const DONE: u32 = 2;

/// # Invariants
///
/// `value` is initialised exactly while `state` is not [`FREE`].
struct Slot<T> {
    state: Atomic<u32>,
    value: UnsafeCell<MaybeUninit<T>>,
}

/// All slots of one ring.
struct Slots<T> {
    slots: SparingVec<Slot<T>>,
}

// SAFETY: a slot's value is only reached by the one end that owns the slot's
// state, and ownership passes with a release store that the next owner acquires;
// so sharing the slots moves values between threads and never shares one.
unsafe impl<T: Send> Sync for Slots<T> {}

// SAFETY: the slots own their values, which may be sent.
unsafe impl<T: Send> Send for Slots<T> {}

impl<T> Slots<T> {
    /// The slot of a free-running `index`, if it is in `state`.
    #[inline]
    fn slot(&self, index: u32, state: u32) -> Option<&Slot<T>> {
        // The number of slots is a power of two that fits an u32.
        let mask = (self.slots.len() as u32).wrapping_sub(1);
        let slot = self.slots.get((index & mask) as usize)?;
        // Pairs with the release store by which the slot was passed on.
        (slot.state.load(Acquire) == state).then_some(slot)
    }
}

impl<T> Drop for Slots<T> {
    fn drop(&mut self) {
        for slot in self.slots.iter_mut() {
            if slot.state.load(Relaxed) != FREE {
                // SAFETY: by the invariant of `Slot` the value is initialised,
                // and it is ours: we hold the only reference to the slots. It is
                // never looked at again.
                unsafe { slot.value.get_mut().assume_init_drop() };
            }
        }
    }
}

/// The end that fills free slots.
pub(crate) struct Post<T>(Arc<Slots<T>>);

/// The end that works on posted slots and completes them.
pub(crate) struct Work<T>(Arc<Slots<T>>);

/// The end that takes back slots that are done.
pub(crate) struct Reap<T>(Arc<Slots<T>>);

/// The most memory that `size` slots take, in bytes.
pub(crate) fn memory<T>(size: u32) -> u64 {
    memory::taken_by(u64::from(size).saturating_mul(size_of::<Slot<T>>() as u64))
}

/// Makes `size` free slots and their three ends.
///
/// # Errors
///
/// `EINVAL` if `size` is not a power of two, or more than 65536; `ENOMEM`. May sleep.
pub(crate) fn new<T: Send>(size: u32) -> Result<(Post<T>, Work<T>, Reap<T>)> {
    if !size.is_power_of_two() || size > 1 << 16 {
        return Err(EINVAL);
    }
    let mut slots = SparingVec::with_capacity(size as usize, GFP_KERNEL)?;
    for _ in 0..size {
        // INVARIANT: free, and not initialised.
        slots.push(
            Slot {
                state: Atomic::new(FREE),
                value: UnsafeCell::new(MaybeUninit::uninit()),
            },
            GFP_KERNEL,
        )?;
    }
    let slots = Arc::new(Slots { slots }, GFP_KERNEL)?;
    Ok((Post(slots.clone()), Work(slots.clone()), Reap(slots)))
}

impl<T: Send> Post<T> {
    /// Whether the slot at `index` is free.
    #[inline]
    pub(crate) fn is_free(&self, index: u32) -> bool {
        self.0.slot(index, FREE).is_some()
    }

    /// The slot at `index`, if it is free.
    #[inline]
    pub(crate) fn vacant(&mut self, index: u32) -> Option<Vacant<'_, T>> {
        // INVARIANT: free, and no other use of this end while the result is there.
        Some(Vacant(self.0.slot(index, FREE)?))
    }

    /// Puts `value` into the slot at `index` and passes it to [`Work`].
    ///
    /// If the slot is not free the value comes back.
    #[inline]
    pub(crate) fn put(&mut self, index: u32, value: T) -> Result<(), T> {
        match self.vacant(index) {
            Some(slot) => slot.put(value),
            None => return Err(value),
        }
        Ok(())
    }
}

/// A free slot.
///
/// # Invariants
///
/// The slot is free, so the end that posts owns it; and that is borrowed mutably for `'a`.
pub(crate) struct Vacant<'a, T>(&'a Slot<T>);

impl<T: Send> Vacant<'_, T> {
    /// Puts `value` into the slot and passes that to [`Work`].
    #[inline]
    pub(crate) fn put(self, value: T) {
        // SAFETY: the slot is free, and ours alone (type invariant). The old value is not
        // initialised and needs no drop.
        unsafe { (*self.0.value.get()).write(value) };
        // INVARIANT: initialised just above. From here the slot is `Work`'s.
        self.0.state.store(POSTED, Release);
    }
}

impl<T: Send> Work<T> {
    /// The slot at `index`, if it is posted.
    #[inline]
    pub(crate) fn posted(&mut self, index: u32) -> Option<Posted<'_, T>> {
        // INVARIANT: posted, and no other use of this end while the result is there.
        Some(Posted(self.0.slot(index, POSTED)?))
    }
}

/// A posted slot, with its value.
///
/// # Invariants
///
/// The slot is posted, so the end that works owns it; and that is borrowed mutably for `'a`.
pub(crate) struct Posted<'a, T>(&'a Slot<T>);

impl<T> Deref for Posted<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the slot is posted and ours alone (type invariant), so it is initialised
        // (invariant of `Slot`).
        unsafe { (*self.0.value.get()).assume_init_ref() }
    }
}

impl<T> DerefMut for Posted<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the slot is posted and ours alone (type invariant), so it is initialised
        // (invariant of `Slot`); and we are borrowed mutably.
        unsafe { (*self.0.value.get()).assume_init_mut() }
    }
}

impl<T: Send> Posted<'_, T> {
    /// Passes the slot to [`Reap`].
    #[inline]
    pub(crate) fn complete(self) {
        self.0.state.store(DONE, Release);
    }

    /// Takes the value out of the slot, which is free then, without being reaped.
    #[inline]
    pub(crate) fn take(self) -> T {
        // SAFETY: the slot is posted and ours alone (type invariant), so it is initialised
        // (invariant of `Slot`). The value moves to the caller; the slot is marked free below,
        // before anybody could read it again.
        let value = unsafe { (*self.0.value.get()).assume_init_read() };
        // INVARIANT: the value was moved out; free means not initialised.
        self.0.state.store(FREE, Release);
        value
    }
}

impl<T: Send> Reap<T> {
    /// Takes the value out of the completed slot at `index`, which is free then.
    #[inline]
    pub(crate) fn take(&mut self, index: u32) -> Option<T> {
        let slot = self.0.slot(index, DONE)?;
        // SAFETY: the slot is done, so it is initialised (invariant of `Slot`)
        // and this end owns it. The value moves to the caller; the slot is
        // marked free below, before anybody could read it again.
        let value = unsafe { (*slot.value.get()).assume_init_read() };
        // INVARIANT: the value was moved out; free means not initialised.
        slot.state.store(FREE, Release);
        Some(value)
    }
}
