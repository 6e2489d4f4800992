// SPDX-License-Identifier: GPL-2.0

//! Names and counters.

use super::{
    super::{
        bindings,
        stats::fill_mac_stats,
        Device,
        Driver,
        Rtnl, //
    },
    Ethtool,
    Stats, //
};
use core::fmt::Write;
use kernel::prelude::*;

const LEN: usize = bindings::ETH_GSTRING_LEN as usize;

/// Copies `from` into the C string `to`, cut if need be, always terminated. The old bytes are all
/// overwritten.
pub(super) fn copy_str(to: &mut [c_char], from: &str) {
    let room = to.len().saturating_sub(1);
    to.fill(0);
    for (to, from) in to.iter_mut().zip(from.bytes().take(room)) {
        *to = from as c_char;
    }
}

/// A counter: its queue, if it is a queue's, its name, and how to read it.
struct Stat<T> {
    queue: Option<(&'static str, u32)>,
    name: &'static str,
    read: Read<T>,
}

/// How to read a counter.
enum Read<T> {
    Port(fn(&T) -> u64),
    Queue(fn(&T, u32) -> u64, u32),
}

/// The counter at `index`.
fn stat<T: Driver>(queues: u32, mut index: usize) -> Option<Stat<T>> {
    for group in T::Ethtool::STATS {
        let count = group_count(group, queues);
        if index >= count {
            index -= count;
            continue;
        }
        return match group {
            Stats::Port(stats) => stats.get(index).map(|(name, read)| Stat {
                queue: None,
                name,
                read: Read::Port(*read),
            }),
            Stats::Queues(prefix, stats) => {
                // There are some, or the count would be 0.
                let len = stats.len().max(1);
                let queue = (index / len) as u32;
                stats.get(index % len).map(|(name, read)| Stat {
                    queue: Some((*prefix, queue)),
                    name,
                    read: Read::Queue(*read, queue),
                })
            }
        };
    }
    None
}

/// How many counters a group has.
fn group_count<T>(group: &Stats<T>, queues: u32) -> usize {
    match group {
        Stats::Port(stats) => stats.len(),
        Stats::Queues(_, stats) => stats.len() * queues as usize,
    }
}

/// How many counters there are.
fn stat_count<T: Driver>(queues: u32) -> usize {
    let count = |group| group_count(group, queues);
    T::Ethtool::STATS.iter().map(count).sum()
}

/// A string in the making.
struct Text<'a>(&'a mut [c_char]);

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let used = self.0.iter().take_while(|&&one| one != 0).count();
        if let Some(rest) = self.0.get_mut(used..) {
            copy_str(rest, text);
        }
        Ok(())
    }
}

/// The names of a set that are the same for all devices.
fn names<T: Driver>(set: c_uint) -> Option<&'static [&'static str]> {
    match set {
        bindings::ethtool_stringset_ETH_SS_PRIV_FLAGS => Some(T::Ethtool::PRIV_FLAGS),
        bindings::ethtool_stringset_ETH_SS_TEST => Some(T::Ethtool::TESTS),
        _ => None,
    }
}

/// # Safety
///
/// See [`get_drvinfo`](super::table).
pub(super) unsafe extern "C" fn get_sset_count<T: Driver>(
    dev: *mut bindings::net_device,
    set: c_int,
) -> c_int {
    // SAFETY: the device is registered, and RTNL is held, as it is not ops-locked: by
    // `__dev_ethtool()`, `ethnl_default_doit()` or `ethnl_default_dump_one()`.
    let (dev, rtnl) = unsafe { (Device::<T>::from_raw(dev), Rtnl::assume_held()) };
    match string_count(dev, set as c_uint, &rtnl) {
        // The core warns about a set of none. The kernel crate has no such error in 7.2.
        0 => -(bindings::EOPNOTSUPP as c_int),
        count => count as c_int,
    }
}

/// How many strings a set has. The core asks for them by two calls, and makes room between these:
/// so nothing is counted that can change while it holds RTNL.
fn string_count<T: Driver>(dev: &Device<T>, set: c_uint, rtnl: &Rtnl) -> usize {
    match set {
        bindings::ethtool_stringset_ETH_SS_STATS => stat_count::<T>(dev.queue_count(rtnl)),
        _ => names::<T>(set).unwrap_or_default().len(),
    }
}

/// # Safety
///
/// See [`get_drvinfo`](super::table); `data` has room for as many strings of
/// `ETH_GSTRING_LEN` bytes as [`get_sset_count`] said, and is zeroed.
pub(super) unsafe extern "C" fn get_strings<T: Driver>(
    dev: *mut bindings::net_device,
    set: bindings::u32_,
    data: *mut bindings::u8_,
) {
    // SAFETY: as in `get_sset_count`.
    let (dev, rtnl) = unsafe { (Device::<T>::from_raw(dev), Rtnl::assume_held()) };
    let queues = dev.queue_count(&rtnl);
    let is_stats = set == bindings::ethtool_stringset_ETH_SS_STATS;
    let len = string_count(dev, set, &rtnl) * LEN;
    // SAFETY: `__ethtool_get_sset_count()` has asked `get_sset_count`, and the core has made room
    // for as many, without letting RTNL go since.
    let data = unsafe { core::slice::from_raw_parts_mut(data.cast::<c_char>(), len) };
    for (index, place) in data.chunks_exact_mut(LEN).enumerate() {
        if !is_stats {
            let name = names::<T>(set).unwrap_or_default().get(index);
            copy_str(place, name.copied().unwrap_or_default());
        } else if let Some(stat) = stat::<T>(queues, index) {
            let mut text = Text(place);
            // `Text` cuts a name that does not fit, so writing does not fail.
            let _ = match stat.queue {
                Some((prefix, queue)) => write!(text, "{prefix}{queue}_{}", stat.name),
                None => text.write_str(stat.name),
            };
        }
    }
}

/// # Safety
///
/// See [`get_drvinfo`](super::table); `data` has room for `stats.n_stats` counters, and is
/// initialised.
pub(super) unsafe extern "C" fn get_ethtool_stats<T: Driver>(
    dev: *mut bindings::net_device,
    stats: *mut bindings::ethtool_stats,
    data: *mut bindings::u64_,
) {
    // SAFETY: the device is registered, and RTNL is held by `__dev_ethtool()`, whose
    // `ethtool_get_stats()` has made room for `n_stats` counters.
    let (dev, rtnl, values) = unsafe {
        let count = (*stats).n_stats as usize;
        (
            Device::<T>::from_raw(dev),
            Rtnl::assume_held(),
            core::slice::from_raw_parts_mut(data, count),
        )
    };
    let (driver, queues) = (dev.driver(), dev.queue_count(&rtnl));
    for (index, value) in values.iter_mut().enumerate().rev() {
        if let Some(stat) = stat::<T>(queues, index) {
            *value = match stat.read {
                Read::Port(read) => read(&driver),
                Read::Queue(read, queue) => read(&driver, queue),
            };
        }
    }
}

/// # Safety
///
/// See [`get_drvinfo`](super::table); `stats` is valid.
pub(super) unsafe extern "C" fn get_eth_mac_stats<T: Driver>(
    dev: *mut bindings::net_device,
    stats: *mut bindings::ethtool_eth_mac_stats,
) {
    // SAFETY: `stats_prepare_data()` asks for a registered device, with a struct of its own.
    let (dev, stats) = unsafe { (Device::<T>::from_raw(dev), &mut *stats) };
    fill_mac_stats(stats, &T::stats(dev));
}
