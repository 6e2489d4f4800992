// SPDX-License-Identifier: GPL-2.0

//! References that keep a device from going away.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{
    bindings,
    Device,
    Parts,
    Rtnl, //
};
use core::{
    marker::PhantomData,
    ops::Deref,
    ptr::NonNull, //
};

/// A reference to a device of any driver.
///
/// # Invariants
///
/// One of the device's references is ours, and the tracker stands for it. The device has been
/// registered, so it is ready: the core calls `priv_destructor()` after the last reference is gone.
pub(super) struct Reference {
    dev: NonNull<bindings::net_device>,
    tracker: bindings::netdevice_tracker,
}

impl Reference {
    /// # Safety
    ///
    /// `dev` is valid and ready.
    unsafe fn to(dev: NonNull<bindings::net_device>) -> Self {
        let mut tracker = pin_init::zeroed::<bindings::netdevice_tracker>();
        // SAFETY: the caller promises that the device is valid. The tracker may move: it is a
        // pointer to the device's own record.
        unsafe { bindings::net_rs_dev_hold(dev.as_ptr(), &raw mut tracker) };
        // INVARIANT: the reference was taken just above.
        Self { dev, tracker }
    }

    #[inline]
    pub(super) fn as_ptr(&self) -> *mut bindings::net_device {
        self.dev.as_ptr()
    }

    /// See [`Device::schedule_work`].
    pub(super) fn schedule_work(&self) {
        // SAFETY: our reference keeps the device valid (type invariant).
        unsafe { schedule_work(self.as_ptr()) };
    }
}

// SAFETY: a reference may be put from any thread.
unsafe impl Send for Reference {}

// SAFETY: a shared reference only gives a pointer, and asks for work, which the core locks for.
unsafe impl Sync for Reference {}

impl Drop for Reference {
    fn drop(&mut self) {
        // SAFETY: our reference goes back, and is not used again.
        unsafe { bindings::net_rs_dev_put(self.as_ptr(), &raw mut self.tracker) };
    }
}

/// Has the core call `ndo_work()` soon, unless the device is unregistered before, or is not
/// registered yet.
///
/// # Safety
///
/// `dev` is valid.
pub(super) unsafe fn schedule_work(dev: *mut bindings::net_device) {
    // The core would take one that is not registered yet, and frees that at once if
    // `register_netdevice()` fails.
    // SAFETY: valid, says the caller.
    if !unsafe { bindings::net_rs_is_registered(dev) } {
        return;
    }
    // SAFETY: valid, and it has been registered, so its end is
    // `unregister_netdevice_many_notify()`, which cancels the work. Until then the core
    // holds a reference.
    unsafe { bindings::netdev_work_sched(dev, 1) };
}

impl<T: Parts> Device<T> {
    /// A reference that keeps the device from going away; only while it is up, or goes
    /// up. Then it is registered.
    ///
    /// The reference has to be dropped soon after the device has gone down: unregistering waits for
    /// it.
    pub(crate) fn get(&self, _rtnl: &Rtnl) -> Option<DeviceRef<T>> {
        if !self.running() {
            return None;
        }
        Some(DeviceRef::to(self))
    }

    /// Calls [`Driver::work`] soon, under RTNL, unless the device is
    /// unregistered before, or not registered yet. Softirq or process context.
    ///
    /// C: `netdev_work_sched()`.
    pub(crate) fn schedule_work(&self) {
        // SAFETY: valid by the type invariant.
        unsafe { schedule_work(self.as_ptr()) };
    }

    /// Takes a reference.
    ///
    /// The reference keeps the device from being unregistered for good, so it is to be dropped by
    /// [`Driver::uninit`].
    ///
    /// # Safety
    ///
    /// `dev` is valid and registered, and is a device of `T`. RTNL is held.
    pub(super) unsafe fn hold(dev: *mut bindings::net_device) -> DeviceRef<T> {
        // SAFETY: as the caller promises; a registered device is ready.
        DeviceRef::to(unsafe { Self::from_raw(dev) })
    }
}

/// A reference that keeps a device from going away.
///
/// If a reference is forgotten, or kept for good, `rtnl_unlock()` waits forever in the task that
/// unregisters the device, `rmmod` among others; the kernel says so each ten seconds. With
/// `CONFIG_NET_DEV_REFCNT_TRACKER` it says where the reference was taken, too.
///
/// C: `netdev_hold()`, `netdev_put()`.
///
/// # Invariants
///
/// The device is one of `T`.
pub(crate) struct DeviceRef<T: Parts> {
    reference: Reference,
    _driver: PhantomData<T>,
}

impl<T: Parts> DeviceRef<T> {
    /// A reference to a device that is registered. Any context.
    pub(super) fn to(dev: &Device<T>) -> Self {
        let raw = NonNull::from(dev).cast();
        // INVARIANT: it is a device of `T`.
        Self {
            // SAFETY: the device is valid and ready by its type invariant.
            reference: unsafe { Reference::to(raw) },
            _driver: PhantomData,
        }
    }

    /// The device, of whatever driver it is.
    pub(super) fn into_reference(self) -> Reference {
        self.reference
    }
}

// SAFETY: the device is `Sync`, and a reference may be put from any thread.
unsafe impl<T: Parts> Send for DeviceRef<T> {}

// SAFETY: a shared reference only gives a `&Device`, which is `Sync`.
unsafe impl<T: Parts> Sync for DeviceRef<T> {}

impl<T: Parts> Deref for DeviceRef<T> {
    type Target = Device<T>;

    #[inline]
    fn deref(&self) -> &Device<T> {
        // SAFETY: the reference that we hold keeps it valid and ready, and it is one of `T` (type
        // invariants).
        unsafe { Device::from_raw(self.reference.as_ptr()) }
    }
}

impl<T: Parts> Clone for DeviceRef<T> {
    fn clone(&self) -> Self {
        Self::to(self)
    }
}
