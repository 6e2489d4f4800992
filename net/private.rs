// SPDX-License-Identifier: GPL-2.0

//! What a device has behind it, in `netdev_priv()`, from its making to its end.
//!
//! ```text
//!  struct net_device | Private | Queue 0 | Queue 1 | ...
//! ```
//!
//! There is a [`Queue`] for each queue pair that the device could ever have. How
//! many of them are in use is what the driver hands over when it is opened.

use super::{
    bindings,
    Device,
    Driver,
    Namespace,
    Open, //
};
use core::{
    cell::UnsafeCell,
    mem::MaybeUninit, //
};
use kernel::{
    prelude::*,
    sync::atomic::{
        Atomic,
        AtomicFlag, //
    },
    types::Opaque, //
};

/// What stands in `netdev_priv()`. All zeroes when the core has allocated it.
///
/// # Invariants
///
/// - `driver`, `up`, and `tx` and `poll` of each queue are initialised exactly
///   while `ready`; `driver` also while `staged`.
/// - `driver` is pinned. While the device is registered it is only shared.
/// - `up`, `live` and `namespace` are only reached under RTNL, or when nobody refers to the
///   device.
/// - Behind it in memory there are `count` queues.
#[repr(C)]
pub(super) struct Private<T: Driver> {
    /// What is open, without its pairs, which are handed out.
    pub(super) up: UnsafeCell<MaybeUninit<Option<Open<T>>>>,
    /// How many queue pairs run while `up` is there.
    pub(super) live: UnsafeCell<usize>,
    /// How many transmit queues the stack is to choose from: see [`Device::steer`]. 0: all.
    pub(super) steered: Atomic<u32>,
    /// Keeps the namespace until the device is gone, if it is removed alone.
    namespace: UnsafeCell<Option<Namespace>>,
    ready: UnsafeCell<bool>,
    staged: UnsafeCell<bool>,
    count: UnsafeCell<u32>,
    /// The device at the other end, or null: see iflink.rs.
    pub(super) iflink: UnsafeCell<*mut bindings::net_device>,
    pub(super) driver: UnsafeCell<MaybeUninit<T>>,
    queues: [Queue<T>; 0],
}

/// A queue pair: transmit, receive, and the NAPI instance that serves both.
///
/// # Invariants
///
/// - `tx` is only reached by who holds the xmit lock of this queue.
/// - `poll` is only reached by the owner of `napi`.
#[repr(C, align(64))]
pub(super) struct Queue<T: Driver> {
    // First, so that a poll finds the queue that it is for.
    pub(super) napi: Opaque<bindings::napi_struct>,
    pub(super) tx: UnsafeCell<MaybeUninit<Option<T::Tx>>>,
    pub(super) poll: UnsafeCell<MaybeUninit<Option<T::Poll>>>,
    /// The hardware has reason to interrupt, since the last poll began.
    pub(super) asserted: AtomicFlag,
    /// The interrupt is masked: a poll is due or running, or there is no NAPI.
    pub(super) masked: AtomicFlag,
    /// The interrupt has been raised, and the poll that it led to has not begun.
    pub(super) raised: AtomicFlag,
}

/// How many queue pairs a device is given room for: one for each CPU.
pub(super) fn most_queues<T: Driver>() -> u32 {
    const_assert!(
        T::MAX_QUEUES >= 1 && T::MAX_QUEUES <= 64,
        "MAX_QUEUES must be from 1 to 64"
    );
    // As the core takes it: an int.
    const_assert!(size::<T>(T::MAX_QUEUES) <= c_int::MAX as usize);
    // SAFETY: reads a number; any context.
    let cpus = unsafe { bindings::net_rs_num_online_cpus() };
    cpus.clamp(1, T::MAX_QUEUES)
}

/// The size of a private area with room for `queues` queue pairs, in bytes.
pub(super) const fn size<T: Driver>(queues: u32) -> usize {
    size_of::<Private<T>>() + queues as usize * size_of::<Queue<T>>()
}

impl<T: Driver> Device<T> {
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
    unsafe fn first_queue(dev: *mut bindings::net_device) -> *mut Queue<T> {
        // SAFETY: what the caller promises.
        unsafe { (&raw mut (*Self::private(dev)).queues).cast() }
    }

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

