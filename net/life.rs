// SPDX-License-Identifier: GPL-2.0

//! A device's private area from its making to its end.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{
    bindings,
    log::ratelimit,
    private::{
        self,
        Private, //
    },
    queue::{
        init_queues,
        Queue, //
    },
    Device,
    Driver,
    Namespace,
    Rings,
    Rtnl, //
};
use kernel::{
    error::from_result,
    prelude::*, //
};

/// How many queue pairs a device is given room for: one for each CPU.
pub(super) fn most_queues<T: Driver>() -> u32 {
    const_assert!(
        T::MAX_QUEUES >= 1 && T::MAX_QUEUES <= 64,
        "MAX_QUEUES must be from 1 to 64"
    );
    // As the core takes it: an int.
    const_assert!(private::size::<T>(T::MAX_QUEUES) <= c_int::MAX as usize);
    // SAFETY: reads a number; any context.
    let cpus = unsafe { bindings::net_rs_num_online_cpus() };
    cpus.clamp(1, T::MAX_QUEUES)
}

impl<T: Driver> Device<T> {
    /// Keeps the device's namespace until the last reference to the device is gone. Says
    /// whether it can: a namespace that is going takes the device with it.
    ///
    /// While the core waits for that, it tells all parts of the namespace once a second that the
    /// device is gone (`netdev_wait_allrefs_any()`), and must not find them taken apart.
    ///
    /// # Safety
    ///
    /// The device is in its namespace's list. RTNL is held.
    pub(super) unsafe fn keep_namespace(&self) -> bool {
        // SAFETY: RTNL is held, which the cell belongs to (invariants of `Private`), and nothing
        // is called that could come back here. All zeroes, as it began, is [`None`].
        unsafe {
            let namespace = Namespace::of(self.as_ptr());
            let kept = &mut *self.private_ref().namespace.get();
            *kept = namespace;
            kept.is_some()
        }
    }

    /// Whether that has been done.
    #[cfg(net_kunit)]
    pub(super) fn keeps_namespace(&self, _rtnl: &super::Rtnl) -> bool {
        // SAFETY: RTNL is held, which the cell belongs to (invariants of `Private`).
        unsafe { (*self.private_ref().namespace.get()).is_some() }
    }

    /// Leaves `driver` for [`Device::init`] to find, instead of [`Driver::new`].
    ///
    /// # Safety
    ///
    /// `dev` is valid, not registered yet, and its [`Private<T>`] is all zeroes.
    pub(super) unsafe fn stage(
        dev: *mut bindings::net_device,
        driver: impl Init<T, Error>,
    ) -> Result {
        // SAFETY: as the caller promises. The device is not published yet.
        let private = unsafe { &mut *Self::private(dev) };
        // SAFETY: the place is valid for writes, and is not moved. If this fails, it counts as
        // uninitialised, as it did before.
        unsafe { driver.__init(private.driver.get_mut().as_mut_ptr()) }?;
        // INVARIANT: initialised just above.
        *private.staged.get_mut() = true;
        Ok(())
    }

    /// Drops the driver's data that was staged, if `ndo_init()` has not taken it.
    ///
    /// # Safety
    ///
    /// `dev` is valid, and was allocated for `T`; it is not registered.
    pub(super) unsafe fn unstage(dev: *mut bindings::net_device) {
        // SAFETY: as the caller promises; the device is still allocated. Only cells are used, since
        // a device that `register_netdevice()` had listed before it failed may still be looked at.
        // But data that is still staged was not taken by `ndo_init()`, so no operation has run on
        // it.
        unsafe {
            let private = Self::private(dev);
            if (*private).staged.get().replace(false) {
                // Initialised while staged, and no longer after this.
                (*(*private).driver.get()).assume_init_drop();
            }
        }
    }

    /// Checks the premises of this layer's SAFETY comments, which are those of whole devices:
    ///
    /// - no instance lock for operations (`netdev_need_ops_lock()`): ethtool and netdev-genl take
    ///   RTNL then, so each [`Rtnl`](super::Rtnl) of an operation is true;
    /// - no `lltx`: `HARD_TX_LOCK()` takes the queue's xmit lock, so a [`Queue`]'s `tx` has one
    ///   user;
    /// - no netpoll (`IFF_DISABLE_NETPOLL`): NAPI has no owner but `net_rx_action()` and its like,
    ///   so its `poll` has one user, and xmit is not called with interrupts off.
    ///
    /// # Errors
    ///
    /// `EINVAL`, and words in the log.
    ///
    /// # Safety
    ///
    /// `dev` is valid, and set up.
    unsafe fn check_premises(dev: *mut bindings::net_device) -> Result {
        // SAFETY: as the caller promises.
        let (has_ops_lock, is_lltx, flags) = unsafe {
            (
                bindings::net_rs_need_ops_lock(dev),
                bindings::net_rs_lltx(dev),
                bindings::net_rs_priv_flags(dev),
            )
        };
        let broken = if has_ops_lock {
            c"a device with the instance lock for its operations is not supported"
        } else if is_lltx {
            c"a device without xmit locks is not supported"
        } else if flags & bindings::netdev_priv_flags_IFF_DISABLE_NETPOLL == 0 {
            c"a device that netpoll may poll is not supported"
        } else {
            return Ok(());
        };
        if ratelimit() {
            // SAFETY: as above; the words are a C string that stays.
            unsafe { bindings::net_rs_netdev_err(dev, broken.as_char_ptr()) };
        }
        Err(EINVAL)
    }

