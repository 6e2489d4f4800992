// SPDX-License-Identifier: GPL-2.0

//! How the core calls a driver.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)
//!
//! Each operation of `struct net_device_ops` is an `extern "C"` trampoline, here or beside the code
//! that it calls: it turns C's
//! arguments into references and contexts, and says why it may.

use super::{
    bindings,
    ethtool,
    features,
    iflink,
    life,
    open,
    rx_mode::RxMode,
    stats,
    steer,
    xmit,
    Device,
    Driver,
    Features,
    Rings,
    Rtnl, //
};
use kernel::{
    error::from_result,
    prelude::*, //
};

/// The operations table of a driver.
pub(super) struct Table<T: Driver>(core::marker::PhantomData<T>);

impl<T: Driver> Table<T> {
    const NETDEV: bindings::net_device_ops = bindings::net_device_ops {
        ndo_init: Some(life::init::<T>),
        ndo_uninit: Some(life::uninit::<T>),
        ndo_open: Some(open::open::<T>),
        ndo_stop: Some(open::stop::<T>),
        ndo_start_xmit: Some(match T::NAMED {
            Some(named) => named.start_xmit,
            None => xmit::start_xmit::<T>,
        }),
        ndo_select_queue: Some(steer::select_queue::<T>),
        ndo_validate_addr: Some(bindings::eth_validate_addr),
        ndo_set_mac_address: Some(set_mac_address::<T>),
        ndo_set_rx_mode: if T::HAS_SET_RX_MODE {
            Some(set_rx_mode::<T>)
        } else {
            None
        },
        ndo_set_features: if T::HAS_SET_FEATURES {
            Some(set_features::<T>)
        } else {
            None
        },
        ndo_change_carrier: if T::HAS_CHANGE_CARRIER {
            Some(change_carrier::<T>)
        } else {
            None
        },
        ndo_tx_timeout: if T::Rings::HAS_TX_TIMEOUT {
            Some(tx_timeout::<T>)
        } else {
            None
        },
        ndo_work: if T::HAS_WORK { Some(work::<T>) } else { None },
        ndo_get_stats64: if T::HAS_STATS {
            Some(stats::get_stats64::<T>)
        } else {
            None
        },
        ndo_get_iflink: Some(iflink::get_iflink::<T>),
        ..pin_init::zeroed()
    };
    const ETHTOOL: bindings::ethtool_ops = ethtool::ethtool_ops::<T>();
    const STATS: bindings::netdev_stat_ops = stats::stat_ops::<T>();
    const STATS_REF: &'static bindings::netdev_stat_ops = &Self::STATS;
    const NETDEV_REF: &'static bindings::net_device_ops = &Self::NETDEV;
    const ETHTOOL_REF: &'static bindings::ethtool_ops = &Self::ETHTOOL;
}

/// The flags by which the core knows a new device of `T`.
///
/// C: `enum netdev_priv_flags`.
const fn private_flags<T: Driver>() -> u32 {
    let mut flags = bindings::netdev_priv_flags_IFF_LIVE_ADDR_CHANGE
        | bindings::netdev_priv_flags_IFF_DISABLE_NETPOLL;
    if T::HAS_SET_RX_MODE {
        flags |= bindings::netdev_priv_flags_IFF_UNICAST_FLT;
    }
    if !T::Rings::EXIST {
        flags |= bindings::netdev_priv_flags_IFF_NO_QUEUE;
    }
    flags
}

/// `rtnl_link_ops.setup`: fills in a device that the core has just allocated.
///
/// # Safety
///
/// `dev` is valid, not registered, and has room for a `Private<T>`.
pub(super) unsafe extern "C" fn setup<T: Driver>(dev: *mut bindings::net_device) {
    // SAFETY: the device is valid, and `alloc_netdev_mqs()` has not published it yet. The tables
    // are static.
    unsafe {
        bindings::ether_setup(dev);
        bindings::net_rs_set_priv_flags(dev, private_flags::<T>());
        bindings::net_rs_hw_addr_random(dev);
        if T::NOARP {
            (*dev).flags |= bindings::net_device_flags_IFF_NOARP;
            (*dev).flags &= !bindings::net_device_flags_IFF_MULTICAST;
        }
        (*dev).needs_free_netdev = true;
        (*dev).netdev_ops = Table::<T>::NETDEV_REF;
        (*dev).ethtool_ops = Table::<T>::ETHTOOL_REF;
        if T::Rings::HAS_QUEUE_STATS {
            (*dev).stat_ops = Table::<T>::STATS_REF;
        }
        if !T::HAS_STATS {
            bindings::net_rs_count_per_cpu(dev);
        }
        features::setup_features(dev, T::FEATURES, T::MORE_FEATURES);
        (*dev).priv_destructor = Some(life::priv_destructor::<T>);
        (*dev).min_mtu = T::MIN_MTU;
        (*dev).max_mtu = T::MAX_MTU;
    }
}

