// SPDX-License-Identifier: GPL-2.0

//! Whether a device's link works.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{
    bindings,
    Device,
    Parts,
    Rtnl, //
};

impl<T: Parts> Device<T> {
    /// Whether the link works, as users see it. Nothing is sent to one that does
    /// not. Nothing happens unless the device is registered.
    ///
    /// C: `netif_carrier_on()`, `netif_carrier_off()`.
    pub(crate) fn set_carrier(&self, on: bool, _rtnl: &Rtnl) {
        // `linkwatch_fire_event()` puts the device on a list. One that could not be registered
        // is freed without a look at that.
        if !self.is_registered() {
            return;
        }
        // SAFETY: the device is valid by the type invariant, and registered, so
        // `linkwatch_sync_dev()` takes it off that list before it is freed.
        unsafe {
            if on {
                bindings::netif_carrier_on(self.as_ptr());
            } else {
                bindings::netif_carrier_off(self.as_ptr());
            }
        }
    }

    /// Whether the link works, as users see it.
    ///
    /// C: `netif_carrier_ok()`.
    pub(crate) fn has_carrier(&self) -> bool {
        // SAFETY: the device is valid by the type invariant.
        unsafe { bindings::net_rs_carrier_ok(self.as_ptr()) }
    }
}
