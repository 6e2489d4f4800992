// SPDX-License-Identifier: GPL-2.0

//! What `ethtool` asks of a device.
//!
//! C header: [`include/linux/ethtool.h`](srctree/include/linux/ethtool.h)
//!
//! RTNL is held in all of these operations, and they may sleep.

use super::{
    bindings,
    Device,
    Driver,
    Rtnl, //
};
use kernel::prelude::*;

/// A ring's descriptors: what there is, and the most there could be.
pub(crate) struct RingSize {
    /// Now, in descriptors.
    pub(crate) now: u32,
    /// At most, in descriptors.
    pub(crate) max: u32,
}

/// Interrupt moderation in one direction: an interrupt is raised when it is this
/// long or this many frames overdue.
pub(crate) struct Coalesce {
    /// In microseconds; 0 means at once.
    pub(crate) usecs: u32,
    /// In frames.
    pub(crate) frames: u32,
}

/// The ethtool side of a driver.
#[vtable]
pub(crate) trait Ethtool: Sized {
    /// The driver's name, `ethtool -i`.
    const DRIVER: &'static str;
    /// The driver's version, `ethtool -i`.
    const VERSION: &'static str;
    /// The names of the counters, `ethtool -S`, in order.
    const STATS: &'static [&'static str];
    /// The names of the private flags, from bit 0 on, at most 32.
    const PRIV_FLAGS: &'static [&'static str];

    /// The counters, as many as `values` has and [`Self::STATS`] names.
    ///
    /// C: `get_ethtool_stats()`.
    fn ethtool_stats(dev: &Device<Self>, values: &mut [u64])
    where
        Self: Driver;

    /// The link's speed in Mbit/s; [`None`] if it has none.
    ///
    /// C: `get_link_ksettings()`.
    fn speed(dev: &Device<Self>) -> Option<u32>
    where
        Self: Driver;

    /// The rings: transmit, receive.
    ///
    /// C: `get_ringparam()`.
    fn rings(dev: &Device<Self>) -> (RingSize, RingSize)
    where
        Self: Driver;

    /// Interrupt moderation: transmit, receive.
    ///
    /// C: `get_coalesce()`.
    fn coalesce(dev: &Device<Self>) -> (Coalesce, Coalesce)
    where
        Self: Driver;

    /// The private flags, a bit each.
    ///
    /// C: `get_priv_flags()`.
    fn priv_flags(dev: &Device<Self>) -> u32
    where
        Self: Driver;

    /// Sets all private flags; the core has checked that only known bits are set.
    ///
    /// C: `set_priv_flags()`.
    fn set_priv_flags(dev: &Device<Self>, flags: u32, rtnl: &Rtnl) -> Result
    where
        Self: Driver;
}

/// The operations table of a driver.
pub(super) const fn operations<T: Driver>() -> bindings::ethtool_ops {
    bindings::ethtool_ops {
        supported_coalesce_params: bindings::NET_RS_COALESCE_PARAMS,
        get_drvinfo: Some(get_drvinfo::<T>),
        get_link: Some(bindings::ethtool_op_get_link),
        get_link_ksettings: Some(get_link_ksettings::<T>),
        get_ringparam: Some(get_ringparam::<T>),
        get_coalesce: Some(get_coalesce::<T>),
        get_strings: Some(get_strings::<T>),
        get_sset_count: Some(get_sset_count::<T>),
        get_ethtool_stats: Some(get_ethtool_stats::<T>),
        get_priv_flags: Some(get_priv_flags::<T>),
        set_priv_flags: Some(set_priv_flags::<T>),
        get_ts_info: Some(bindings::ethtool_op_get_ts_info),
        ..pin_init::zeroed()
    }
}

/// Copies `from` into the C string `to`, cut if need be, always terminated.
fn copy_str(to: &mut [c_char], from: &str) {
    let room = to.len().saturating_sub(1);
    for (to, from) in to.iter_mut().zip(from.bytes().take(room)) {
        *to = from as c_char;
    }
    if let Some(end) = to.get_mut(from.len().min(room)) {
        *end = 0;
    }
}

/// The names of a string set, if the driver has it.
fn names<T: Driver>(set: c_uint) -> Option<&'static [&'static str]> {
    match set {
        bindings::ethtool_stringset_ETH_SS_STATS => Some(T::STATS),
        bindings::ethtool_stringset_ETH_SS_PRIV_FLAGS => Some(T::PRIV_FLAGS),
        _ => None,
    }
}

/// # Safety
///
/// Called by the core for a registered device, as are all below; `info` is valid
/// and zeroed.
unsafe extern "C" fn get_drvinfo<T: Driver>(
    _dev: *mut bindings::net_device,
    info: *mut bindings::ethtool_drvinfo,
) {
    // SAFETY: what the core guarantees.
    let info = unsafe { &mut *info };
    copy_str(&mut info.driver, T::DRIVER);
    copy_str(&mut info.version, T::VERSION);
    copy_str(&mut info.bus_info, "virtual");
}

