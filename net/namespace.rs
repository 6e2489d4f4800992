// SPDX-License-Identifier: GPL-2.0

//! Network namespaces.
//!
//! C header: [`include/net/net_namespace.h`](srctree/include/net/net_namespace.h)

use super::bindings;
use core::ptr::NonNull;

/// A reference that keeps a network namespace alive.
///
/// A device does not have one: it goes with its namespace. So this is for as long as it
/// takes to make one there, or to remove it, and no longer.
///
/// # Invariants
///
/// One of the namespace's references is ours.
#[repr(transparent)]
pub(crate) struct Namespace(NonNull<bindings::net>);

// SAFETY: a namespace belongs to no thread, and its references are counted atomically.
unsafe impl Send for Namespace {}
// SAFETY: a shared reference only gives the pointer, to functions that lock for themselves.
unsafe impl Sync for Namespace {}

impl Namespace {
    /// The namespace of the task that runs this; a task that is exiting has none. Process
    /// context.
    ///
    /// C: `get_net(current->nsproxy->net_ns)`.
    pub(crate) fn current() -> Option<Self> {
        // SAFETY: the function reads the namespaces of the current task, which only that task
        // changes. The reference that the function takes is ours from here on.
        let net = unsafe { bindings::net_rs_get_current_net() };
        // INVARIANT: taken just above.
        NonNull::new(net).map(Self)
    }

    /// The namespace of a device; [`None`] if that is going already, and takes the device with it.
    ///
    /// # Safety
    ///
    /// `dev` is a valid device that is registered, or is being unregistered. RTNL is held.
    ///
    /// C: `maybe_get_net(dev_net(dev))`.
    pub(super) unsafe fn of(dev: *mut bindings::net_device) -> Option<Self> {
        // SAFETY: under RTNL a device stays in its namespace, which is not freed before
        // `default_device_exit_batch()`, under RTNL, has unregistered those that are in it. The
        // reference that is taken is ours from here on.
        let net = unsafe { bindings::net_rs_get_net_of(dev) };
        // INVARIANT: taken just above.
        NonNull::new(net).map(Self)
    }

    /// The C namespace.
    pub(super) fn as_ptr(&self) -> *mut bindings::net {
        self.0.as_ptr()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // SAFETY: our reference goes back, and is not used again.
        unsafe { bindings::net_rs_put_net(self.0.as_ptr()) };
    }
}
