// SPDX-License-Identifier: GPL-2.0

//! What `ethtool` asks of a device.
//!
//! C header: [`include/linux/ethtool.h`](srctree/include/linux/ethtool.h)
//!
//! RTNL is held in all of these operations, and they may sleep.
//!
//! # Callers
//!
//! `dev_ethtool()` (net/ethtool/ioctl.c), `ethnl_default_doit()`, `ethnl_default_dump_one()` and
//! `ethnl_default_set_doit()` (netlink.c), and those in rss.c by `netdev_lock_ops_compat()`. Each
//! has a reference to the device, and takes `rtnl_lock()` for one without the instance lock, as
//! ours are: `Device::check_premises` (net/private.rs) has looked. Who else asks for the link's
//! speed does so by `netif_get_link_ksettings()`, which asserts the same.
//! `unregister_netdevice_many_notify()` needs RTNL as well, so the device stays ready for the call.
//! What they pass beside the device is on their stack or allocated there, for this call only.

mod diagnose;
mod rss;
mod settings;
mod strings;

use super::{
    bindings,
    Device,
    Driver,
    Rtnl, //
};
use kernel::prelude::*;

pub(crate) use settings::may_administer;

/// A ring's descriptors: what there is, and the most there could be.
pub(crate) struct RingSize {
    /// Now, in descriptors.
    pub(crate) now: u32,
    /// At most, in descriptors.
    pub(crate) max: u32,
}

/// Interrupt moderation in one direction: an interrupt is raised when it is this
/// long or this many frames overdue, whichever comes first. At once: 0 and 1.
pub(crate) struct Coalesce {
    /// In microseconds; 0 means that time does not matter.
    pub(crate) usecs: u32,
    /// In frames; 0 means that their number does not matter.
    pub(crate) frames: u32,
}

/// A counter: its name and how to read it.
pub(crate) type PortStat<T> = (&'static str, fn(&T) -> u64);
/// A counter of a queue pair: the end of its name and how to read it.
pub(crate) type QueueStat<T> = (&'static str, fn(&T, u32) -> u64);

/// Counters that stand together. Names have at most 31 bytes.
pub(crate) enum Stats<T: 'static> {
    /// Of the port as a whole.
    Port(&'static [PortStat<T>]),
    /// Of each queue pair in use: `tx` and `posted` make `tx0_posted`.
    Queues(&'static str, &'static [QueueStat<T>]),
}

/// Where to say why something is refused: the user who asked for it sees it; or the
/// log, if it was asked by ioctl, which has no place for words.
///
/// C: `struct netlink_ext_ack`.
pub(crate) struct ExtAck<'a, T: Driver> {
    ack: *mut bindings::netlink_ext_ack,
    dev: &'a Device<T>,
}

impl<T: Driver> ExtAck<'_, T> {
    /// Says why.
    ///
    /// C: `NL_SET_ERR_MSG()`.
    pub(crate) fn say(&self, why: &'static CStr) {
        if self.ack.is_null() {
            return self.dev.complain(why);
        }
        // SAFETY: valid for the operation that got it, which `self` does not
        // outlive. The text lives as long as the module.
        unsafe { (*self.ack)._msg = why.as_char_ptr() };
    }
}

