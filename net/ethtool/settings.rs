// SPDX-License-Identifier: GPL-2.0

//! Settings that can be looked at and changed: link, rings, channels, interrupts, flags.

use super::{
    super::{
        bindings,
        Device,
        Driver,
        Rtnl, //
    },
    Coalesce,
    Ethtool,
    ExtAck, //
};
use kernel::{
    error::from_result,
    prelude::*, //
};

/// # Safety
///
/// See [`get_drvinfo`](super::table); `state` is valid.
pub(super) unsafe extern "C" fn get_link_ext_state<T: Driver>(
    dev: *mut bindings::net_device,
    state: *mut bindings::ethtool_link_ext_state_info,
) -> c_int {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers).
    let dev = unsafe { Device::<T>::from_raw(dev) };
    if !T::Ethtool::has_no_cable(dev) {
        return ENODATA.to_errno();
    }
    // SAFETY: `state` is in the reply that `linkstate_prepare_data()` fills in.
    unsafe {
        (*state).link_ext_state = bindings::ethtool_link_ext_state_ETHTOOL_LINK_EXT_STATE_NO_CABLE;
    }
    0
}

/// # Safety
///
/// See [`get_drvinfo`](super::table); `settings` is valid and zeroed.
pub(super) unsafe extern "C" fn get_link_ksettings<T: Driver>(
    dev: *mut bindings::net_device,
    settings: *mut bindings::ethtool_link_ksettings,
) -> c_int {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers); `settings` is the caller's.
    let (dev, base) = unsafe { (Device::<T>::from_raw(dev), &mut (*settings).base) };
    base.speed = T::Ethtool::speed(dev);
    base.duplex = bindings::DUPLEX_FULL as u8;
    base.port = bindings::PORT_OTHER as u8;
    base.autoneg = bindings::AUTONEG_DISABLE as u8;
    0
}

/// # Safety
///
/// See [`get_drvinfo`](super::table); `settings` is valid.
pub(super) unsafe extern "C" fn set_link_ksettings<T: Driver>(
    dev: *mut bindings::net_device,
    settings: *const bindings::ethtool_link_ksettings,
) -> c_int {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers); `settings` is the caller's.
    let (dev, base, rtnl) = unsafe {
        (
            Device::<T>::from_raw(dev),
            &(*settings).base,
            Rtnl::assume_held(),
        )
    };
    if u32::from(base.autoneg) != bindings::AUTONEG_DISABLE {
        dev.err(c"there is nobody to negotiate the speed with: use autoneg off");
        return EINVAL.to_errno();
    }
    if u32::from(base.duplex) != bindings::DUPLEX_FULL {
        dev.err(c"the wire is full duplex");
        return EINVAL.to_errno();
    }
    if u32::from(base.port) != bindings::PORT_OTHER || base.phy_address != 0 {
        dev.err(c"there is one plug, and no phy");
        return EINVAL.to_errno();
    }
    // A request for something else comes with the speed that was read, which may not be exact.
    if base.speed == T::Ethtool::speed(dev) {
        return 0;
    }
    from_result(|| T::Ethtool::set_speed(dev, base.speed, &rtnl).map(|()| 0))
}

/// # Safety
///
/// See [`get_drvinfo`](super::table); `ring` is valid and zeroed.
pub(super) unsafe extern "C" fn get_ringparam<T: Driver>(
    dev: *mut bindings::net_device,
    ring: *mut bindings::ethtool_ringparam,
    _kernel_ring: *mut bindings::kernel_ethtool_ringparam,
    _extack: *mut bindings::netlink_ext_ack,
) {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers); `ring` is the caller's.
    let (dev, ring) = unsafe { (Device::<T>::from_raw(dev), &mut *ring) };
    let (tx, rx) = T::Ethtool::rings(dev);
    ring.tx_pending = tx.now;
    ring.tx_max_pending = tx.max;
    ring.rx_pending = rx.now;
    ring.rx_max_pending = rx.max;
}

/// # Safety
///
/// See [`get_drvinfo`](super::table); `ring` is valid, and within the limits that
/// [`get_ringparam`] named.
pub(super) unsafe extern "C" fn set_ringparam<T: Driver>(
    dev: *mut bindings::net_device,
    ring: *mut bindings::ethtool_ringparam,
    _kernel_ring: *mut bindings::kernel_ethtool_ringparam,
    extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers); `ring` is the caller's.
    let (dev, ring, mut rtnl) =
        unsafe { (Device::<T>::from_raw(dev), &*ring, Rtnl::assume_held()) };
    let extack = ExtAck { ack: extack, dev };
    from_result(|| {
        T::Ethtool::set_rings(dev, ring.tx_pending, ring.rx_pending, &mut rtnl, &extack).map(|()| 0)
    })
}

/// # Safety
///
/// See [`get_drvinfo`](super::table); `channels` is valid and zeroed.
pub(super) unsafe extern "C" fn get_channels<T: Driver>(
    dev: *mut bindings::net_device,
    channels: *mut bindings::ethtool_channels,
) {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers); `channels` is the caller's.
    let (dev, channels, rtnl) = unsafe {
        (
            Device::<T>::from_raw(dev),
            &mut *channels,
            Rtnl::assume_held(),
        )
    };
    channels.max_combined = dev.max_queues();
    channels.combined_count = dev.queue_count(&rtnl);
}