    /// Leaves `driver` for [`Device::init`] to find, instead of [`Driver::new`].
    ///
    /// # Safety
    ///
    /// `dev` is valid, not registered yet, and its [`Private<T>`] is all zeroes.
    pub(super) unsafe fn stage(
        dev: *mut bindings::net_device,
        driver: impl Init<T, Error>,
    ) -> Result {
        // SAFETY: what the caller promises. Nobody else can see the device yet.
        let private = unsafe { &mut *Self::private(dev) };
        // SAFETY: the place is valid for writes, and is not moved. If this fails, it counts as
        // uninitialised, as it did before.
        unsafe { driver.__init(private.driver.get_mut().as_mut_ptr()) }?;
        // INVARIANT: initialised just above.
        *private.staged.get_mut() = true;
        Ok(())
    }

    /// Drops what was staged and not found.
    ///
    /// # Safety
    ///
    /// `dev` is valid, and was allocated for `T`; it is not registered.
    pub(super) unsafe fn unstage(dev: *mut bindings::net_device) {
        // SAFETY: what the caller promises; the device is still allocated. By the cells alone: one
        // that `register_netdevice()` had listed before it failed may still be looked at. But what
        // is staged has not been found, so `ndo_init()` was not called, and nobody looks at it.
        unsafe {
            let private = Self::private(dev);
            if (*private).staged.get().replace(false) {
                // Initialised while staged, and no longer after this.
                (*(*private).driver.get()).assume_init_drop();
            }
        }
    }

    /// Looks for what the SAFETY comments of this layer rest on, which is for whole devices:
    ///
    /// - no instance lock for operations (`netdev_need_ops_lock()`): ethtool and netdev-genl take
    ///   RTNL then, so each [`Rtnl`](super::Rtnl) of an operation is true;
    /// - no `lltx`: `HARD_TX_LOCK()` takes the queue's xmit lock, so a [`Queue`]'s `tx` has one user;
    /// - no netpoll (`IFF_DISABLE_NETPOLL`): NAPI has no owner but `net_rx_action()` and its like, so
    ///   its `poll` has one user, and xmit is not called with interrupts off.
    ///
    /// # Errors
    ///
    /// `EINVAL`, and words in the log.
    ///
    /// # Safety
    ///
    /// `dev` is valid, and set up.
    unsafe fn check_premises(dev: *mut bindings::net_device) -> Result {
        // SAFETY: what the caller promises; the words are a C string that stays.
        unsafe {
            let broken = bindings::net_rs_broken_premise(dev);
            if broken.is_null() {
                return Ok(());
            }
            bindings::net_rs_complain(dev, broken);
        }
        Err(EINVAL)
    }

    /// Makes the driver's data. Called by `ndo_init()`, once per device.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the device is not what this layer is for, `ENOMEM`, or what the driver says.
    ///
    /// # Safety
    ///
    /// `dev` is valid, not registered yet; its [`Private<T>`] is all zeroes but for
    /// what was staged, and was allocated with [`size`]. RTNL is held.
    pub(super) unsafe fn init(dev: *mut bindings::net_device) -> Result {
        // SAFETY: what the caller promises.
        unsafe { Self::check_premises(dev) }?;
        // SAFETY: what the caller promises. Nobody else can see the device yet, and
        // the link kind, which knows the size of the private area, is set.
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

        // SAFETY: there is room for them, and nobody else sees them.
        unsafe { init_queues(first, count) };
        // INVARIANT: all fields were initialised just above.
        *private.ready.get_mut() = true;

        // SAFETY: the device is valid and not registered, which is when its locks
        // get their classes; and it is ready now.
        let dev = unsafe {
            bindings::net_rs_set_lockdep_classes(dev);
            bindings::netif_carrier_off(dev);
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
        // SAFETY: what the caller promises.
        let (first, private) = unsafe { (Self::first_queue(dev), &mut *Self::private(dev)) };
        // INVARIANT: from here the fields count as uninitialised.
        if core::mem::replace(private.ready.get_mut(), false) {
            for index in 0..*private.count.get_mut() {
                // SAFETY: there are `count` queues, initialised (the flag said so),
                // and nobody refers to them.
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

/// Makes queues that nobody uses yet.
///
/// # Safety
///
/// `first` is the place of `count` queues, all zeroes, that nobody else sees.
unsafe fn init_queues<T: Driver>(first: *mut Queue<T>, count: u32) {
    for index in 0..count {
        // SAFETY: what the caller promises.
        unsafe {
            let queue = first.add(index as usize);
            (*queue).tx.get_mut().write(None);
            (*queue).poll.get_mut().write(None);
            (*queue).asserted = AtomicFlag::new(false);
            (*queue).masked = AtomicFlag::new(true);
            (*queue).raised = AtomicFlag::new(false);
        }
    }
}
