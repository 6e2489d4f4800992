// SPDX-License-Identifier: GPL-2.0

//! A thing that is waited for like a lock, as lockdep sees it.
//!
//! C header: [`include/linux/lockdep.h`](srctree/include/linux/lockdep.h)
//!
//! Without `CONFIG_LOCKDEP` nothing of this does anything.

use super::bindings;
use kernel::{
    prelude::*,
    types::{
        NotThreadSafe,
        Opaque, //
    }, //
};

/// The turn of a machine (net/softirq.rs), which is a lock to lockdep.
///
/// # Invariants
///
/// The map is set up, and pinned.
#[pin_data]
pub(super) struct TurnMap {
    #[pin]
    map: Opaque<bindings::lockdep_map>,
}

// SAFETY: lockdep locks for itself.
unsafe impl Send for TurnMap {}
// SAFETY: lockdep locks for itself, here as well.
unsafe impl Sync for TurnMap {}

impl TurnMap {
    /// A turn that this task does not have.
    pub(super) fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            // SAFETY: the place is valid for writes, and stays where it is.
            map <- Opaque::ffi_init(|map| unsafe { bindings::net_rs_turn_init(map) }),
        })
    }

    /// This task is going to wait for the turn.
    ///
    /// C: `lock_map_acquire()`.
    pub(super) fn waited_for(&self) -> Known<'_> {
        if cfg!(CONFIG_LOCKDEP) {
            // SAFETY: the map is set up (type invariant).
            unsafe { bindings::net_rs_turn_acquire(self.map.get()) };
        }
        // INVARIANT: acquired just above.
        Known(self, NotThreadSafe)
    }

    /// Whether lockdep holds this task to have the turn.
    ///
    /// C: `lock_is_held()`.
    #[cfg(net_kunit)]
    pub(super) fn is_known(&self) -> bool {
        // SAFETY: the map is set up (type invariant).
        unsafe { bindings::net_kunit_lock_is_held(self.map.get()) }
    }

    /// This task has the turn, and did not wait for it.
    ///
    /// C: `lock_map_acquire_try()`.
    #[inline]
    pub(super) fn taken(&self) -> Known<'_> {
        if cfg!(CONFIG_LOCKDEP) {
            // SAFETY: the map is set up (type invariant).
            unsafe { bindings::net_rs_turn_acquired(self.map.get()) };
        }
        // INVARIANT: acquired just above.
        Known(self, NotThreadSafe)
    }
}

/// Until it is dropped, lockdep knows that this task has the turn.
///
/// # Invariants
///
/// This task has acquired the map.
pub(super) struct Known<'a>(&'a TurnMap, NotThreadSafe);

impl Drop for Known<'_> {
    #[inline]
    fn drop(&mut self) {
        if cfg!(CONFIG_LOCKDEP) {
            // SAFETY: acquired by this task (type invariant).
            unsafe { bindings::net_rs_turn_release(self.0.map.get()) };
        }
    }
}