/// The ethtool side of a driver.
pub(crate) trait Ethtool: Sized + 'static {
    /// The driver's name, `ethtool -i`.
    const DRIVER: &'static str;
    /// The counters, `ethtool -S`, in order.
    ///
    /// They are read from the last to the first: where what one counts comes to the
    /// next one later, no frame is seen at the end of its way and not at the start.
    const STATS: &'static [Stats<Self>];
    /// The names of the private flags, from bit 0 on, at most 32.
    const PRIV_FLAGS: &'static [&'static str];
    /// The names of the self-tests, `ethtool -t`.
    const TESTS: &'static [&'static str];
    /// The bytes of the key that connections are hashed with, at most 256.
    const KEY: u32;
    /// The entries of the table that says which queue a hash is for, at most 65536.
    const TABLE: u32;
    /// The version of the layout of [`Ethtool::registers`].
    const REGISTERS: u32;

    /// The link's speed in Mbit/s.
    ///
    /// C: `get_link_ksettings()`.
    fn speed(dev: &Device<Self>) -> u32
    where
        Self: Driver;

    /// Sets the link's speed, to one that [`Ethtool::speed`] does not say just now.
    ///
    /// C: `set_link_ksettings()`.
    fn set_speed(dev: &Device<Self>, mbps: u32, rtnl: &Rtnl) -> Result
    where
        Self: Driver;

    /// The rings: transmit, receive.
    ///
    /// C: `get_ringparam()`.
    fn rings(dev: &Device<Self>) -> (RingSize, RingSize)
    where
        Self: Driver;

    /// Sets their size: transmit, receive.
    ///
    /// C: `set_ringparam()`.
    fn set_rings(
        dev: &Device<Self>,
        tx: u32,
        rx: u32,
        rtnl: &mut Rtnl,
        why: &ExtAck<'_, Self>,
    ) -> Result
    where
        Self: Driver;

    /// Sets how many queue pairs are in use, from 1 to [`Device::max_queues`].
    ///
    /// C: `set_channels()`.
    fn set_channels(dev: &Device<Self>, count: u32, rtnl: &mut Rtnl) -> Result
    where
        Self: Driver;

    /// Interrupt moderation: transmit, receive.
    ///
    /// C: `get_coalesce()`.
    fn coalesce(dev: &Device<Self>) -> (Coalesce, Coalesce)
    where
        Self: Driver;

    /// Sets it: transmit, receive.
    ///
    /// C: `set_coalesce()`.
    fn set_coalesce(
        dev: &Device<Self>,
        tx: Coalesce,
        rx: Coalesce,
        why: &ExtAck<'_, Self>,
    ) -> Result
    where
        Self: Driver;

    /// Writes the key and the table of receive-side scaling.
    ///
    /// C: `get_rxfh()`.
    fn rss(dev: &Device<Self>, rtnl: &Rtnl, key: &mut [u8], table: &mut [u32])
    where
        Self: Driver;

    /// Sets what is given.
    ///
    /// C: `set_rxfh()`.
    fn set_rss(
        dev: &Device<Self>,
        key: Option<&[u8]>,
        table: Option<&[u32]>,
        rtnl: &Rtnl,
        why: &ExtAck<'_, Self>,
    ) -> Result
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

    /// Which messages are wanted (`NETIF_MSG_*`).
    ///
    /// C: `get_msglevel()`.
    fn message_level(dev: &Device<Self>) -> u32
    where
        Self: Driver;

    /// Sets it.
    ///
    /// C: `set_msglevel()`.
    fn set_message_level(dev: &Device<Self>, level: u32)
    where
        Self: Driver;

    /// How many registers there are, of 32 bits each; of more than 65536 only so many are shown.
    ///
    /// C: `get_regs_len()`.
    fn register_count(dev: &Device<Self>, rtnl: &Rtnl) -> usize
    where
        Self: Driver;

    /// Writes the registers, as many as there is room for.
    ///
    /// C: `get_regs()`.
    fn registers(dev: &Device<Self>, rtnl: &Rtnl, to: &mut [u32])
    where
        Self: Driver;

    /// Runs the self-tests; `results` has one word for each, which is 0 if it is well.
    /// Those that disturb the traffic only if `offline`.
    ///
    /// C: `self_test()`.
    fn self_test(dev: &Device<Self>, offline: bool, results: &mut [u64], rtnl: &mut Rtnl)
    where
        Self: Driver;
}

/// The operations table of a driver.
pub(super) const fn operations<T: Driver>() -> bindings::ethtool_ops {
    const_assert!(T::PRIV_FLAGS.len() <= 32, "at most 32 private flags");
    const_assert!(T::KEY <= 256, "KEY is at most 256 bytes");
    const_assert!(T::TABLE <= 1 << 16, "TABLE has at most 65536 entries");
    bindings::ethtool_ops {
        supported_coalesce_params: bindings::NET_RS_COALESCE_PARAMS,
        get_drvinfo: Some(get_drvinfo::<T>),
        get_regs_len: Some(diagnose::get_regs_len::<T>),
        get_regs: Some(diagnose::get_regs::<T>),
        self_test: Some(diagnose::self_test::<T>),
        get_msglevel: Some(settings::get_msglevel::<T>),
        set_msglevel: Some(settings::set_msglevel::<T>),
        get_link: Some(bindings::ethtool_op_get_link),
        get_link_ksettings: Some(settings::get_link_ksettings::<T>),
        set_link_ksettings: Some(settings::set_link_ksettings::<T>),
        get_ringparam: Some(settings::get_ringparam::<T>),
        set_ringparam: Some(settings::set_ringparam::<T>),
        get_channels: Some(settings::get_channels::<T>),
        set_channels: Some(settings::set_channels::<T>),
        get_coalesce: Some(settings::get_coalesce::<T>),
        set_coalesce: Some(settings::set_coalesce::<T>),
        get_eth_mac_stats: Some(strings::get_eth_mac_stats::<T>),
        get_rx_ring_count: Some(rss::get_rx_ring_count),
        get_rxfh_key_size: Some(rss::get_rxfh_key_size::<T>),
        get_rxfh_indir_size: Some(rss::get_rxfh_indir_size::<T>),
        get_rxfh: Some(rss::get_rxfh::<T>),
        set_rxfh: Some(rss::set_rxfh::<T>),
        get_rxfh_fields: Some(rss::get_rxfh_fields),
        get_strings: Some(strings::get_strings::<T>),
        get_sset_count: Some(strings::get_sset_count::<T>),
        get_ethtool_stats: Some(strings::get_ethtool_stats::<T>),
        get_priv_flags: Some(settings::get_priv_flags::<T>),
        set_priv_flags: Some(settings::set_priv_flags::<T>),
        get_ts_info: Some(bindings::ethtool_op_get_ts_info),
        ..pin_init::zeroed()
    }
}

/// # Safety
///
/// Called by the core for a registered device, as are all in the files below; `info`
/// is valid and zeroed.
unsafe extern "C" fn get_drvinfo<T: Driver>(
    _dev: *mut bindings::net_device,
    info: *mut bindings::ethtool_drvinfo,
) {
    // SAFETY: `info` is allocated by `dev_ethtool()`.
    let info = unsafe { &mut *info };
    strings::copy_str(&mut info.driver, T::DRIVER);
    strings::copy_str(&mut info.bus_info, "virtual");
}
