// SPDX-License-Identifier: GPL-2.0

//! The operations that a driver implements.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h).
//!
//! An operation that a driver does not implement is NULL in its table, as in a driver in C that
//! lacks it. The locks that are held are listed in `Documentation/networking/netdevices.rst`, and
//! follow from the context that the operation gets: see net.rs.

use super::{
    ethtool::Ethtool,
    features::Features,
    named::Named,
    Device,
    Parts,
    Rings,
    Rtnl,
    RxMode,
    SkBuff,
    TxBusy,
    TxContext, //
};
use kernel::{
    build_error,
    error::VTABLE_DEFAULT_ERROR,
    prelude::*, //
};

/// Counters of a link, as `ip -s link` shows them.
///
/// C: `struct rtnl_link_stats64`; the counters that are not here stay 0.
#[derive(Default)]
pub(crate) struct LinkStats {
    /// Frames received.
    pub(crate) rx_packets: u64,
    /// Bytes received, from the Ethernet header on.
    pub(crate) rx_bytes: u64,
    /// Frames that were received but could not be handed on.
    pub(crate) rx_dropped: u64,
    /// Frames that found no free receive descriptor.
    pub(crate) rx_missed_errors: u64,
    /// Frames transmitted.
    pub(crate) tx_packets: u64,
    /// Bytes transmitted.
    pub(crate) tx_bytes: u64,
    /// Frames that were given up because the device is not ready for them.
    pub(crate) tx_dropped: u64,
    /// Frames that cannot be sent, or were lost by the hardware.
    pub(crate) tx_errors: u64,
    /// The transmit errors for want of a carrier.
    pub(crate) tx_carrier_errors: u64,
    /// Frames received that were sent to a group, but not to all.
    pub(crate) multicast: u64,
    /// Frames received that were sent to all.
    pub(crate) broadcast: u64,
}

/// A network driver; the type is the driver's data for one device.
///
/// The smallest one has a kind, a name and a `start_xmit`, and says `()` to rings and ethtool:
/// samples/dummy_rs.rs.
#[vtable]
pub(crate) trait Driver: Parts {
    /// The driver's rings; `()` for none. A device without rings has no NAPI instance and no qdisc,
    /// and its carrier is on from the start.
    type Rings: Rings<Self>;
    /// The driver's operations of ethtool; `()` for none but the core's.
    type Ethtool: Ethtool<Self>;

    /// The link kind, `ip link add type KIND`.
    const KIND: &'static CStr;
    /// The default name of a device, with `%d` for a number.
    const NAME: &'static CStr;
    /// The smallest MTU, in bytes.
    const MIN_MTU: u32 = 68;
    /// The largest MTU, in bytes; 0 for none.
    const MAX_MTU: u32 = 1500;
    /// The most queue pairs of a device, from 1 to 64; there are no more than CPUs either.
    const MAX_QUEUES: u32 = 1;
    /// The offloads, all of which a new device has on.
    const FEATURES: Features = Features::NONE;
    /// More offloads, which the user can turn on.
    const MORE_FEATURES: Features = Features::NONE;
    /// A device without neighbours: it neither asks for addresses (`IFF_NOARP`), nor is it said to
    /// be in groups (no `IFF_MULTICAST`).
    const NOARP: bool = false;
    /// The trampolines under names that stay from build to build, for kprobes.
    const NAMED: Option<Named<Self>> = None;

    /// Makes the data of a device that `ip link add` asks for. Without it only the module makes
    /// devices.
    ///
    /// - RTNL is held; may sleep.
    /// - An error is the answer to `ip link add`.
    fn new() -> Result<impl Init<Self, Error>> {
        Err::<Result<Self>, _>(EOPNOTSUPP)
    }

    /// The device is about to be registered.
    ///
    /// - C: `ndo_init()`. RTNL is held; may sleep.
    /// - Returns how many queue pairs the stack is to count until it is opened, from 1 to
    ///   [`Device::max_queues`].
    fn init(dev: &Device<Self>) -> u32 {
        dev.max_queues()
    }

    /// The device is about to be unregistered, or could not be registered after all. The device is
    /// down, and stays so. All references to it have to be dropped now, or the core waits for them
    /// forever.
    ///
    /// - C: `ndo_uninit()`. RTNL is held; may sleep.
    fn uninit(_dev: &Device<Self>, _rtnl: &Rtnl) {}

    /// Takes a frame for transmission. There is no way to keep the frame and say busy.
    ///
    /// - C: `ndo_start_xmit()`. The queue's xmit lock is held and bottom halves are off; may not
    ///   sleep.
    /// - `Ok`: the frame is the driver's. [`TxBusy`]: it is the stack's, which sends it again;
    ///   a driver stops its queue before it comes to that.
    fn start_xmit(
        dev: &Device<Self>,
        tx: &mut TxContext<'_, Self>,
        skb: SkBuff,
    ) -> Result<(), TxBusy>;

    /// The addresses that the hardware is to receive have changed.
    ///
    /// - C: `ndo_set_rx_mode()`. The address lists are locked and bottom halves are off; may not
    ///   sleep. RTNL need not be held.
    fn set_rx_mode(_dev: &Device<Self>, _mode: RxMode<'_, Self>) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// The offloads become `features`. A driver that reads [`Device::features`] where it needs an
    /// offload does not need this operation.
    ///
    /// - C: `ndo_set_features()`. RTNL is held; may sleep.
    fn set_features(_dev: &Device<Self>, _features: Features, _rtnl: &Rtnl) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// The user pulls the plug, or puts it in again (`ip link set carrier`).
    ///
    /// - C: `ndo_change_carrier()`. RTNL is held; may sleep.
    /// - An error is the user's answer.
    fn change_carrier(_dev: &Device<Self>, _on: bool, _rtnl: &Rtnl) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Does the work that [`Device::schedule_work`] has scheduled.
    ///
    /// - C: `ndo_work()`. RTNL is held; may sleep.
    fn work(_dev: &Device<Self>, _rtnl: &mut Rtnl) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// The counters. Without it the core has some for each CPU, to be counted by
    /// [`TxContext::count`] and [`PollContext::count`](super::PollContext::count).
    ///
    /// - C: `ndo_get_stats64()`. Runs alongside everything else, under RCU or RTNL; may not sleep.
    fn stats(_dev: &Device<Self>) -> LinkStats {
        build_error!(VTABLE_DEFAULT_ERROR)
    }
}
