// SPDX-License-Identifier: GPL-2.0

//! The receive mode: which frames the hardware is to receive.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{
    bindings,
    Device,
    Parts, //
};
use kernel::prelude::*;

/// An Ethernet address.
pub(crate) type Mac = [u8; 6];

/// The frames that a device is to receive.
///
/// # Invariants
///
/// The device's address lists are locked.
pub(crate) struct RxMode<'a, T: Parts>(&'a Device<T>);

impl<'a, T: Parts> RxMode<'a, T> {
    /// # Safety
    ///
    /// The device's address lists are locked for `'a`.
    pub(super) unsafe fn locked(dev: &'a Device<T>) -> Self {
        // INVARIANT: as the caller promises.
        Self(dev)
    }

    fn has_flag(&self, flag: c_uint) -> bool {
        // SAFETY: valid by the type invariant of the device. `__dev_change_flags()` writes the
        // word under RTNL, which need not be held here: the old or the new one is read.
        unsafe { (&raw const (*self.0.as_ptr()).flags).read_volatile() & flag != 0 }
    }

    /// Whether the device is to receive all frames.
    pub(crate) fn promiscuous(&self) -> bool {
        self.has_flag(bindings::net_device_flags_IFF_PROMISC)
    }

    /// Whether the device is to receive frames to all groups.
    pub(crate) fn all_multicast(&self) -> bool {
        self.has_flag(bindings::net_device_flags_IFF_ALLMULTI)
    }

    /// The device's own address.
    pub(crate) fn address(&self) -> Mac {
        // SAFETY: the device is valid, and its address has six bytes. `set_mac_address()` in
        // ops.rs, which alone writes it when the device is registered, locks the lists, too.
        unsafe { *(*self.0.as_ptr()).dev_addr.cast::<Mac>() }
    }

    /// The other unicast addresses that it is to receive.
    pub(crate) fn unicast(&self, each: impl FnMut(Mac)) {
        // SAFETY: the list is the device's and locked (type invariant).
        unsafe { for_each(&raw const (*self.0.as_ptr()).uc, each) }
    }

    /// The groups that it is to receive.
    pub(crate) fn multicast(&self, each: impl FnMut(Mac)) {
        // SAFETY: the list is the device's and locked (type invariant).
        unsafe { for_each(&raw const (*self.0.as_ptr()).mc, each) }
    }
}

/// Calls `each` with every address of a list.
///
/// # Safety
///
/// The list is valid, of Ethernet addresses, and locked.
unsafe fn for_each(list: *const bindings::netdev_hw_addr_list, mut each: impl FnMut(Mac)) {
    // SAFETY: a locked list is a circle of valid entries that starts and ends at
    // its head; an entry's link is its first field.
    unsafe {
        let head = &raw const (*list).list;
        let mut at = (*head).next.cast_const();
        while at != head {
            let entry = at.cast::<bindings::netdev_hw_addr>();
            each(*(&raw const (*entry).addr).cast::<Mac>());
            at = (*at).next;
        }
    }
}
