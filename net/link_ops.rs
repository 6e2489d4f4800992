// SPDX-License-Identifier: GPL-2.0

//! Link kinds, and the making of devices.
//!
//! C header: [`include/net/rtnetlink.h`](srctree/include/net/rtnetlink.h)
//!
//! A [`LinkOps`] makes a kind of link known: from then on `ip link add type` and
//! [`LinkOps::add`] make devices, which belong to the core. They go away by `ip
//! link del` or [`LinkOps::remove`], with their network namespace, or when the
//! [`LinkOps`] is dropped.

use super::{
    bindings,
    iflink,
    life::most_queues,
    ops,
    private,
    rtnl::rtnl_is_ours,
    Device,
    DeviceRef,
    Driver,
    Namespace,
    RtnlLock,
    IFNAMSIZ, //
};
use core::{
    marker::PhantomData,
    mem::ManuallyDrop, //
};
use kernel::{
    error::to_result,
    prelude::*,
    types::Opaque, //
};

/// A kind of link; registered from [`LinkOps::register`] until it is dropped.
///
/// # Invariants
///
/// `ops` is pinned and registered.
///
/// # Dropping it
///
/// Dropping a kind waits for RTNL, so it must not be dropped where RTNL is held. If lockdep knows
/// that this task holds it, the kernel warns, and the kind and the module stay for good.
///
/// To forget a value of this type, or to have it in the `T` of one of its own devices, and unload
/// the module leaves the core with dangling pointers; as with other registrations, the module keeps
/// it in its own data, which is dropped.
pub(crate) struct LinkOps<T: Driver> {
    ops: ManuallyDrop<Pin<KBox<Opaque<bindings::rtnl_link_ops>>>>,
    _driver: PhantomData<fn() -> T>,
}

// SAFETY: registration has no thread affinity, and there is nothing to reach
// through a shared reference that is not synchronised by RTNL.
unsafe impl<T: Driver> Send for LinkOps<T> {}
// SAFETY: a shared reference is only good for adding and removing, which is done under RTNL.
unsafe impl<T: Driver> Sync for LinkOps<T> {}

impl<T: Driver> LinkOps<T> {
    /// Registers the kind [`Driver::KIND`]. May sleep.
    ///
    /// # Errors
    ///
    /// `EEXIST` if there is such a kind already, `ENOMEM`.
    ///
    /// C: `rtnl_link_register()`.
    pub(crate) fn register() -> Result<Self> {
        let ops = KBox::pin_init(
            Opaque::ffi_init(|place: *mut bindings::rtnl_link_ops| {
                // SAFETY: `place` is memory for the struct; all zeroes is a valid
                // start for it, and the fields that matter are set one by one.
                unsafe {
                    place.write_bytes(0, 1);
                    (*place).kind = T::KIND.as_char_ptr();
                    (*place).priv_size = private::size::<T>(most_queues::<T>());
                    (*place).setup = Some(ops::setup::<T>);
                    (*place).get_num_tx_queues = Some(queues::<T>);
                    (*place).get_num_rx_queues = Some(queues::<T>);
                    (*place).validate = Some(validate);
                    (*place).get_link_net = Some(iflink::get_link_net::<T>);
                }
            }),
            GFP_KERNEL,
        )?;
        // SAFETY: the table is initialised and pinned; it lives until `drop`,
        // which unregisters it.
        to_result(unsafe { bindings::rtnl_link_register(ops.get()) })?;
        // INVARIANT: registered just above.
        Ok(Self {
            ops: ManuallyDrop::new(ops),
            _driver: PhantomData,
        })
    }

    /// Makes a device around `driver`, named [`Driver::NAME`], in the initial namespace. May
    /// sleep; RTNL must not be held.
    ///
    /// # Errors
    ///
    /// As [`LinkOps::add_to`].
    pub(crate) fn add(&self, driver: impl Init<T, Error>) -> Result {
        RtnlLock::with(|rtnl| self.add_to(None, T::NAME, driver, rtnl).map(drop))?
    }

    /// Makes a device around `driver` in a namespace, or in the initial one. The name may
    /// have one `%d`, which stands for the next number that is free. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, or the core's error, such as `EEXIST` for a name that is in use and `EINVAL` for
    /// one that cannot be. Then nothing is left of the device.
    ///
    /// C: `register_netdevice()`.
    pub(crate) fn add_to(
        &self,
        namespace: Option<&Namespace>,
        name: &CStr,
        driver: impl Init<T, Error>,
        _rtnl: &mut RtnlLock,
    ) -> Result<DeviceRef<T>> {
        let dev = self.allocate(name)?;
        if let Some(namespace) = namespace {
            // SAFETY: the device is not registered yet, and the namespace is valid; the caller
            // keeps it so until the device is registered, or has failed to be.
            unsafe { bindings::net_rs_set_net(dev, namespace.as_ptr()) };
        }
        // SAFETY: the device is new, zeroed, and ours.
        let result = unsafe { Device::<T>::stage(dev, driver) }.and_then(|()| {
            // SAFETY: as above, and RTNL is held. If the device is registered, it is the
            // core's from then on.
            to_result(unsafe { bindings::register_netdevice(dev) })
        });
        if let Err(error) = result {
            // SAFETY: a device that was not registered is still ours. Where a notifier has
            // refused it, `register_netdevice()` has begun to unregister it, and `free_netdev()`
            // leaves it to `rtnl_unlock()`: it is ready, and needs its namespace until then.
            unsafe {
                if bindings::net_rs_is_unregistering(dev) {
                    Device::<T>::from_raw(dev).keep_namespace();
                }
                Device::<T>::unstage(dev);
                bindings::free_netdev(dev);
            }
            return Err(error);
        }
        // SAFETY: registered just above, and RTNL has been held since. The reference is the
        // caller's, which drops it in `uninit` at the latest.
        Ok(unsafe { Device::<T>::hold(dev) })
    }