/// # Safety
///
/// See [`get_drvinfo`](super::table); `channels` is valid, and within the limits that
/// [`get_channels`] named.
pub(super) unsafe extern "C" fn set_channels<T: Driver>(
    dev: *mut bindings::net_device,
    channels: *mut bindings::ethtool_channels,
) -> c_int {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers); `channels` is the caller's.
    let (dev, count, mut rtnl) = unsafe {
        (
            Device::<T>::from_raw(dev),
            (*channels).combined_count,
            Rtnl::assume_held(),
        )
    };
    if count == 0 || count > dev.max_queues() {
        dev.err(c"at least one combined channel, and no more than CPUs");
        return EINVAL.to_errno();
    }
    from_result(|| T::Ethtool::set_channels(dev, count, &mut rtnl).map(|()| 0))
}

/// # Safety
///
/// See [`get_drvinfo`](super::table); `coalesce` is valid and zeroed.
pub(super) unsafe extern "C" fn get_coalesce<T: Driver>(
    dev: *mut bindings::net_device,
    coalesce: *mut bindings::ethtool_coalesce,
    _kernel_coalesce: *mut bindings::kernel_ethtool_coalesce,
    _extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers); `coalesce` is the caller's.
    let (dev, coalesce) = unsafe { (Device::<T>::from_raw(dev), &mut *coalesce) };
    let (tx, rx) = T::Ethtool::coalesce(dev);
    coalesce.tx_coalesce_usecs = tx.usecs;
    coalesce.tx_max_coalesced_frames = tx.frames;
    coalesce.rx_coalesce_usecs = rx.usecs;
    coalesce.rx_max_coalesced_frames = rx.frames;
    coalesce.use_adaptive_tx_coalesce = u32::from(tx.is_adaptive);
    coalesce.use_adaptive_rx_coalesce = u32::from(rx.is_adaptive);
    0
}

/// # Safety
///
/// See [`get_drvinfo`](super::table); `coalesce` is valid.
pub(super) unsafe extern "C" fn set_coalesce<T: Driver>(
    dev: *mut bindings::net_device,
    coalesce: *mut bindings::ethtool_coalesce,
    _kernel_coalesce: *mut bindings::kernel_ethtool_coalesce,
    extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers); `coalesce` is the caller's.
    let (dev, coalesce) = unsafe { (Device::<T>::from_raw(dev), &*coalesce) };
    let tx = Coalesce {
        usecs: coalesce.tx_coalesce_usecs,
        frames: coalesce.tx_max_coalesced_frames,
        is_adaptive: coalesce.use_adaptive_tx_coalesce != 0,
    };
    let rx = Coalesce {
        usecs: coalesce.rx_coalesce_usecs,
        frames: coalesce.rx_max_coalesced_frames,
        is_adaptive: coalesce.use_adaptive_rx_coalesce != 0,
    };
    let extack = ExtAck { ack: extack, dev };
    from_result(|| T::Ethtool::set_coalesce(dev, tx, rx, &extack).map(|()| 0))
}

/// # Safety
///
/// See [`get_drvinfo`](super::table).
pub(super) unsafe extern "C" fn get_msglevel<T: Driver>(dev: *mut bindings::net_device) -> u32 {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers).
    T::Ethtool::message_level(unsafe { Device::from_raw(dev) })
}

/// # Safety
///
/// See [`get_drvinfo`](super::table).
pub(super) unsafe extern "C" fn set_msglevel<T: Driver>(
    dev: *mut bindings::net_device,
    level: u32,
) {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers).
    T::Ethtool::set_message_level(unsafe { Device::from_raw(dev) }, level);
}

/// Whether the caller may change things of the whole machine: the core asks for no more than
/// `CAP_NET_ADMIN` in the user namespace that the network namespace belongs to. Process context.
///
/// C: `capable(CAP_SYS_ADMIN)`.
pub(crate) fn may_administer() -> bool {
    // SAFETY: the function asks for the current task, and needs nothing.
    unsafe { bindings::net_rs_capable_sys_admin() }
}

/// # Safety
///
/// See [`get_drvinfo`](super::table).
pub(super) unsafe extern "C" fn get_priv_flags<T: Driver>(
    dev: *mut bindings::net_device,
) -> bindings::u32_ {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers).
    T::Ethtool::priv_flags(unsafe { Device::from_raw(dev) }) & known_flags::<T>()
}

/// The private flags that have a name.
const fn known_flags<T: Driver>() -> u32 {
    let unknown = u32::BITS.saturating_sub(T::Ethtool::PRIV_FLAGS.len() as u32);
    match u32::MAX.checked_shr(unknown) {
        Some(known) => known,
        None => 0,
    }
}

/// # Safety
///
/// See [`get_drvinfo`](super::table).
pub(super) unsafe extern "C" fn set_priv_flags<T: Driver>(
    dev: *mut bindings::net_device,
    flags: bindings::u32_,
) -> c_int {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers).
    let (dev, rtnl) = unsafe { (Device::<T>::from_raw(dev), Rtnl::assume_held()) };
    // The core has looked at the bits if they came by netlink, but not by ioctl.
    if flags & !known_flags::<T>() != 0 {
        return EINVAL.to_errno();
    }
    from_result(|| T::Ethtool::set_priv_flags(dev, flags, &rtnl).map(|()| 0))
}
