// SPDX-License-Identifier: GPL-2.0

//! The operations of `ethtool`.
//!
//! C header: [`include/linux/ethtool.h`](srctree/include/linux/ethtool.h)
//!
//! An operation that a driver does not implement is NULL in its table, and the core answers
//! `EOPNOTSUPP`; a setter needs its getter.
//!
//! # Callers
//!
//! `dev_ethtool()` (net/ethtool/ioctl.c), `ethnl_default_doit()`, `ethnl_default_dump_one()` and
//! `ethnl_default_set_doit()` (netlink.c), and those in rss.c by `netdev_lock_ops_compat()`. Each
//! has a reference to the device, and takes `rtnl_lock()` for one without the instance lock, as
//! ours are: `Device::check_premises` (net/life.rs) has looked. All others ask for the link's
//! speed by `netif_get_link_ksettings()`, which asserts the same.
//! `unregister_netdevice_many_notify()` needs RTNL as well, so the device stays ready for the call.
//! Their other arguments are on their stack or allocated there, for this call only.

mod diagnose;
mod rss;
mod settings;
mod strings;
mod table;

use super::{
    bindings,
    Device,
    Parts,
    Rtnl, //
};
use kernel::{
    build_error,
    error::VTABLE_DEFAULT_ERROR,
    prelude::*, //
};

pub(crate) use settings::may_administer;
pub(super) use table::ethtool_ops;

/// The size of a ring, and its limit.
pub(crate) struct RingSize {
    /// The size now, in descriptors.
    pub(crate) now: u32,
    /// The largest size, in descriptors.
    pub(crate) max: u32,
}

/// Interrupt moderation in one direction: an interrupt is raised when it is this
/// long or this many frames overdue, whichever comes first. At once: 0 and 1.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Coalesce {
    /// In microseconds; 0 means that time does not matter.
    pub(crate) usecs: u32,
    /// In frames; 0 means that their number does not matter.
    pub(crate) frames: u32,
    /// Moderation adapts to the load: `usecs` and `frames` hold under load only.
    pub(crate) is_adaptive: bool,
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

/// The extack of a request, where a driver says why it refuses it. A request by ioctl has none:
/// then the log gets the words.
///
/// C: `struct netlink_ext_ack`.
pub(crate) struct ExtAck<'a, T: Parts> {
    pub(super) ack: *mut bindings::netlink_ext_ack,
    pub(super) dev: &'a Device<T>,
}

impl<T: Parts> ExtAck<'_, T> {
    /// Says why.
    ///
    /// C: `NL_SET_ERR_MSG()`.
    pub(crate) fn set(&self, why: &'static CStr) {
        if self.ack.is_null() {
            return self.dev.err(why);
        }
        // SAFETY: valid for the operation that got it, which `self` does not
        // outlive. The text lives as long as the module.
        unsafe { (*self.ack)._msg = why.as_char_ptr() };
    }
}