    /// Allocates a device, which is not registered.
    pub(super) fn allocate(&self, name: &CStr) -> Result<*mut bindings::net_device> {
        if name.count_bytes() >= IFNAMSIZ {
            return Err(EINVAL);
        }
        let assigned = if name.to_bytes().contains(&b'%') {
            bindings::NET_NAME_ENUM
        } else {
            bindings::NET_NAME_USER
        };
        // SAFETY: the table is initialised, and constant once it is registered.
        let size = c_int::try_from(unsafe { (*self.ops.get()).priv_size })?;
        let (setup, queues) = (ops::setup::<T>, most_queues::<T>());
        let name = name.as_char_ptr();
        // SAFETY: the arguments are as `alloc_netdev_mqs()` requires them: a name that fits, which
        // it copies, a private area of the size that `setup` counts on, and at least one
        // queue each way. The device is the caller's, to register or free.
        let dev = unsafe {
            bindings::alloc_netdev_mqs(size, name, assigned as u8, Some(setup), queues, queues)
        };
        if dev.is_null() {
            return Err(ENOMEM);
        }
        // SAFETY: the device is new, and ours.
        unsafe { (*dev).rtnl_link_ops = self.ops.get() };
        Ok(dev)
    }

    /// Removes a device, unless that has happened already, or its namespace is going and
    /// does it. It is gone from view at once, and for good when RTNL is let go. May sleep.
    ///
    /// The namespace stays until then, too.
    ///
    /// C: `unregister_netdevice()`.
    pub(crate) fn remove(&self, dev: DeviceRef<T>, _rtnl: &mut RtnlLock) {
        // SAFETY: our reference keeps the device valid until the end of the function, which
        // returns it. Under RTNL a device is either registered or being unregistered, and we
        // are in no operation of the core, which could be in between (`RtnlLock`). If it is
        // registered, the core takes it back, and calls nothing of it when it is done.
        unsafe {
            if !bindings::net_rs_is_registered(dev.as_ptr()) {
                return;
            }
            if dev.keep_namespace() {
                bindings::unregister_netdevice_queue(dev.as_ptr(), core::ptr::null_mut());
            }
        }
    }
}

/// `rtnl_link_ops.get_num_tx_queues`, and the same for receive queues.
///
/// # Safety
///
/// None is needed.
unsafe extern "C" fn queues<T: Driver>() -> c_uint {
    most_queues::<T>()
}

impl<T: Driver> Drop for LinkOps<T> {
    fn drop(&mut self) {
        if rtnl_is_ours() {
            // SAFETY: the module is loaded, as it runs.
            unsafe { bindings::net_rs_keep_module() };
            return;
        }
        // SAFETY: registered, by the type invariant. When the function returns,
        // all devices of this kind are gone, and so are all calls to `T`.
        unsafe { bindings::rtnl_link_unregister(self.ops.get()) };
        // SAFETY: waits for a work item; we may sleep. Machines of the devices may wait for it.
        unsafe { bindings::net_rs_dropped_all() };
        // SAFETY: `rtnl_link_unregister()` has removed the last reference, and the table is not
        // used again.
        unsafe { ManuallyDrop::drop(&mut self.ops) };
    }
}

/// Why a device cannot have this address, for the user and as an errno.
fn refusal(address: &[u8]) -> Option<(&'static CStr, c_uint)> {
    if address.len() != bindings::ETH_ALEN as usize {
        return Some((c"An Ethernet address has 6 bytes", bindings::EINVAL));
    }
    let is_group = address.first().is_some_and(|first| first & 1 != 0);
    if is_group || address.iter().all(|byte| *byte == 0) {
        return Some((
            c"Address must be unicast and not all zero",
            bindings::EADDRNOTAVAIL,
        ));
    }
    None
}

/// `rtnl_link_ops.validate`.
///
/// # Safety
///
/// Called by `rtnl_newlink()` with the attributes of a new link, and `extack`, which may be null.
unsafe extern "C" fn validate(
    tb: *mut *mut bindings::nlattr,
    _data: *mut *mut bindings::nlattr,
    extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    // SAFETY: `rtnl_newlink()` has a place for each attribute, up to `IFLA_MAX`.
    let attribute = unsafe { *tb.add(bindings::IFLA_ADDRESS as usize) };
    if attribute.is_null() {
        return 0;
    }
    // SAFETY: `nlmsg_parse_deprecated()` has found the attribute whole: behind its header there is
    // as much as that says, until the request has been answered.
    let address = unsafe {
        let len = usize::from((*attribute).nla_len).saturating_sub(size_of::<bindings::nlattr>());
        core::slice::from_raw_parts(attribute.add(1).cast::<u8>(), len)
    };
    let Some((why, error)) = refusal(address) else {
        return 0;
    };
    if !extack.is_null() {
        // SAFETY: valid, as it is not null; the words are static.
        unsafe {
            (*extack)._msg = why.as_char_ptr();
            (*extack).bad_attr = attribute;
        }
    }
    -(error as c_int)
}
