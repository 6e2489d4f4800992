// SPDX-License-Identifier: GPL-2.0

//! RTNL, the lock of the control path.
//!
//! C header: [`include/linux/rtnetlink.h`](srctree/include/linux/rtnetlink.h)

use super::bindings;
use core::{
    cell::UnsafeCell,
    ops::Deref, //
};
use kernel::types::NotThreadSafe;

/// Proof that RTNL is held.
///
/// # Invariants
///
/// This thread holds RTNL while the value exists.
pub(crate) struct Rtnl(NotThreadSafe);

impl Rtnl {
    /// # Safety
    ///
    /// This thread holds RTNL, and will for as long as the value exists.
    pub(super) unsafe fn assume_held() -> Self {
        // INVARIANT: what the caller promises.
        Self(NotThreadSafe)
    }
}

/// RTNL, taken by the driver itself.
///
/// The core's operations do not give one: who has it is in none of them, so devices may
/// come and go.
///
/// # Invariants
///
/// As for [`Rtnl`]; and this thread took RTNL by [`RtnlLock::with`].
pub(crate) struct RtnlLock(Rtnl);

impl RtnlLock {
    /// Runs `f` under RTNL. May sleep; RTNL must not be held already.
    ///
    /// Letting RTNL go finishes what `f` has unregistered, and waits for all references to
    /// that. So `f` must not return one.
    ///
    /// C: `rtnl_lock()`, `rtnl_unlock()`.
    pub(crate) fn with<R>(f: impl FnOnce(&RtnlLock) -> R) -> R {
        // SAFETY: pairs with the unlock below; nothing in between can skip it.
        unsafe { bindings::rtnl_lock() };
        // INVARIANT: locked just above.
        let result = f(&RtnlLock(Rtnl(NotThreadSafe)));
        // SAFETY: locked above, by this thread.
        unsafe { bindings::rtnl_unlock() };
        result
    }
}

impl Deref for RtnlLock {
    type Target = Rtnl;

    fn deref(&self) -> &Rtnl {
        &self.0
    }
}

/// A value that belongs to RTNL.
///
/// As with [`core::cell::Cell`], no reference to the inside is ever handed out.
///
/// # Invariants
///
/// The value is only reached by who holds RTNL, and by nobody else meanwhile.
pub(crate) struct RtnlCell<T>(UnsafeCell<T>);

// SAFETY: only one thread at a time holds RTNL, so sharing the cell moves values
// between threads and never shares one.
unsafe impl<T: Send> Sync for RtnlCell<T> {}

impl<T> RtnlCell<T> {
    /// A cell with `value` in it.
    pub(crate) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Puts `value` in, and returns what was there.
    pub(crate) fn replace(&self, value: T, _rtnl: &Rtnl) -> T {
        // SAFETY: RTNL is held, and nothing is called that could come back here.
        unsafe { core::mem::replace(&mut *self.0.get(), value) }
    }
}

impl<T: Clone> RtnlCell<Option<T>> {
    /// What is there.
    pub(crate) fn cloned(&self, rtnl: &Rtnl) -> Option<T> {
        let value = self.replace(None, rtnl);
        let copy = value.clone();
        self.replace(value, rtnl);
        copy
    }
}

impl<T: Copy> RtnlCell<T> {
    /// What is there.
    pub(crate) fn get(&self, _rtnl: &Rtnl) -> T {
        // SAFETY: RTNL is held, and nothing is called that could come back here.
        unsafe { *self.0.get() }
    }
}
