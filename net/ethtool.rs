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

/// A counter: its name, of at most 31 bytes, and how to read it.
pub(crate) type Stat<T> = (&'static str, fn(&T) -> u64);

/// The ethtool side of a driver.
pub(crate) trait Ethtool: Sized + 'static {
    /// The driver's name, `ethtool -i`.
    const DRIVER: &'static str;
    /// The driver's version, `ethtool -i`.
    const VERSION: &'static str;
    /// The counters, `ethtool -S`, in order.
    ///
    /// They are read from the last to the first: where what one counts comes to the
    /// next one later, no frame is seen at the end of its way and not at the start.
    const STATS: &'static [Stat<Self>];
    /// The names of the private flags, from bit 0 on, at most 32.
    const PRIV_FLAGS: &'static [&'static str];

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

    /// Sets all private flags; only known bits are set.
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

/// The bits of the private flags that there are.
fn known_flags<T: Driver>() -> u32 {
    u32::MAX
        .checked_shr(u32::BITS.saturating_sub(T::PRIV_FLAGS.len() as u32))
        .unwrap_or(0)
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

/// How many strings a set has, if the driver has the set.
fn count<T: Driver>(set: c_uint) -> Option<usize> {
    match set {
        bindings::ethtool_stringset_ETH_SS_STATS => Some(T::STATS.len()),
        bindings::ethtool_stringset_ETH_SS_PRIV_FLAGS => Some(T::PRIV_FLAGS.len()),
        _ => None,
    }
}

/// A string of a set.
fn name<T: Driver>(set: c_uint, index: usize) -> Option<&'static str> {
    match set {
        bindings::ethtool_stringset_ETH_SS_STATS => T::STATS.get(index).map(|stat| stat.0),
        bindings::ethtool_stringset_ETH_SS_PRIV_FLAGS => T::PRIV_FLAGS.get(index).copied(),
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
    // The kernel crate has no such error in 7.2.
    let none = -(bindings::EOPNOTSUPP as c_int);
    count::<T>(set as c_uint).map_or(none, |count| count as c_int)
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

    let size = count::<T>(set).unwrap_or(0).saturating_mul(LEN);
    // SAFETY: what the caller promises; the buffer is initialised.
    let data = unsafe { core::slice::from_raw_parts_mut(data.cast(), size) };
    for (index, to) in data.chunks_exact_mut(LEN).enumerate() {
        copy_str(to, name::<T>(set, index).unwrap_or_default());
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
    let driver = dev.driver();
    for (to, (_name, read)) in values.iter_mut().zip(T::STATS).rev() {
        *to = read(&driver);
    }
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
    // The core has looked at the bits if they came by netlink, but not by ioctl.
    if flags & !known_flags::<T>() != 0 {
        return EINVAL.to_errno();
    }
    super::ops::to_int(T::set_priv_flags(dev, flags, &rtnl))
}
