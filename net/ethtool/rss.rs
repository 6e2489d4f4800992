// SPDX-License-Identifier: GPL-2.0

//! Receive-side scaling: which queue is a connection for?

use super::{
    super::{
        bindings,
        Device,
        Driver,
        Rtnl, //
    },
    Ethtool,
    ExtAck, //
};
use core::slice;
use kernel::{
    error::from_result,
    prelude::*, //
};

/// # Safety
///
/// See [`get_drvinfo`](super::table).
pub(super) unsafe extern "C" fn get_rx_ring_count(dev: *mut bindings::net_device) -> u32 {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers), and with RTNL the number.
    unsafe { (*dev).real_num_rx_queues }
}

/// # Safety
///
/// None is needed.
pub(super) unsafe extern "C" fn get_rxfh_key_size<T: Driver>(
    _dev: *mut bindings::net_device,
) -> u32 {
    T::Ethtool::KEY
}

/// # Safety
///
/// None is needed.
pub(super) unsafe extern "C" fn get_rxfh_indir_size<T: Driver>(
    _dev: *mut bindings::net_device,
) -> u32 {
    T::Ethtool::TABLE
}

/// # Safety
///
/// See [`get_drvinfo`](super::table); `param` is valid, its buffers are null or as large as
/// the functions above say.
pub(super) unsafe extern "C" fn get_rxfh<T: Driver>(
    dev: *mut bindings::net_device,
    param: *mut bindings::ethtool_rxfh_param,
) -> c_int {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers); `param` is the caller's.
    let (dev, param, rtnl) =
        unsafe { (Device::<T>::from_raw(dev), &mut *param, Rtnl::assume_held()) };
    param.hfunc = bindings::NET_RS_HASH_TOEPLITZ;
    // SAFETY: the buffers have that many elements, if they are there.
    let (key, table) = unsafe {
        (
            buffer(param.key, T::Ethtool::KEY),
            buffer(param.indir, T::Ethtool::TABLE),
        )
    };
    T::Ethtool::rss(dev, &rtnl, key, table);
    0
}

/// A buffer of the core's, which is empty if it is null.
///
/// # Safety
///
/// `first` is null, or that of `len` initialised elements that are ours for `'a`.
unsafe fn buffer<'a, E>(first: *mut E, len: u32) -> &'a mut [E] {
    if first.is_null() {
        return &mut [];
    }
    // SAFETY: as the caller promises.
    unsafe { slice::from_raw_parts_mut(first, len as usize) }
}

/// # Safety
///
/// See [`get_rxfh`]; `extack` is valid or null.
pub(super) unsafe extern "C" fn set_rxfh<T: Driver>(
    dev: *mut bindings::net_device,
    param: *mut bindings::ethtool_rxfh_param,
    extack: *mut bindings::netlink_ext_ack,
) -> c_int {
    // SAFETY: RTNL and the device are held (net/ethtool.rs, Callers); `param` is the caller's.
    let (dev, param, rtnl) =
        unsafe { (Device::<T>::from_raw(dev), &mut *param, Rtnl::assume_held()) };
    let extack = ExtAck { ack: extack, dev };
    // 0 leaves the hash function as it is.
    if param.hfunc != 0 && param.hfunc != bindings::NET_RS_HASH_TOEPLITZ {
        extack.set(c"The only hash function is Toeplitz (toeplitz)");
        return -(bindings::EOPNOTSUPP as c_int);
    }
    // SAFETY: the buffers have that many elements, if they are there.
    let (key, table) = unsafe {
        (
            buffer(param.key, T::Ethtool::KEY),
            buffer(param.indir, T::Ethtool::TABLE),
        )
    };
    let key: Option<&[u8]> = (!key.is_empty()).then_some(key);
    let table: Option<&[u32]> = (!table.is_empty()).then_some(table);
    from_result(|| T::Ethtool::set_rss(dev, key, table, &rtnl, &extack).map(|()| 0))
}

/// Names the fields that the card hashes: the addresses of IP, and the ports of TCP and UDP. Of
/// frames without IP it hashes nothing.
///
/// # Safety
///
/// See [`get_drvinfo`](super::table); `fields` is valid.
pub(super) unsafe extern "C" fn get_rxfh_fields(
    _dev: *mut bindings::net_device,
    fields: *mut bindings::ethtool_rxfh_fields,
) -> c_int {
    const ADDRESSES: u32 = bindings::RXH_IP_SRC | bindings::RXH_IP_DST;
    const PORTS: u32 = bindings::RXH_L4_B_0_1 | bindings::RXH_L4_B_2_3;

    // SAFETY: `fields` is the caller's.
    let fields = unsafe { &mut *fields };
    fields.data = match fields.flow_type {
        bindings::TCP_V4_FLOW
        | bindings::TCP_V6_FLOW
        | bindings::UDP_V4_FLOW
        | bindings::UDP_V6_FLOW => ADDRESSES | PORTS,
        bindings::SCTP_V4_FLOW
        | bindings::SCTP_V6_FLOW
        | bindings::AH_ESP_V4_FLOW
        | bindings::AH_ESP_V6_FLOW
        | bindings::AH_V4_FLOW
        | bindings::AH_V6_FLOW
        | bindings::ESP_V4_FLOW
        | bindings::ESP_V6_FLOW
        | bindings::IPV4_FLOW
        | bindings::IPV6_FLOW => ADDRESSES,
        _ => return EINVAL.to_errno(),
    };
    0
}
