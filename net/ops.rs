// SPDX-License-Identifier: GPL-2.0

//! How the core calls a driver.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)
//!
//! Each operation of `struct net_device_ops` is an `extern "C"` trampoline here:
//! it turns what C passes into references and contexts, and says why it may.

use super::{
    bindings,
    ethtool,
    features,
    iflink,
    private::Queue,
    rx_mode,
    stats,
    steer,
    Device,
    Driver,
    DropReason,
    Rtnl,
    SkBuff,
    TxBusy,
    TxContext, //
};
use core::ptr::NonNull;
use kernel::prelude::*;

/// The C functions of a driver that people want to trace.
///
/// [`name_trampolines!`] implements it.
///
/// # Safety
///
/// The functions are this driver's own, `start_xmit::<Self>` and `poll::<Self>`,
/// or call them with the same arguments.
pub(crate) unsafe trait Trampolines {
    /// `ndo_start_xmit()`.
    const START_XMIT: StartXmit;
    /// `napi_struct.poll`.
    const POLL: NapiPoll;
}

/// The type of `ndo_start_xmit()`.
pub(crate) type StartXmit = unsafe extern "C" fn(
    *mut bindings::sk_buff,
    *mut bindings::net_device,
) -> bindings::netdev_tx_t;

/// The type of `napi_struct.poll`.
pub(crate) type NapiPoll = unsafe extern "C" fn(*mut bindings::napi_struct, c_int) -> c_int;

/// Gives the trampolines of a driver names that stay the same from build to
/// build, so that kprobes can be put on them: `PREFIX_start_xmit`, `PREFIX_poll`. These are no
/// names that another function has: the prefix is a driver's.
macro_rules! name_trampolines {
    ($driver:ty, $prefix:literal) => {
        const _: () = {
            use $crate::net::ops;

            /// # Safety
            ///
            /// As [`ops::start_xmit`].
            #[export_name = concat!($prefix, "_start_xmit")]
            unsafe extern "C" fn start_xmit(
                skb: *mut ops::CSkBuff,
                dev: *mut ops::CNetDevice,
            ) -> ops::CNetdevTx {
                // SAFETY: the same contract.
                unsafe { ops::start_xmit::<$driver>(skb, dev) }
            }

            /// # Safety
            ///
            /// As [`ops::poll`].
            #[export_name = concat!($prefix, "_poll")]
            unsafe extern "C" fn poll(napi: *mut ops::CNapi, budget: c_int) -> c_int {
                // SAFETY: the same contract.
                unsafe { ops::poll::<$driver>(napi, budget) }
            }

            // SAFETY: both call this driver's own.
            unsafe impl ops::Trampolines for $driver {
                const START_XMIT: ops::StartXmit = start_xmit;
                const POLL: ops::NapiPoll = poll;
            }
        };
    };
}
pub(crate) use name_trampolines;

pub(crate) use super::napi::poll_callback as poll;
pub(crate) use bindings::{
    napi_struct as CNapi,
    net_device as CNetDevice,
    netdev_tx_t as CNetdevTx,
    sk_buff as CSkBuff, //
};

/// The operations table of a driver.
pub(super) struct Table<T: Driver>(core::marker::PhantomData<T>);

impl<T: Driver> Table<T> {
    const NETDEV: bindings::net_device_ops = bindings::net_device_ops {
        ndo_init: Some(init::<T>),
        ndo_uninit: Some(uninit::<T>),
        ndo_open: Some(open::<T>),
        ndo_stop: Some(stop::<T>),
        ndo_start_xmit: Some(T::START_XMIT),
        ndo_select_queue: Some(steer::select_queue::<T>),
        ndo_validate_addr: Some(bindings::eth_validate_addr),
        ndo_set_mac_address: Some(set_mac_address::<T>),
        ndo_set_rx_mode: Some(rx_mode::set_rx_mode::<T>),
        ndo_set_features: Some(features::set_features::<T>),
        ndo_tx_timeout: Some(tx_timeout::<T>),
        ndo_work: Some(work::<T>),
        ndo_get_stats64: Some(stats::get_stats64::<T>),
        ndo_get_iflink: Some(iflink::get_iflink::<T>),
        ..pin_init::zeroed()
    };
    const ETHTOOL: bindings::ethtool_ops = ethtool::operations::<T>();
    const STATS: bindings::netdev_stat_ops = stats::operations::<T>();
    const STATS_REF: &'static bindings::netdev_stat_ops = &Self::STATS;
    const NETDEV_REF: &'static bindings::net_device_ops = &Self::NETDEV;
    const ETHTOOL_REF: &'static bindings::ethtool_ops = &Self::ETHTOOL;
}

