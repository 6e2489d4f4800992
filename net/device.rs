// SPDX-License-Identifier: GPL-2.0

//! The network device, and the driver's part of it.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)
//!
//! The core allocates a `struct net_device` with room for a [`Private`] behind
//! it, and owns both:
//!
//! ```text
//!            setup()           ndo_init()           ndo_open()
//!  allocated ------> Allocated ---------> Registered ---------> Up
//!                        |                 |     ^               |
//!                        |   priv_destructor     +---------------+
//!                        v                 v        ndo_stop()
//!                      freed <------------ Gone
//! ```
//!
//! The driver's data is made by `ndo_init()` and dropped by `priv_destructor()`,
//! after the last reference to the device is gone. [`Private::ready`] says
//! whether it is there, because the core calls the destructor on some failed
//! registrations and not on others.

use super::{
    bindings,
    private::Private,
    queue::Queue,
    Parts,
    Rtnl, //
};
use core::marker::PhantomData;
use kernel::{
    prelude::*,
    types::Opaque, //
};

/// The longest name of a device has a byte less.
///
/// C: `IFNAMSIZ`.
pub(crate) const IFNAMSIZ: usize = bindings::IFNAMSIZ as usize;

/// A network device whose driver is `T`.
///
/// # Invariants
///
/// A `&Device<T>` refers to a valid `struct net_device` with a [`Private<T>`]
/// that is ready.
#[repr(transparent)]
pub(crate) struct Device<T: Parts> {
    dev: Opaque<bindings::net_device>,
    _driver: PhantomData<T>,
}

// SAFETY: a shared device gives access to fields that RTNL, the xmit lock or NAPI protects, by a
// context each, and to the driver's data, which is `Sync`.
unsafe impl<T: Parts> Sync for Device<T> {}

impl<T: Parts> Device<T> {
    /// # Safety
    ///
    /// `dev` is valid for `'a`, has a [`Private<T>`], and that is ready.
    #[inline]
    pub(super) unsafe fn from_raw<'a>(dev: *mut bindings::net_device) -> &'a Self {
        // SAFETY: the type is transparent; the caller promises that the device is valid.
        unsafe { &*dev.cast::<Self>() }
    }

    /// The C device.
    #[inline]
    pub(super) fn as_ptr(&self) -> *mut bindings::net_device {
        self.dev.get()
    }

    /// The private data behind `dev`.
    ///
    /// # Safety
    ///
    /// `dev` is valid and was allocated with room for a [`Private<T>`].
    #[inline]
    pub(super) unsafe fn private(dev: *mut bindings::net_device) -> *mut Private<T> {
        const_assert!(align_of::<Private<T>>() <= 64);
        // SAFETY: `priv` is the last field of the valid `dev`. The core aligns it
        // to a cache line, at least 64 bytes where we run.
        let place = unsafe { &raw const (*dev).priv_ };
        // A pointer made of a `&Device` may not reach that far: this one has the provenance of
        // all that `alloc_netdev_mqs()` has allocated and shown to us.
        core::ptr::with_exposed_provenance_mut(place.addr())
    }

    #[inline]
    pub(super) fn private_ref(&self) -> &Private<T> {
        // SAFETY: by the type invariant the device is valid and has one. Shared
        // references to it are fine: all that changes is in cells.
        unsafe { &*Self::private(self.as_ptr()) }
    }

    /// All queue pairs that this device could have.
    #[inline]
    pub(super) fn queues(&self) -> &[Queue<T>] {
        // SAFETY: the device has a private area that is ready, and by the invariant
        // of `Private` there are `count` queues behind it. Shared references to
        // them are fine: all that changes is in cells.
        unsafe {
            let count = *(*Self::private(self.as_ptr())).count.get();
            core::slice::from_raw_parts(Self::first_queue(self.as_ptr()), count as usize)
        }
    }

