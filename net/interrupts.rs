// SPDX-License-Identifier: GPL-2.0

//! The interrupt lines from a card to the driver of its device.
//!
//! A simulated card must not know the driver: so these are lines alone, and keep the device from
//! going away.

use super::{
    bindings,
    reference::Reference,
    Device,
    Parts,
    Rtnl, //
};

/// The interrupt lines of a device: one for each queue pair, and one for the link.
///
/// To be dropped as a [`DeviceRef`](super::DeviceRef): unregistering waits for it.
///
/// # Invariants
///
/// The device is one of the driver that `raise` was made for.
pub(crate) struct Interrupts {
    pub(super) dev: Reference,
    raise: unsafe fn(*mut bindings::net_device, u32) -> bool,
}

/// # Safety
///
/// `dev` is valid and ready, and a device of `T`.
unsafe fn raise<T: Parts>(dev: *mut bindings::net_device, queue: u32) -> bool {
    // SAFETY: as the caller promises.
    unsafe { Device::<T>::from_raw(dev) }.interrupt(queue)
}

impl<T: Parts> Device<T> {
    /// The device's interrupt lines; only while it is up, or goes up.
    pub(crate) fn interrupts(&self, rtnl: &Rtnl) -> Option<Interrupts> {
        let dev = self.get(rtnl)?.into_reference();
        // INVARIANT: a device of `T`.
        Some(Interrupts {
            dev,
            raise: raise::<T>,
        })
    }
}

impl Interrupts {
    /// Raises a queue pair's interrupt: see [`Device::interrupt`]. Bottom halves must be off.
    #[inline]
    pub(crate) fn raise(&self, queue: u32) -> bool {
        // SAFETY: the reference keeps the device valid and ready, and it is one of this driver
        // (type invariant).
        unsafe { (self.raise)(self.dev.as_ptr(), queue) }
    }

    /// Raises the interrupt of the link: its state has changed, so [`Driver::work`] is called soon,
    /// as by [`Device::schedule_work`]. Softirq or process context.
    pub(crate) fn raise_link(&self) {
        self.dev.schedule_work();
    }
}