    /// Makes the driver's data. Called by `ndo_init()`, once per device.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the device breaks a premise of this layer, `ENOMEM`, or the driver's error.
    ///
    /// # Safety
    ///
    /// `dev` is valid, not registered yet; its [`Private<T>`] is all zeroes but for the data that
    /// was staged, and was allocated with [`private::size`]. RTNL is held.
    pub(super) unsafe fn init(dev: *mut bindings::net_device) -> Result {
        // SAFETY: as the caller promises.
        unsafe { Self::check_premises(dev) }?;
        // SAFETY: as the caller promises. The device is not published yet, and the link kind, which
        // knows the size of the private area, is set.
        let (first, private, bytes) = unsafe {
            let bytes = (*(*dev).rtnl_link_ops).priv_size;
            (Self::first_queue(dev), &mut *Self::private(dev), bytes)
        };
        // Before there is something to drop.
        let room = bytes.saturating_sub(size_of::<Private<T>>()) / size_of::<Queue<T>>();
        let room = u32::try_from(room)?;
        if !core::mem::replace(private.staged.get_mut(), false) {
            let driver = T::new()?;
            // SAFETY: the place is valid for writes, and is not moved. If this fails, nothing
            // is made, and `ready` stays false.
            unsafe { driver.__init(private.driver.get_mut().as_mut_ptr()) }?;
        }
        private.up.get_mut().write(None);
        // `ip link add ... numtxqueues` may ask for fewer, or for more.
        // SAFETY: the device is valid.
        let wanted = unsafe { (*dev).num_tx_queues.min((*dev).num_rx_queues) };
        let count = wanted.min(room);
        // INVARIANT: no more than there is room for.
        *private.count.get_mut() = count;

        // SAFETY: there is room for the queues, and no other reference to them.
        unsafe { init_queues(first, count) };
        // INVARIANT: all fields were initialised just above.
        *private.ready.get_mut() = true;

        // SAFETY: the device is valid and not registered, which is when its locks
        // get their classes; and it is ready now.
        let dev = unsafe {
            bindings::net_rs_set_lockdep_classes(dev);
            if T::Rings::EXIST {
                bindings::netif_carrier_off(dev);
            }
            Self::from_raw(dev)
        };
        let queues = T::init(dev).clamp(1, count);
        // SAFETY: the device is valid and RTNL is held; there are that many.
        let result = kernel::error::to_result(unsafe {
            bindings::netif_set_real_num_queues(dev.as_ptr(), queues, queues)
        });
        if result.is_err() {
            // SAFETY: the core forgets a device that fails here, and calls nothing
            // of it again.
            unsafe { Self::destroy(dev.as_ptr()) };
        }
        result
    }

    /// Drops the driver's data, if it was made. Called by `priv_destructor()`.
    ///
    /// # Safety
    ///
    /// `dev` is valid, and neither callbacks nor references to it are left.
    pub(super) unsafe fn destroy(dev: *mut bindings::net_device) {
        // SAFETY: as the caller promises.
        let (first, private) = unsafe { (Self::first_queue(dev), &mut *Self::private(dev)) };
        // INVARIANT: from here the fields count as uninitialised.
        if core::mem::replace(private.ready.get_mut(), false) {
            for index in 0..*private.count.get_mut() {
                // SAFETY: there are `count` queues, initialised (the flag said so), and there is no
                // other reference to them.
                unsafe {
                    let queue = first.add(index as usize);
                    (*queue).tx.get_mut().assume_init_drop();
                    (*queue).poll.get_mut().assume_init_drop();
                }
            }
            // SAFETY: as above; the driver is dropped where it was pinned.
            unsafe {
                private.up.get_mut().assume_init_drop();
                private.driver.get_mut().assume_init_drop();
            }
        }
        drop(private.namespace.get_mut().take());
    }
}

/// `ndo_init()`.
///
/// # Safety
///
/// Called by `register_netdevice()`, under RTNL, for a device that `setup` filled in.
pub(super) unsafe extern "C" fn init<T: Driver>(dev: *mut bindings::net_device) -> c_int {
    // SAFETY: `register_netdevice()` calls this before it lists the device. Its private
    // area is zeroed by the allocation, and the core registers a device once.
    from_result(|| unsafe { Device::<T>::init(dev) }.map(|()| 0))
}

/// `ndo_uninit()`.
///
/// # Safety
///
/// Called by `register_netdevice()`, if it fails later, or `unregister_netdevice_many_notify()`,
/// under RTNL, for a device that is down and whose `ndo_init()` has succeeded.
pub(super) unsafe extern "C" fn uninit<T: Driver>(dev: *mut bindings::net_device) {
    // SAFETY: `init` has succeeded, and `priv_destructor` comes later. `register_netdevice()` and
    // `unregister_netdevice_many_notify()` are called under RTNL.
    let (dev, rtnl) = unsafe { (Device::<T>::from_raw(dev), Rtnl::assume_held()) };
    dev.unlink(&rtnl);
    T::uninit(dev, &rtnl);
}

/// `net_device.priv_destructor`.
///
/// # Safety
///
/// Called by `netdev_run_todo()` or a `register_netdevice()` that fails, when there is no reference
/// to `dev` any more.
pub(super) unsafe extern "C" fn priv_destructor<T: Driver>(dev: *mut bindings::net_device) {
    // SAFETY: `netdev_run_todo()` has waited for all references; or `register_netdevice()` has
    // failed, before the device could be looked up, and `ndo_uninit()` has been called.
    unsafe { Device::<T>::destroy(dev) };
}
