// SPDX-License-Identifier: GPL-2.0

//! How the core reads a driver's counters.
//!
//! C headers: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h),
//! [`include/net/netdev_queues.h`](srctree/include/net/netdev_queues.h)

use super::{
    bindings,
    driver::LinkStats,
    rings::QueueStats,
    Device,
    Driver,
    PollContext,
    Rings,
    TxContext, //
};
use kernel::prelude::*;

/// The table of the counters of single queues, for a driver that has them.
pub(super) const fn stat_ops<T: Driver>() -> bindings::netdev_stat_ops {
    const_assert!(
        T::Rings::HAS_QUEUE_STATS == T::Rings::HAS_BASE_STATS,
        "queue_stats and base_stats come together"
    );
    if !T::Rings::HAS_QUEUE_STATS {
        return pin_init::zeroed();
    }
    bindings::netdev_stat_ops {
        get_queue_stats_rx: Some(get_queue_stats_rx::<T>),
        get_queue_stats_tx: Some(get_queue_stats_tx::<T>),
        get_base_stats: Some(get_base_stats::<T>),
    }
}

impl<T: Driver> TxContext<'_, T> {
    /// Counts a frame of so many bytes as sent, for a driver that leaves counting to the core.
    ///
    /// C: `dev_dstats_tx_add()`.
    #[inline]
    #[allow(dead_code)]
    pub(crate) fn count(&self, bytes: u32) {
        const_assert!(!T::HAS_STATS, "the driver counts for itself");
        // SAFETY: the device is up, so `register_netdevice()` has allocated the counters, which
        // `setup` asked for. Bottom halves are off.
        unsafe { bindings::net_rs_count_tx(self.device().cast_mut(), bytes) };
    }
}

impl<T: Driver> PollContext<'_, T> {
    /// Counts a frame of so many bytes as received, for a driver that leaves counting to the
    /// core.
    ///
    /// C: `dev_dstats_rx_add()`.
    #[inline]
    #[allow(dead_code)]
    pub(crate) fn count(&self, bytes: u32) {
        const_assert!(!T::HAS_STATS, "the driver counts for itself");
        // SAFETY: NAPI is enabled, so the device is up, and `register_netdevice()` has allocated
        // the counters, which `setup` asked for. Bottom halves are off.
        unsafe { bindings::net_rs_count_rx(self.device().as_ptr(), bytes) };
    }
}

/// `ndo_get_stats64()`.
///
/// # Safety
///
/// Called by `dev_get_stats()` for a registered device; `stats` is valid and zeroed.
pub(super) unsafe extern "C" fn get_stats64<T: Driver>(
    dev: *mut bindings::net_device,
    stats: *mut bindings::rtnl_link_stats64,
) {
    // SAFETY: registered, so `init` has succeeded; `stats` is the caller's.
    let (dev, stats) = unsafe { (Device::<T>::from_raw(dev), &mut *stats) };
    let ours = T::stats(dev);
    stats.rx_packets = ours.rx_packets;
    stats.rx_bytes = ours.rx_bytes;
    stats.rx_dropped = ours.rx_dropped;
    stats.rx_missed_errors = ours.rx_missed_errors;
    stats.multicast = ours.multicast;
    stats.tx_packets = ours.tx_packets;
    stats.tx_bytes = ours.tx_bytes;
    stats.tx_dropped = ours.tx_dropped;
    stats.tx_errors = ours.tx_errors;
    stats.tx_carrier_errors = ours.tx_carrier_errors;
}

/// Fills in the counters of IEEE 802.3 (`ethtool -S --groups eth-mac`) that the link's
/// counters tell.
pub(super) fn fill_mac_stats(to: &mut bindings::ethtool_eth_mac_stats, from: &LinkStats) {
    // SAFETY: the numbers are a member of a union that only has numbers.
    let to = unsafe { &mut to.__bindgen_anon_1.__bindgen_anon_1 };
    to.FramesTransmittedOK = from.tx_packets;
    to.OctetsTransmittedOK = from.tx_bytes;
    to.FramesReceivedOK = from.rx_packets;
    to.OctetsReceivedOK = from.rx_bytes;
    to.MulticastFramesReceivedOK = from.multicast;
    to.BroadcastFramesReceivedOK = from.broadcast;
    to.FramesLostDueToIntMACRcvError = from.rx_missed_errors;
}

fn put_rx(to: &mut bindings::netdev_queue_stats_rx, from: &QueueStats) {
    to.packets = from.rx_packets;
    to.bytes = from.rx_bytes;
    to.hw_drop_overruns = from.rx_overruns;
}

fn put_tx(to: &mut bindings::netdev_queue_stats_tx, from: &QueueStats) {
    to.packets = from.tx_packets;
    to.bytes = from.tx_bytes;
    to.stop = from.tx_stops;
    to.wake = from.tx_wakes;
}

/// # Safety
///
/// Called by netdev-genl, under RTNL, for a registered device that has such a queue; `stats` is
/// valid.
unsafe extern "C" fn get_queue_stats_rx<T: Driver>(
    dev: *mut bindings::net_device,
    queue: c_int,
    stats: *mut bindings::netdev_queue_stats_rx,
) {
    // SAFETY: `netdev_nl_qstats_get_dumpit()` holds RTNL for a device without the instance lock,
    // which keeps the device registered; `stats` is on the stack.
    let (dev, stats) = unsafe { (Device::<T>::from_raw(dev), &mut *stats) };
    put_rx(stats, &T::Rings::queue_stats(dev, queue as u32));
}

/// # Safety
///
/// As [`get_queue_stats_rx`].
unsafe extern "C" fn get_queue_stats_tx<T: Driver>(
    dev: *mut bindings::net_device,
    queue: c_int,
    stats: *mut bindings::netdev_queue_stats_tx,
) {
    // SAFETY: `netdev_nl_qstats_get_dumpit()` holds RTNL for a device without the instance lock,
    // which keeps the device registered; `stats` is on the stack.
    let (dev, stats) = unsafe { (Device::<T>::from_raw(dev), &mut *stats) };
    put_tx(stats, &T::Rings::queue_stats(dev, queue as u32));
}

/// # Safety
///
/// Called by netdev-genl, under RTNL, for a registered device; `rx` and `tx` are valid.
unsafe extern "C" fn get_base_stats<T: Driver>(
    dev: *mut bindings::net_device,
    rx: *mut bindings::netdev_queue_stats_rx,
    tx: *mut bindings::netdev_queue_stats_tx,
) {
    // SAFETY: `netdev_nl_qstats_get_dumpit()` holds RTNL for a device without the instance lock,
    // which keeps the device registered; both are on the stack.
    let (dev, rx, tx) = unsafe { (Device::<T>::from_raw(dev), &mut *rx, &mut *tx) };
    let base = T::Rings::base_stats(dev);
    put_rx(rx, &base);
    put_tx(tx, &base);
}
