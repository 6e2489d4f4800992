// SPDX-License-Identifier: GPL-2.0

//! What a driver implements.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h).
//! Which lock is held in which operation stands in
//! `Documentation/networking/netdevices.rst`, and in the context that the operation
//! gets: see net.rs.

use super::{
    ethtool::Ethtool,
    features::Features,
    ops::Trampolines,
    Device,
    Open,
    PollContext,
    PollDone,
    Quiet,
    Rtnl,
    RxMode,
    SkBuff,
    TxBusy,
    TxContext, //
};
use kernel::prelude::*;

/// Counters of a link, as `ip -s link` shows them.
///
/// C: `struct rtnl_link_stats64`; what is not here stays 0.
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
    /// Those of them that were lost because the link was.
    pub(crate) tx_carrier_errors: u64,
    /// Frames received that were sent to a group, but not to all.
    pub(crate) multicast: u64,
    /// Frames received that were sent to all.
    pub(crate) broadcast: u64,
}

/// Counters of a queue pair, as `netdev-genl` shows them.
///
/// C: `struct netdev_queue_stats_rx`, `struct netdev_queue_stats_tx`; what is not
/// here is not counted.
#[derive(Default)]
pub(crate) struct QueueStats {
    /// Frames received.
    pub(crate) rx_packets: u64,
    /// Bytes received.
    pub(crate) rx_bytes: u64,
    /// Frames that found no free receive descriptor.
    pub(crate) rx_overruns: u64,
    /// Frames transmitted.
    pub(crate) tx_packets: u64,
    /// Bytes transmitted.
    pub(crate) tx_bytes: u64,
    /// Times the queue was stopped.
    pub(crate) tx_stops: u64,
    /// Times it was woken.
    pub(crate) tx_wakes: u64,
}

/// A network driver; the type is the driver's data for one device.
pub(crate) trait Driver: Ethtool + Trampolines + Sized + Send + Sync + 'static {
    /// What belongs to whoever holds the xmit lock of the queue.
    type Tx: Send;
    /// What belongs to whoever owns the NAPI instance.
    type Poll: Send;
    /// What the control path keeps while the device is up.
    type Up: Send;

    /// The link kind, `ip link add type KIND`.
    const KIND: &'static CStr;
    /// The names of devices that nobody named.
    const NAME: &'static CStr;
    /// The smallest MTU, in bytes.
    const MIN_MTU: u32;
    /// The largest MTU, in bytes.
    const MAX_MTU: u32;

    /// The most queue pairs of a device, from 1 to 64; there are no more than CPUs either.
    const MAX_QUEUES: u32;
    /// The offloads, all of which a new device has on.
    const FEATURES: Features;
    /// Those that can be turned on, too.
    const MORE_FEATURES: Features;

    /// Makes the data of a device that `ip link add` asks for. RTNL is held; may
    /// sleep.
    fn new() -> Result<impl Init<Self, Error>>;

    /// The device is about to be registered. Returns how many queue pairs it is to
    /// use; there are no more than [`Device::max_queues`]. RTNL is held; may sleep.
    ///
    /// C: `ndo_init()`.
    fn init(dev: &Device<Self>) -> u32;

    /// The device is about to be unregistered, or could not be registered after all. It
    /// is down, and stays so: what refers to it has to let it go now, or the core waits
    /// for that forever. May sleep.
    ///
    /// C: `ndo_uninit()`.
    fn uninit(dev: &Device<Self>, rtnl: &Rtnl);

    /// The device goes up, with as many queue pairs as there are in the answer: at least one,
    /// and no more than [`Device::max_queues`]. May sleep.
    ///
    /// C: `ndo_open()`.
    fn open(dev: &Device<Self>, rtnl: &Rtnl) -> Result<Open<Self>>;

    /// The device is up: its queues run. May sleep.
    fn opened(dev: &Device<Self>, rtnl: &Rtnl);

    /// Whether a frame can be posted, so that a queue that was quiet may run again.
    fn has_room(tx: &Self::Tx) -> bool;

    /// The device has gone down: nobody transmits or polls any more, and all
    /// that `open` gave is back. Or it could not go up with that. May sleep.
    ///
    /// C: the second half of `ndo_stop()`.
    fn close(dev: &Device<Self>, quiet: &Quiet<'_, Self>, open: Open<Self>);

    /// Takes a frame for transmission. May not sleep.
    ///
    /// C: `ndo_start_xmit()`. There is no way to keep the frame and say busy, nor
    /// to forget the doorbell, which is called whatever comes back.
    fn start_xmit(
        dev: &Device<Self>,
        tx: &mut TxContext<'_, Self>,
        skb: SkBuff,
    ) -> Result<(), TxBusy>;

    /// Tells the hardware of all that was posted. Called after the last
    /// `start_xmit` of a batch, and whenever the queue stops. May not sleep.
    fn doorbell(dev: &Device<Self>, tx: &mut TxContext<'_, Self>);

    /// A frame came after the device went down (pktgen and packet sockets that
    /// bypass the qdisc may be that late), or for a queue that is not in use. It is freed
    /// with `DevReady`. The queue's lock is held.
    fn xmit_while_down(dev: &Device<Self>, queue: u32, skb: &SkBuff);

    /// Which addresses the hardware is to receive has changed. May not sleep: the
    /// lists are locked.
    ///
    /// C: `ndo_set_rx_mode()`.
    fn set_rx_mode(dev: &Device<Self>, mode: RxMode<'_, Self>);

    /// Offloads are turned on and off: what they will be is `features`. What needs
    /// no more than that the driver looks at [`Device::features`] needs nothing
    /// here. May sleep.
    ///
    /// C: `ndo_set_features()`.
    fn set_features(dev: &Device<Self>, features: Features, rtnl: &Rtnl);

    /// The turn after an interrupt. May not sleep.
    ///
    /// C: `napi_struct.poll`.
    fn poll<'a>(poll: PollContext<'a, Self>) -> PollDone<'a>;

    /// The queue has been stopped for longer than the watchdog allows. All
    /// queues are frozen; may not sleep.
    ///
    /// C: `ndo_tx_timeout()`.
    fn tx_timeout(dev: &Device<Self>);

    /// What was scheduled with [`Device::schedule_work`]. May sleep.
    ///
    /// C: `ndo_work()`.
    fn work(dev: &Device<Self>, rtnl: &mut Rtnl);

    /// The counters. May not sleep, and runs alongside everything else.
    ///
    /// C: `ndo_get_stats64()`.
    fn stats(dev: &Device<Self>) -> LinkStats;

    /// What one queue pair of those in use has counted. RTNL is held.
    ///
    /// C: `netdev_stat_ops.get_queue_stats_rx()` and `_tx()`.
    fn queue_stats(dev: &Device<Self>, queue: u32) -> QueueStats;

    /// What the queue pairs have counted that are not in use any more.
    ///
    /// C: `netdev_stat_ops.get_base_stats()`.
    fn base_stats(dev: &Device<Self>) -> QueueStats;
}