/// # Safety
///
/// See [`get_drvinfo`]; `settings` is valid and zeroed.
unsafe extern "C" fn get_link_ksettings<T: Driver>(
    dev: *mut bindings::net_device,
    settings: *mut bindings::ethtool_link_ksettings,
) -> c_int {
    // SAFETY: what the core guarantees.
    let (dev, base) = unsafe { (Device::<T>::from_raw(dev), &mut (*settings).base) };
    base.speed = T::speed(dev).unwrap_or(bindings::SPEED_UNKNOWN as u32);
    base.duplex = bindings::DUPLEX_FULL as u8;
    base.port = bindings::PORT_OTHER as u8;
    base.autoneg = bindings::AUTONEG_DISABLE as u8;
    0
}

/// # Safety
///
/// See [`get_drvinfo`]; `ring` is valid and zeroed.
unsafe extern "C" fn get_ringparam<T: Driver>(
    dev: *mut bindings::net_device,
    ring: *mut bindings::ethtool_ringparam,
    _kernel_ring: *mut bindings::kernel_ethtool_ringparam,
    _extack: *mut bindings::netlink_ext_ack,
) {
    // SAFETY: what the core guarantees.
    let (dev, ring) = unsafe { (Device::<T>::from_raw(dev), &mut *ring) };
    let (tx, rx) = T::rings(dev);
    ring.tx_pending = tx.now;
    ring.tx_max_pending = tx.max;
    ring.rx_pending = rx.now;
    ring.rx_max_pending = rx.max;
}

/// # Safety
///
/// See [`get_drvinfo`]; `coalesce` is valid and zeroed.
unsafe extern "C" fn get_coalesce<T: Driver>(
    dev: *mut bindings::net_device,
    coalesce: *mut bindings::ethtool_coalesce,
    _kernel_coalesce: *mut bindings::kernel_ethtool_coalesce,
    _extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    // SAFETY: what the core guarantees.
    let (dev, coalesce) = unsafe { (Device::<T>::from_raw(dev), &mut *coalesce) };
    let (tx, rx) = T::coalesce(dev);
    coalesce.tx_coalesce_usecs = tx.usecs;
    coalesce.tx_max_coalesced_frames = tx.frames;
    coalesce.rx_coalesce_usecs = rx.usecs;
    coalesce.rx_max_coalesced_frames = rx.frames;
    0
}

/// # Safety
///
/// See [`get_drvinfo`].
unsafe extern "C" fn get_sset_count<T: Driver>(
    _dev: *mut bindings::net_device,
    set: c_int,
) -> c_int {
    match names::<T>(set as c_uint) {
        Some(names) => names.len() as c_int,
        None => EOPNOTSUPP.to_errno(),
    }
}

/// # Safety
///
/// See [`get_drvinfo`]; `data` has room for as many strings of `ETH_GSTRING_LEN`
/// bytes as [`get_sset_count`] said.
unsafe extern "C" fn get_strings<T: Driver>(
    _dev: *mut bindings::net_device,
    set: bindings::u32_,
    data: *mut bindings::u8_,
) {
    const LEN: usize = bindings::ETH_GSTRING_LEN as usize;

    let names = names::<T>(set).unwrap_or_default();
    // SAFETY: what the caller promises; the buffer is initialised.
    let data = unsafe { core::slice::from_raw_parts_mut(data.cast(), names.len() * LEN) };
    for (to, name) in data.chunks_exact_mut(LEN).zip(names) {
        copy_str(to, name);
    }
}

/// # Safety
///
/// See [`get_drvinfo`]; `data` has room for as many counters as
/// [`get_sset_count`] said, and is initialised.
unsafe extern "C" fn get_ethtool_stats<T: Driver>(
    dev: *mut bindings::net_device,
    _stats: *mut bindings::ethtool_stats,
    data: *mut bindings::u64_,
) {
    // SAFETY: what the caller promises.
    let (dev, values) = unsafe {
        (
            Device::<T>::from_raw(dev),
            core::slice::from_raw_parts_mut(data, T::STATS.len()),
        )
    };
    T::ethtool_stats(dev, values);
}

/// # Safety
///
/// See [`get_drvinfo`].
unsafe extern "C" fn get_priv_flags<T: Driver>(dev: *mut bindings::net_device) -> bindings::u32_ {
    // SAFETY: what the core guarantees.
    T::priv_flags(unsafe { Device::from_raw(dev) })
}

/// # Safety
///
/// See [`get_drvinfo`]. RTNL is held.
unsafe extern "C" fn set_priv_flags<T: Driver>(
    dev: *mut bindings::net_device,
    flags: bindings::u32_,
) -> c_int {
    // SAFETY: what the core guarantees.
    let (dev, rtnl) = unsafe { (Device::<T>::from_raw(dev), Rtnl::assume_held()) };
    super::ops::to_int(T::set_priv_flags(dev, flags, &rtnl))
}