/// `ndo_set_mac_address()`.
///
/// # Safety
///
/// Called by `netif_set_mac_address()`, under RTNL, for a registered device; `address` is a valid
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
    if result == 0 && T::HAS_SET_RX_MODE {
        // SAFETY: registered, so `init` has succeeded. The lists are locked around the call.
        unsafe {
            bindings::net_rs_addr_lock(dev);
            set_rx_mode::<T>(dev);
            bindings::net_rs_addr_unlock(dev);
        }
    }
    result
}

/// `ndo_set_rx_mode()`.
///
/// # Safety
///
/// Called by `__dev_set_rx_mode()`, or [`set_mac_address`], with the address lists locked, for a
/// registered device.
unsafe extern "C" fn set_rx_mode<T: Driver>(dev: *mut bindings::net_device) {
    // SAFETY: `__dev_set_rx_mode()` has found the device up, or `set_mac_address` found it present,
    // so `init` has succeeded.
    let dev = unsafe { Device::<T>::from_raw(dev) };
    // SAFETY: the callers of `__dev_set_rx_mode()` hold `netif_addr_lock_bh()`, as does
    // `set_mac_address`.
    T::set_rx_mode(dev, unsafe { RxMode::locked(dev) });
}

/// `ndo_set_features()`.
///
/// # Safety
///
/// Called by `__netdev_update_features()`, under RTNL, for a registered device.
unsafe extern "C" fn set_features<T: Driver>(
    dev: *mut bindings::net_device,
    features: bindings::netdev_features_t,
) -> c_int {
    // SAFETY: registered, so `init` has succeeded. `__netdev_update_features()` is called under
    // RTNL.
    let (dev, rtnl) = unsafe { (Device::<T>::from_raw(dev), Rtnl::assume_held()) };
    T::set_features(dev, Features::from_raw(features), &rtnl);
    0
}

/// `ndo_change_carrier()`.
///
/// # Safety
///
/// Called by `netif_change_carrier()`, under RTNL, for a registered device.
unsafe extern "C" fn change_carrier<T: Driver>(dev: *mut bindings::net_device, on: bool) -> c_int {
    // SAFETY: registered, so `init` has succeeded. `netif_change_carrier()` is called by
    // `do_setlink()` and `carrier_store()`, under RTNL for a device without the instance lock.
    let (dev, rtnl) = unsafe { (Device::<T>::from_raw(dev), Rtnl::assume_held()) };
    from_result(|| T::change_carrier(dev, on, &rtnl).map(|()| 0))
}

/// `ndo_tx_timeout()`.
///
/// # Safety
///
/// Called by `dev_watchdog()`, with all queues frozen, for a device that is up.
unsafe extern "C" fn tx_timeout<T: Driver>(dev: *mut bindings::net_device, _queue: c_uint) {
    // SAFETY: `dev_watchdog()` has found the device present and up, so `init` has succeeded.
    T::Rings::tx_timeout(unsafe { Device::from_raw(dev) });
}

/// `ndo_work()`.
///
/// # Safety
///
/// Called by `netdev_work_proc()`, under RTNL, for a registered device.
unsafe extern "C" fn work<T: Driver>(dev: *mut bindings::net_device, _events: c_ulong) {
    // SAFETY: registered, so `init` has succeeded, and `netdev_work_proc()` has a reference. It
    // holds RTNL.
    let (dev, mut rtnl) = unsafe { (Device::<T>::from_raw(dev), Rtnl::assume_held()) };
    T::work(dev, &mut rtnl);
}