/// `rtnl_link_ops.setup`: fills in a device that the core has just allocated.
///
/// # Safety
///
/// `dev` is valid, not registered, and has room for a `Private<T>`.
pub(super) unsafe extern "C" fn setup<T: Driver>(dev: *mut bindings::net_device) {
    // SAFETY: the device is valid and nobody else knows it yet. The tables are
    // static.
    unsafe {
        bindings::ether_setup(dev);
        bindings::net_rs_setup_flags(dev);
        (*dev).netdev_ops = Table::<T>::NETDEV_REF;
        (*dev).ethtool_ops = Table::<T>::ETHTOOL_REF;
        (*dev).stat_ops = Table::<T>::STATS_REF;
        features::setup::<T>(dev);
        (*dev).priv_destructor = Some(priv_destructor::<T>);
        (*dev).min_mtu = T::MIN_MTU;
        (*dev).max_mtu = T::MAX_MTU;
    }
}

/// An `int` for C: 0, or the negative errno.
pub(super) fn to_int(result: Result) -> c_int {
    result.map_or_else(|e| e.to_errno(), |()| 0)
}

/// `net_device.priv_destructor`.
///
/// # Safety
///
/// Called by the core, when nobody refers to `dev` any more.
unsafe extern "C" fn priv_destructor<T: Driver>(dev: *mut bindings::net_device) {
    // SAFETY: `netdev_run_todo()` has waited for all references; or `register_netdevice()` has
    // failed, before anybody could look the device up, and `ndo_uninit()` has been called.
    unsafe { Device::<T>::destroy(dev) };
}

/// `ndo_init()`.
///
/// # Safety
///
/// Called by the core, under RTNL, for a device that `setup` filled in.
unsafe extern "C" fn init<T: Driver>(dev: *mut bindings::net_device) -> c_int {
    // SAFETY: the device is being registered, so nobody else sees it. Its private
    // area is zeroed by the allocation, and the core registers a device once.
    to_int(unsafe { Device::<T>::init(dev) })
}

/// `ndo_uninit()`.
///
/// # Safety
///
/// Called by the core, under RTNL, for a device that is down and whose `ndo_init()` has
/// succeeded.
unsafe extern "C" fn uninit<T: Driver>(dev: *mut bindings::net_device) {
    // SAFETY: `init` has succeeded, and `priv_destructor` comes later. `register_netdevice()` and
    // `unregister_netdevice_many_notify()` are called under RTNL.
    let (dev, rtnl) = unsafe { (Device::<T>::from_raw(dev), Rtnl::assume_held()) };
    dev.unlink(&rtnl);
    T::uninit(dev, &rtnl);
}

/// `ndo_set_mac_address()`.
///
/// # Safety
///
/// Called by the core, under RTNL, for a registered device; `address` is a valid
/// `struct sockaddr`.
unsafe extern "C" fn set_mac_address<T: Driver>(
    dev: *mut bindings::net_device,
    address: *mut c_void,
) -> c_int {
    // SAFETY: `netif_set_mac_address()` holds RTNL, has found the device present, and `address` is
    // its caller's. The lists are locked for `RxMode::address()`, which is read without RTNL;
    // the function does not sleep.
    let result = unsafe {
        bindings::net_rs_addr_lock(dev);
        let result = bindings::eth_mac_addr(dev, address);
        bindings::net_rs_addr_unlock(dev);
        result
    };
    if result == 0 {
        // SAFETY: registered, so `init` has succeeded.
        rx_mode::refresh(unsafe { Device::<T>::from_raw(dev) });
    }
    result
}

/// `ndo_open()`.
///
/// # Safety
///
/// Called by the core, under RTNL, for a registered device that is down.
unsafe extern "C" fn open<T: Driver>(dev: *mut bindings::net_device) -> c_int {
    // SAFETY: registered, so `init` has succeeded. `__dev_open()` is called under RTNL for a device
    // without the instance lock (`Device::check_premises`).
    let (dev, rtnl) = unsafe { (Device::<T>::from_raw(dev), Rtnl::assume_held()) };
    let started = T::open(dev, &rtnl).and_then(|open| dev.open(open, &rtnl));
    to_int(started.map(|()| T::opened(dev, &rtnl)))
}

/// `ndo_stop()`.
///
/// # Safety
///
/// Called by the core, under RTNL, for a device that is up.
unsafe extern "C" fn stop<T: Driver>(dev: *mut bindings::net_device) -> c_int {
    // SAFETY: registered, so `init` has succeeded. `__dev_close_many()` is called under RTNL.
    let (dev, rtnl) = unsafe { (Device::<T>::from_raw(dev), Rtnl::assume_held()) };
    dev.set_carrier(false, &rtnl);
    dev.close(&rtnl);
    0
}

/// The queue that an skb is for, if there is such a one and this CPU holds its lock.
///
/// `ip link add numtxqueues` may make more than there are. And a list of skbs that a
/// classifier has given different queues (`skbedit queue_mapping` below `mq`) comes
/// under the lock of the first one's.
#[inline]
fn locked_queue<T: Driver>(
    dev: &Device<T>,
    index: u16,
) -> Option<(&Queue<T>, *mut bindings::netdev_queue)> {
    let queue = dev.queues().get(usize::from(index))?;
    // SAFETY: the device is valid, and has this queue. Bottom halves are off.
    unsafe {
        let txq = (*dev.as_ptr())._tx.add(usize::from(index));
        bindings::net_rs_tx_owned(txq).then_some((queue, txq))
    }
}

