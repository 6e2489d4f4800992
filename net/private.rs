// SPDX-License-Identifier: GPL-2.0

//! What a device has behind it, in `netdev_priv()`, from its making to its end.

use super::{
    bindings,
    Device,
    Driver, //
};
use core::{
    cell::UnsafeCell,
    mem::MaybeUninit, //
};
use kernel::{
    prelude::*,
    sync::atomic::AtomicFlag,
    types::Opaque, //
};

/// What stands in `netdev_priv()`. All zeroes when the core has allocated it.
///
/// # Invariants
///
/// - `driver`, `tx`, `poll` and `up` are initialised exactly while `ready`.
/// - `driver` is pinned. While the device is registered it is only shared.
/// - `tx` is only reached by who holds the xmit lock of queue 0.
/// - `poll` is only reached by the owner of `napi`.
/// - `up` is only reached under RTNL.
#[repr(C)]
pub(super) struct Private<T: Driver> {
    pub(super) napi: Opaque<bindings::napi_struct>,
    pub(super) tx: UnsafeCell<MaybeUninit<Option<T::Tx>>>,
    pub(super) poll: UnsafeCell<MaybeUninit<Option<T::Poll>>>,
    pub(super) up: UnsafeCell<MaybeUninit<Option<T::Up>>>,
    ready: UnsafeCell<bool>,
    /// The hardware has reason to interrupt, since the last poll began.
    pub(super) asserted: AtomicFlag,
    /// The interrupt is masked: a poll is due, or running.
    pub(super) masked: AtomicFlag,
    pub(super) driver: UnsafeCell<MaybeUninit<T>>,
}

impl<T: Driver> Device<T> {
    /// Makes the driver's data. Called by `ndo_init()`, once per device.
    ///
    /// # Safety
    ///
    /// `dev` is valid, not registered yet, and its [`Private<T>`] is all zeroes.
    pub(super) unsafe fn init(dev: *mut bindings::net_device) -> Result {
        // SAFETY: what the caller promises. Nobody else can see the device yet.
        let private = unsafe { &mut *Self::private(dev) };
        // The core offers several queues to `ip link add ... numtxqueues`.
        // SAFETY: the device is valid and was allocated with at least one each.
        kernel::error::to_result(unsafe { bindings::netif_set_real_num_queues(dev, 1, 1) })?;

        private.driver.get_mut().write(T::new()?);
        private.tx.get_mut().write(None);
        private.poll.get_mut().write(None);
        private.up.get_mut().write(None);
        private.asserted = AtomicFlag::new(false);
        private.masked = AtomicFlag::new(false);
        // INVARIANT: all four fields were initialised just above.
        *private.ready.get_mut() = true;

        // SAFETY: the device and its zeroed NAPI instance are valid and live
        // equally long; the core deletes the instance with the device. Lock
        // classes are for a device that is not registered yet.
        unsafe {
            bindings::net_rs_napi_add(dev, private.napi.get(), Some(T::POLL));
            bindings::net_rs_set_lockdep_classes(dev);
            bindings::netif_carrier_off(dev);
        }
        Ok(())
    }

    /// Drops the driver's data, if it was made. Called by `priv_destructor()`.
    ///
    /// # Safety
    ///
    /// `dev` is valid, and neither callbacks nor references to it are left.
    pub(super) unsafe fn destroy(dev: *mut bindings::net_device) {
        // SAFETY: what the caller promises.
        let private = unsafe { &mut *Self::private(dev) };
        // INVARIANT: from here the fields count as uninitialised.
        if core::mem::replace(private.ready.get_mut(), false) {
            // SAFETY: they were initialised (the flag said so), nobody refers to
            // them, and they are dropped where they were pinned.
            unsafe {
                private.tx.get_mut().assume_init_drop();
                private.poll.get_mut().assume_init_drop();
                private.up.get_mut().assume_init_drop();
                private.driver.get_mut().assume_init_drop();
            }
        }
    }
}