/// The ethtool side of a driver `T`.
#[vtable]
pub(crate) trait Ethtool<T: Parts> {
    /// The driver's name, `ethtool -i`; if it is empty, the core shows the link kind.
    const DRIVER: &'static str = "";
    /// The counters, `ethtool -S`, in order.
    ///
    /// The counters are read from the last to the first. So with counters in the order of a frame's
    /// way, no frame is counted at the end of its way and not at the start.
    const STATS: &'static [Stats<T>] = &[];
    /// The names of the private flags, from bit 0 on, at most 32.
    const PRIV_FLAGS: &'static [&'static str] = &[];
    /// The names of the self-tests, `ethtool -t`.
    const TESTS: &'static [&'static str] = &[];
    /// The bytes of the key that connections are hashed with, at most 256.
    const KEY: u32 = 0;
    /// The entries of the table that says which queue a hash is for, at most 65536.
    const TABLE: u32 = 0;
    /// The version of the layout of [`Ethtool::registers`].
    const REGISTERS: u32 = 0;

    /// Returns the link's speed in Mbit/s.
    ///
    /// - C: `get_link_ksettings()`. RTNL is held; may sleep.
    /// - The rest of the settings is fixed: full duplex, port `OTHER`, no autonegotiation.
    fn speed(_dev: &Device<T>) -> u32 {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Returns whether the link is down for want of a cable.
    ///
    /// - C: `get_link_ext_state()`, which says `ETHTOOL_LINK_EXT_STATE_NO_CABLE` or `ENODATA`. RTNL
    ///   is held; may sleep.
    /// - The core asks while the device is up, with or without a carrier.
    fn has_no_cable(_dev: &Device<T>) -> bool {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Sets the link's speed.
    ///
    /// - C: `set_link_ksettings()`. RTNL is held; may sleep.
    /// - `mbps` is another speed than [`Ethtool::speed`] returns just now; the other settings are
    ///   as they were.
    /// - An error is the user's answer, and nothing has changed.
    fn set_speed(_dev: &Device<T>, _mbps: u32, _rtnl: &Rtnl) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Returns the sizes of the rings: transmit, receive.
    ///
    /// - C: `get_ringparam()`. RTNL is held; may sleep.
    fn rings(_dev: &Device<T>) -> (RingSize, RingSize) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Sets the sizes of the rings in descriptors: transmit, receive.
    ///
    /// - C: `set_ringparam()`. RTNL is held; may sleep.
    /// - The core has compared both with the `max` of [`Ethtool::rings`].
    /// - An error is the user's answer, and nothing has changed.
    fn set_rings(
        _dev: &Device<T>,
        _tx: u32,
        _rx: u32,
        _rtnl: &mut Rtnl,
        _extack: &ExtAck<'_, T>,
    ) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Sets the number of queue pairs in use.
    ///
    /// - C: `set_channels()`. RTNL is held; may sleep.
    /// - `count` is from 1 to [`Device::max_queues`].
    /// - An error is the user's answer, and nothing has changed.
    fn set_channels(_dev: &Device<T>, _count: u32, _rtnl: &mut Rtnl) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Returns the interrupt moderation: transmit, receive.
    ///
    /// - C: `get_coalesce()`. RTNL is held; may sleep.
    fn coalesce(_dev: &Device<T>) -> (Coalesce, Coalesce) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Sets the interrupt moderation: transmit, receive.
    ///
    /// - C: `set_coalesce()`. RTNL is held; may sleep.
    /// - The core refuses all parameters but these four; their values are the driver's to check.
    /// - An error is the user's answer, and nothing has changed.
    fn set_coalesce(
        _dev: &Device<T>,
        _tx: Coalesce,
        _rx: Coalesce,
        _extack: &ExtAck<'_, T>,
    ) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Writes the key and the table of receive-side scaling.
    ///
    /// - C: `get_rxfh()`. RTNL is held; may sleep.
    /// - `key` has [`Ethtool::KEY`] bytes and `table` [`Ethtool::TABLE`] entries; a part that is
    ///   not asked for is empty.
    fn rss(_dev: &Device<T>, _rtnl: &Rtnl, _key: &mut [u8], _table: &mut [u32]) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Sets the key or the table of receive-side scaling, or both.
    ///
    /// - C: `set_rxfh()`. RTNL is held; may sleep.
    /// - The lengths are those of [`Ethtool::rss`]. The core has compared the entries of `table`
    ///   with the number of queue pairs in use.
    /// - An error is the user's answer, and nothing has changed.
    fn set_rss(
        _dev: &Device<T>,
        _key: Option<&[u8]>,
        _table: Option<&[u32]>,
        _rtnl: &Rtnl,
        _extack: &ExtAck<'_, T>,
    ) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Returns the private flags, a bit for each name.
    ///
    /// - C: `get_priv_flags()`. RTNL is held; may sleep.
    /// - Bits without a name are not shown.
    fn priv_flags(_dev: &Device<T>) -> u32 {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Sets all private flags.
    ///
    /// - C: `set_priv_flags()`. RTNL is held; may sleep.
    /// - There is no bit without a name.
    /// - An error is the user's answer, and nothing has changed.
    fn set_priv_flags(_dev: &Device<T>, _flags: u32, _rtnl: &Rtnl) -> Result {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Returns the kinds of messages that are wanted (`NETIF_MSG_*`).
    ///
    /// - C: `get_msglevel()`. RTNL is held; may sleep.
    fn message_level(_dev: &Device<T>) -> u32 {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Sets the kinds of messages that are wanted.
    ///
    /// - C: `set_msglevel()`. RTNL is held; may sleep.
    /// - `level` may have bits that the driver does not know.
    fn set_message_level(_dev: &Device<T>, _level: u32) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Returns the number of registers, of 32 bits each; of more than 65536 only so many are shown.
    ///
    /// - C: `get_regs_len()`. RTNL is held; may sleep.
    fn register_count(_dev: &Device<T>, _rtnl: &Rtnl) -> usize {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Writes the registers.
    ///
    /// - C: `get_regs()`. RTNL is held; may sleep.
    /// - `to` is zeroed, and has as many words as [`Ethtool::register_count`] has just returned, or
    ///   fewer.
    fn registers(_dev: &Device<T>, _rtnl: &Rtnl, _to: &mut [u32]) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }

    /// Runs the self-tests.
    ///
    /// - C: `self_test()`. RTNL is held; may sleep.
    /// - `results` has a word for each of [`Ethtool::TESTS`], which is 0, and stays so for a test
    ///   that passes.
    /// - A test that disturbs the traffic runs only if `offline`.
    fn self_test(_dev: &Device<T>, _offline: bool, _results: &mut [u64], _rtnl: &mut Rtnl) {
        build_error!(VTABLE_DEFAULT_ERROR)
    }
}

/// No operation of the driver's: the core answers by itself.
#[vtable]
impl<T: Parts> Ethtool<T> for () {}
