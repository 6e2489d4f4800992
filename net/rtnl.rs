// SPDX-License-Identifier: GPL-2.0

//! RTNL, the lock of the control path, and link kinds.
//!
//! C header: [`include/net/rtnetlink.h`](srctree/include/net/rtnetlink.h)
//!
//! A [`LinkOps`] makes a kind of link known: from then on `ip link add type` and
//! [`LinkOps::add`] make devices, which belong to the core. They go away by `ip
//! link del`, with their network namespace, or when the [`LinkOps`] is dropped.

use super::{
    bindings,
    ops,
    private,
    Device,
    Driver, //
};
use core::{
    cell::UnsafeCell,
    marker::PhantomData, //
};
use kernel::{
    error::to_result,
    prelude::*,
    types::{
        NotThreadSafe,
        Opaque, //
    }, //
};

/// Proof that RTNL is held.
///
/// # Invariants
///
/// This thread holds RTNL while the value exists.
pub(crate) struct Rtnl(NotThreadSafe);

impl Rtnl {
    /// # Safety
    ///
    /// This thread holds RTNL, and will for as long as the value exists.
    pub(super) unsafe fn assume_held() -> Self {
        // INVARIANT: what the caller promises.
        Self(NotThreadSafe)
    }

    /// Runs `f` under RTNL. May sleep; RTNL must not be held already.
    fn with<R>(f: impl FnOnce(&Rtnl) -> R) -> R {
        // SAFETY: pairs with the unlock below; nothing in between can skip it.
        unsafe { bindings::rtnl_lock() };
        // INVARIANT: locked just above.
        let result = f(&Rtnl(NotThreadSafe));
        // SAFETY: locked above, by this thread.
        unsafe { bindings::rtnl_unlock() };
        result
    }
}

/// A value that belongs to RTNL.
///
/// As with [`core::cell::Cell`], no reference to the inside is ever handed out.
///
/// # Invariants
///
/// The value is only reached by who holds RTNL, and by nobody else meanwhile.
pub(crate) struct RtnlCell<T>(UnsafeCell<T>);

// SAFETY: only one thread at a time holds RTNL, so sharing the cell moves values
// between threads and never shares one.
unsafe impl<T: Send> Sync for RtnlCell<T> {}

impl<T> RtnlCell<T> {
    /// A cell with `value` in it.
    pub(crate) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Puts `value` in, and returns what was there.
    pub(crate) fn replace(&self, value: T, _rtnl: &Rtnl) -> T {
        // SAFETY: RTNL is held, and nothing is called that could come back here.
        unsafe { core::mem::replace(&mut *self.0.get(), value) }
    }
}

impl<T: Clone> RtnlCell<Option<T>> {
    /// What is there.
    pub(crate) fn cloned(&self, rtnl: &Rtnl) -> Option<T> {
        let value = self.replace(None, rtnl);
        let copy = value.clone();
        self.replace(value, rtnl);
        copy
    }
}

impl<T: Copy> RtnlCell<T> {
    /// What is there.
    pub(crate) fn get(&self, _rtnl: &Rtnl) -> T {
        // SAFETY: RTNL is held, and nothing is called that could come back here.
        unsafe { *self.0.get() }
    }
}

/// A kind of link; registered from [`LinkOps::register`] until it is dropped.
///
/// # Invariants
///
/// `ops` is pinned and registered. To forget a value of this type and unload the
/// module leaves the core with pointers to what is gone; as with other registrations,
/// the module keeps it in its own data, which is dropped.
pub(crate) struct LinkOps<T: Driver> {
    ops: Pin<KBox<Opaque<bindings::rtnl_link_ops>>>,
    _driver: PhantomData<fn() -> T>,
}

// SAFETY: registration has no thread affinity, and there is nothing to reach
// through a shared reference that is not synchronised by RTNL.
unsafe impl<T: Driver> Send for LinkOps<T> {}
// SAFETY: a shared reference is only good for `add`, which takes RTNL where it matters.
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
                    (*place).priv_size = private::size::<T>(private::most_queues::<T>());
                    (*place).setup = Some(ops::setup::<T>);
                    (*place).get_num_tx_queues = Some(most_queues::<T>);
                    (*place).get_num_rx_queues = Some(most_queues::<T>);
                    (*place).validate = Some(validate);
                }
            }),
            GFP_KERNEL,
        )?;
        // SAFETY: the table is initialised and pinned; it lives until `drop`,
        // which unregisters it.
        to_result(unsafe { bindings::rtnl_link_register(ops.get()) })?;
        // INVARIANT: registered just above.
        Ok(Self {
            ops,
            _driver: PhantomData,
        })
    }

    /// Makes a device around `driver`, with the next free name, in the initial
    /// namespace. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, or what the core refused it with.
    ///
    /// C: `register_netdevice()`.
    pub(crate) fn add(&self, driver: T) -> Result {
        const_assert!(T::NAME.count_bytes() < bindings::IFNAMSIZ as usize);
        // SAFETY: the table is initialised, and constant once it is registered.
        let size = unsafe { (*self.ops.get()).priv_size };
        let queues = private::most_queues::<T>();
        // SAFETY: the arguments are what the core asks of a driver: a private
        // area of the size that `setup` counts on, and at least one queue each way.
        let dev = unsafe {
            bindings::alloc_netdev_mqs(
                c_int::try_from(size)?,
                T::NAME.as_char_ptr(),
                bindings::NET_NAME_ENUM as u8,
                Some(ops::setup::<T>),
                queues,
                queues,
            )
        };
        if dev.is_null() {
            return Err(ENOMEM);
        }
        // SAFETY: the device is new, zeroed, and ours.
        unsafe { Device::<T>::stage(dev, driver) };
        Rtnl::with(|_rtnl| {
            // SAFETY: the device is new and ours, and RTNL is held. If it is
            // registered, it is the core's from then on.
            let result = to_result(unsafe {
                (*dev).rtnl_link_ops = self.ops.get();
                bindings::register_netdevice(dev)
            });
            if result.is_err() {
                // SAFETY: a device that was not registered is still ours. The
                // core defers freeing it by itself where it has begun to
                // unregister.
                unsafe {
                    Device::<T>::unstage(dev);
                    bindings::free_netdev(dev);
                }
            }
            result
        })
    }
}

/// `rtnl_link_ops.get_num_tx_queues`, and the same for receive queues.
///
/// # Safety
///
/// None is needed.
unsafe extern "C" fn most_queues<T: Driver>() -> c_uint {
    private::most_queues::<T>()
}

impl<T: Driver> Drop for LinkOps<T> {
    fn drop(&mut self) {
        // SAFETY: registered, by the type invariant. When the function returns,
        // all devices of this kind are gone, and so are all calls to `T`.
        unsafe { bindings::rtnl_link_unregister(self.ops.get()) };
    }
}

/// `rtnl_link_ops.validate`.
///
/// # Safety
///
/// Called by the core with the attributes of a new link.
unsafe extern "C" fn validate(
    tb: *mut *mut bindings::nlattr,
    _data: *mut *mut bindings::nlattr,
    extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    // SAFETY: the attributes are the core's and valid for the call.
    unsafe { bindings::net_rs_validate_link(tb, extack) }
}