    /// Where the queues behind `dev` begin. Not derived from a reference to
    /// [`Private`], which ends before them.
    ///
    /// # Safety
    ///
    /// `dev` is valid and was allocated with room for a [`Private<T>`].
    #[inline]
    pub(super) unsafe fn first_queue(dev: *mut bindings::net_device) -> *mut Queue<T> {
        // SAFETY: as the caller promises.
        unsafe { (&raw mut (*Self::private(dev)).queues).cast() }
    }

    /// The driver's data.
    #[inline]
    pub(crate) fn driver(&self) -> Pin<&T> {
        // SAFETY: by the type invariant `Private` is ready, so `driver` is
        // initialised; it is pinned and only shared.
        unsafe { Pin::new_unchecked((*self.private_ref().driver.get()).assume_init_ref()) }
    }

    /// The device's name, with a zero behind it. The name changes under RTNL only.
    pub(crate) fn name(&self, _rtnl: &Rtnl) -> [u8; IFNAMSIZ] {
        // SAFETY: valid by the type invariant, and RTNL is held, under which alone
        // `netif_change_name()` writes the name.
        unsafe { (*self.as_ptr()).name }
    }

    /// Raises a queue pair's interrupt: asks for a [`Driver::poll`].
    ///
    /// An interrupt is masked from the moment it is raised until its poll is done. One that is
    /// asserted in that time is not lost, but raised when it is unmasked. Returns whether it was
    /// raised now. Bottom halves must be off.
    ///
    /// C: the interrupt handler of a driver, with its `napi_schedule()`.
    #[inline]
    pub(crate) fn interrupt(&self, queue: u32) -> bool {
        let queue = self.queues().get(queue as usize);
        queue.is_some_and(|queue| queue.interrupt())
    }

    /// Raises a queue pair's interrupt in process context, as a test.
    pub(crate) fn test_interrupt(&self, queue: u32) {
        // SAFETY: pairs with the call below.
        unsafe { bindings::net_rs_bh_disable() };
        self.interrupt(queue);
        // SAFETY: disabled above.
        unsafe { bindings::net_rs_bh_enable() };
    }

    /// Whether the device is up, by administration.
    ///
    /// C: `netif_running()`.
    pub(crate) fn running(&self) -> bool {
        // SAFETY: valid by the type invariant.
        unsafe { bindings::net_rs_netif_running(self.as_ptr()) }
    }

    /// Whether the device is registered, and not about to be unregistered. Under RTNL this stays
    /// so, if no operation of the core changes it.
    pub(super) fn is_registered(&self) -> bool {
        // SAFETY: valid by the type invariant.
        unsafe { bindings::net_rs_is_registered(self.as_ptr()) }
    }

    /// Whether the user has set the table of receive-side scaling.
    ///
    /// C: `netif_is_rxfh_configured()`.
    pub(crate) fn is_rss_configured(&self) -> bool {
        // SAFETY: valid by the type invariant.
        unsafe { bindings::net_rs_rxfh_configured(self.as_ptr()) }
    }

    /// Tells user space, and the devices on top of this one, that the link has changed in another
    /// way than by its carrier: by its speed, for one. A device that is down tells nothing. May
    /// sleep.
    ///
    /// A notifier may take this device down, so no reference to its data may be held: hence `&mut
    /// Rtnl`.
    ///
    /// C: `netdev_state_change()`.
    pub(crate) fn announce(&self, _rtnl: &mut Rtnl) {
        // SAFETY: the device is valid by the type invariant, and `Rtnl` proves that RTNL is held.
        unsafe { bindings::netdev_state_change(self.as_ptr()) };
    }

    /// The driver's control data, which is there while the device is up.
    pub(crate) fn up<'a>(&'a self, _rtnl: &'a Rtnl) -> Option<&'a T::Up> {
        // SAFETY: initialised (type invariant), and RTNL is held. It changes when
        // the device goes up or down, which the core asks for when no operation of
        // the driver runs, and in `change`, which wants the token to itself; so not
        // while the result borrows the token.
        let open = unsafe { (*self.private_ref().up.get()).assume_init_ref() };
        open.as_ref().map(|open| &open.up)
    }
}