/// Drops an skb that is for none of the queues that this CPU has locked. It may be the
/// last one of a batch, so the doorbell rings for those before it.
#[cold]
fn refuse<T: Driver>(dev: &Device<T>, skb: SkBuff) {
    skb.discard(DropReason::NotSpecified);
    // SAFETY: valid by the type invariant.
    unsafe { bindings::net_rs_count_tx_dropped(dev.as_ptr()) };
    for index in 0..dev.queues().len() {
        let Ok(index) = u16::try_from(index) else {
            return;
        };
        let Some((queue, txq)) = locked_queue(dev, index) else {
            continue;
        };
        // SAFETY: this CPU holds the xmit lock of the queue, and the core called
        // `ndo_start_xmit()` with it; `tx` is initialised, as the device is ready.
        let tx = unsafe { (*queue.tx.get()).assume_init_mut() };
        if let Some(tx) = tx {
            // SAFETY: the queue is valid, and its lock is held while we are in here.
            T::doorbell(dev, &mut unsafe { TxContext::<T>::new(txq, index, tx) });
        }
    }
}

/// `ndo_start_xmit()`.
///
/// # Safety
///
/// Called by the core with the xmit lock of the skb's queue held and bottom
/// halves off; one reference to `skb` is the callee's, unless it says busy.
#[inline]
pub(crate) unsafe extern "C" fn start_xmit<T: Driver>(
    skb: *mut bindings::sk_buff,
    dev: *mut bindings::net_device,
) -> bindings::netdev_tx_t {
    // SAFETY: `dev_hard_start_xmit()` and `__dev_direct_xmit()` have found the device up, under RCU,
    // which `unregister_netdevice_many_notify()` waits for.
    let device = unsafe { Device::<T>::from_raw(dev) };
    let raw = skb;
    // SAFETY: `netdev_start_xmit()` passes a valid skb and its reference.
    let skb = unsafe { SkBuff::from_raw(NonNull::new_unchecked(skb)) };
    let index = skb.queue_mapping();
    let Some((queue, txq)) = locked_queue(device, index) else {
        refuse(device, skb);
        return bindings::netdev_tx_NETDEV_TX_OK;
    };
    // SAFETY: this CPU holds the xmit lock of the queue: `HARD_TX_LOCK()` has taken it, as the
    // device is not `lltx` (`Device::check_premises`), and `locked_queue` has looked. So `tx` is
    // ours. It is initialised, as the device is ready.
    let tx = unsafe { (*queue.tx.get()).assume_init_mut() };
    let Some(tx) = tx else {
        T::xmit_while_down(device, u32::from(index), &skb);
        skb.discard(DropReason::DevReady);
        return bindings::netdev_tx_NETDEV_TX_OK;
    };
    // SAFETY: the queue is valid, and its lock is held while we are in here.
    let mut context = unsafe { TxContext::<T>::new(txq, index, tx) };

    let result = T::start_xmit(device, &mut context, skb);
    if result.is_err() || context.needs_doorbell() {
        T::doorbell(device, &mut context);
    }
    match result {
        Ok(()) => bindings::netdev_tx_NETDEV_TX_OK,
        Err(TxBusy(skb)) if skb.is(raw) => {
            // The reference is the core's again.
            let _ = skb.into_raw();
            bindings::netdev_tx_NETDEV_TX_BUSY
        }
        Err(TxBusy(other)) => {
            // The driver has kept the one that it was given, so it is not busy.
            kernel::warn_on!(true);
            other.discard(DropReason::NotSpecified);
            bindings::netdev_tx_NETDEV_TX_OK
        }
    }
}

/// `ndo_tx_timeout()`.
///
/// # Safety
///
/// Called by the core's watchdog for a device that is up.
unsafe extern "C" fn tx_timeout<T: Driver>(dev: *mut bindings::net_device, _queue: c_uint) {
    // SAFETY: `dev_watchdog()` has found the device present and up, so `init` has succeeded.
    T::tx_timeout(unsafe { Device::from_raw(dev) });
}

/// `ndo_work()`.
///
/// # Safety
///
/// Called by the core, under RTNL, for a registered device.
unsafe extern "C" fn work<T: Driver>(dev: *mut bindings::net_device, _events: c_ulong) {
    // SAFETY: registered, so `init` has succeeded, and `netdev_work_proc()` has a reference. It holds
    // RTNL.
    let (dev, mut rtnl) = unsafe { (Device::<T>::from_raw(dev), Rtnl::assume_held()) };
    T::work(dev, &mut rtnl);
}
