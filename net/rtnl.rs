// SPDX-License-Identifier: GPL-2.0

//! RTNL, the lock of the control path.
//!
//! C header: [`include/linux/rtnetlink.h`](srctree/include/linux/rtnetlink.h)

use super::bindings;
use core::{
    cell::UnsafeCell,
    ops::Deref, //
};
use kernel::{
    prelude::*,
    types::NotThreadSafe, //
};

/// Proof that RTNL is held.
///
/// # Invariants
///
/// This thread holds RTNL while the value exists.
pub(crate) struct Rtnl(NotThreadSafe);

impl Rtnl {
    /// Kernels with `CONFIG_DEBUG_NET` or `CONFIG_PROVE_LOCKING` warn where it is not.
    ///
    /// # Safety
    ///
    /// This thread holds RTNL, and will for as long as the value exists.
    pub(super) unsafe fn assume_held() -> Self {
        // SAFETY: looks at the lock; any context.
        unsafe { bindings::net_rs_assert_rtnl() };
        // INVARIANT: as the caller promises.
        Self(NotThreadSafe)
    }
}

/// RTNL, taken by the driver itself.
///
/// No operation gets one: so where there is one, no operation is under way, and devices may come
/// and go. That takes a `&mut RtnlLock`, so that no borrow from a device under this lock outlives
/// the device. There is no `DerefMut`: [`Device::change`] is for operations.
///
/// [`Device::change`]: super::Device::change
///
/// # Invariants
///
/// As for [`Rtnl`]; and this thread took RTNL by [`RtnlLock::with`].
pub(crate) struct RtnlLock(Rtnl);

impl RtnlLock {
    /// Runs `f` under RTNL. May sleep; RTNL must not be held already, so not in an operation,
    /// nor where a driver's data is dropped.
    ///
    /// Letting RTNL go finishes the devices that `f` has unregistered, and waits for all references
    /// to them. So `f` must not return one.
    ///
    /// # Errors
    ///
    /// `EDEADLK`, and a warning, if this task holds RTNL. Only lockdep knows: a kernel without
    /// `CONFIG_PROVE_LOCKING` waits forever.
    ///
    /// C: `rtnl_lock()`, `rtnl_unlock()`.
    pub(crate) fn with<R>(f: impl FnOnce(&mut RtnlLock) -> R) -> Result<R> {
        if rtnl_is_ours() {
            return Err(EDEADLK);
        }
        // SAFETY: pairs with the unlock below; nothing in between can skip it.
        unsafe { bindings::rtnl_lock() };
        // INVARIANT: locked just above.
        let result = f(&mut RtnlLock(Rtnl(NotThreadSafe)));
        // SAFETY: locked above, by this thread.
        unsafe { bindings::rtnl_unlock() };
        Ok(result)
    }
}

impl Deref for RtnlLock {
    type Target = Rtnl;

    fn deref(&self) -> &Rtnl {
        &self.0
    }
}

/// Whether lockdep knows that this task holds RTNL, where it is about to be taken; warns then.
pub(super) fn rtnl_is_ours() -> bool {
    // SAFETY: asks lockdep about this task; any context.
    unsafe { bindings::net_rs_rtnl_is_ours() }
}

/// A value that belongs to RTNL.
///
/// As with [`core::cell::Cell`], no reference to the inside is ever handed out.
///
/// # Invariants
///
/// The value is only reached under RTNL.
pub(crate) struct RtnlCell<T>(UnsafeCell<T>);

// SAFETY: only one thread at a time holds RTNL, so sharing the cell moves values
// between threads and never shares one.
unsafe impl<T: Send> Sync for RtnlCell<T> {}

impl<T> RtnlCell<T> {
    /// A cell with `value` in it.
    pub(crate) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Puts `value` in, and returns the old one.
    pub(crate) fn replace(&self, value: T, _rtnl: &Rtnl) -> T {
        // SAFETY: RTNL is held, and nothing is called that could come back here.
        unsafe { core::mem::replace(&mut *self.0.get(), value) }
    }
}

impl<T: Clone> RtnlCell<Option<T>> {
    /// The value.
    pub(crate) fn cloned(&self, rtnl: &Rtnl) -> Option<T> {
        let value = self.replace(None, rtnl);
        let copy = value.clone();
        self.replace(value, rtnl);
        copy
    }
}

impl<T: Copy> RtnlCell<T> {
    /// The value.
    pub(crate) fn get(&self, _rtnl: &Rtnl) -> T {
        // SAFETY: RTNL is held, and nothing is called that could come back here.
        unsafe { *self.0.get() }
    }
}
