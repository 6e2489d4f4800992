// SPDX-License-Identifier: GPL-2.0

//! The device that a device is linked with, at the other end of a cable, as `ip link` shows it
//! (`vnet0@vnet1`, `link-netnsid`).
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)
//!
//! Each of the two has a pointer to the other, which is written under RTNL and read under RCU.
//! `ndo_uninit()` of either takes both back; after it `unregister_netdevice_many_notify()` calls
//! `synchronize_net()`, and only then is the device freed.

use super::{
    bindings,
    Device,
    Parts,
    Rtnl, //
};
use kernel::prelude::*;

impl<T: Parts> Device<T> {
    /// The place of the pointer.
    ///
    /// # Safety
    ///
    /// `dev` is valid and was allocated for `T`.
    unsafe fn iflink(dev: *mut bindings::net_device) -> *mut *mut bindings::net_device {
        // SAFETY: as the caller promises; no reference is made to the pointer, which is read under
        // RCU.
        unsafe { (&raw const (*Self::private(dev)).iflink).cast_mut().cast() }
    }

    /// Says that `other` is at the other end, and the other way round, until either is
    /// unregistered. Not if it is not registered, or there is a link already.
    pub(crate) fn link_with(&self, other: &Self, _rtnl: &Rtnl) {
        // SAFETY: both are valid (type invariant), and made for `T`.
        let (ours, theirs) = unsafe { (Self::iflink(self.as_ptr()), Self::iflink(other.as_ptr())) };
        // SAFETY: the pointers are written under RTNL only, which is held.
        let free = unsafe { (*ours).is_null() && (*theirs).is_null() };
        if free && self.is_registered() && other.is_registered() {
            // SAFETY: RTNL is held, and both are registered: `uninit` will take this back.
            unsafe {
                bindings::net_rs_set_iflink(ours, other.as_ptr());
                bindings::net_rs_set_iflink(theirs, self.as_ptr());
            }
        }
    }

    /// Takes that back, as the device is unregistered.
    pub(super) fn unlink(&self, _rtnl: &Rtnl) {
        // SAFETY: valid and made for `T`. The pointer is written under RTNL only, which is held.
        unsafe {
            let ours = Self::iflink(self.as_ptr());
            let other = *ours;
            if !other.is_null() {
                // The other device's own `uninit` would have taken the link back, so that device is
                // still valid.
                bindings::net_rs_set_iflink(Self::iflink(other), core::ptr::null_mut());
                bindings::net_rs_set_iflink(ours, core::ptr::null_mut());
            }
        }
    }
}

/// `ndo_get_iflink()`.
///
/// # Safety
///
/// Called by `dev_get_iflink()`, in any context, for a valid device that was allocated for `T`.
pub(super) unsafe extern "C" fn get_iflink<T: Parts>(dev: *const bindings::net_device) -> c_int {
    // SAFETY: as the caller promises. The place is null from `alloc_netdev_mqs()` on.
    unsafe { bindings::net_rs_get_iflink(dev, Device::<T>::iflink(dev.cast_mut())) }
}

/// `rtnl_link_ops.get_link_net`.
///
/// # Safety
///
/// Called by `rtnl_fill_link_netnsid()` and others under RTNL, for a registered device of `T`.
pub(super) unsafe extern "C" fn get_link_net<T: Parts>(
    dev: *const bindings::net_device,
) -> *mut bindings::net {
    // SAFETY: as the caller promises.
    unsafe { bindings::net_rs_get_link_net(dev, Device::<T>::iflink(dev.cast_mut())) }
}
