// SPDX-License-Identifier: GPL-2.0

//! Network devices in Rust: the layer that holds every `unsafe`.
//!
//! The layer is written as if for `rust/kernel/net`: it has the C names, a file for each C object,
//! and knows nothing of the driver that uses it. A driver implements [`Parts`] and [`Driver`] for
//! its private data, [`Rings`] and [`ethtool::Ethtool`] if it has any, and registers a link kind
//! with [`LinkOps`]; after that the core owns the devices. The smallest one is samples/dummy_rs.rs.
//!
//! | C | here | file |
//! |---|---|---|
//! | `struct net_device` | [`Device`]; [`DeviceRef`] | net/device.rs, net/carrier.rs, net/log.rs; net/reference.rs |
//! | `struct net_device_ops` | [`Driver`], [`Rings`]; the trampolines | net/driver.rs, net/rings.rs; net/ops.rs, net/xmit.rs |
//! | `ndo_open()`, `ndo_stop()` | [`Open`]; [`Quiet`] | net/parts.rs, net/open.rs; net/quiet.rs |
//! | `ndo_set_features()` | [`Features`] | net/features.rs |
//! | `watchdog_timeo`; XPS | [`Device::set_watchdog`]; [`Device::spread_cpus`] | net/watchdog.rs; net/xps.rs |
//! | `ndo_get_iflink()` | [`Device::link_with`] | net/iflink.rs |
//! | `ndo_set_rx_mode()` | [`RxMode`] | net/rx_mode.rs |
//! | `ndo_get_stats64()`, `netdev_stat_ops` | [`LinkStats`], [`QueueStats`] | net/stats.rs |
//! | `netdev_priv()` | | net/private.rs; net/life.rs |
//! | `struct sk_buff` | [`SkBuff`], [`DropReason`]; [`Gso`]; [`RxFrame`], [`RxBuff`] | net/skb.rs; net/gso.rs; net/rx_frame.rs, net/arrive.rs, net/checksum.rs |
//! | `ndo_select_queue()` | [`Steered`] | net/steer.rs |
//! | `struct netdev_queue`, BQL, stop/wake | [`TxContext`], [`TxBusy`] | net/tx_queue.rs |
//! | `struct napi_struct` | [`PollContext`], [`PollDone`] | net/napi.rs; net/queue.rs, net/poll.rs |
//! | RTNL | [`Rtnl`], [`RtnlLock`], [`RtnlCell`] | net/rtnl.rs |
//! | the lines of `request_irq()` | [`Interrupts`] | net/interrupts.rs |
//! | `struct rtnl_link_ops` | [`LinkOps`] | net/link_ops.rs |
//! | `struct net` | [`Namespace`] | net/namespace.rs |
//! | `struct ethtool_ops` | [`ethtool::Ethtool`] | net/ethtool.rs |
//! | `struct config_group` | [`configfs::WithGroups`] | net/configfs.rs |
//! | `struct hrtimer` in its softirq modes | [`Softirq`] | net/softirq.rs, net/machine.rs, net/turn.rs, net/lockdep.rs |
//! | `kvmalloc()`, without the OOM killer | [`memory::Sparing`] | net/memory.rs |
//! | a descriptor's OWN bit | [`slots`] | net/slots.rs |
//! | `TRACE_EVENT()` | [`trace_events!`] | net/trace.rs |
//!
//! # Contexts are values
//!
//! A function that may only run under some lock takes a value that proves the lock is held, and
//! only the trampolines make such values (and [`RtnlLock::with`]). The premises of that are checked
//! where a device is made (net/life.rs), and the promises of the types are tried by tests/rejected:
//!
//! - [`Rtnl`]: the RTNL mutex is held; may sleep. [`RtnlLock`]: and it was taken by the
//!   driver itself, so no operation of the core is under way.
//! - [`TxContext`]: this transmit queue's xmit lock is held, bottom halves are
//!   off; may not sleep. It carries the driver's [`Parts::Tx`].
//! - [`PollContext`]: the caller is the one owner of this NAPI instance, bottom
//!   halves are off. It carries the driver's [`Parts::Poll`].
//! - [`Softirq`] hands its state to one softirq at a time.
//!
//! A driver that is opened hands over, as [`Open`], all data that exists only while the device is
//! up. The pieces come back, all of them and together, when nothing can run on them any more. That
//! is the order of teardown, and the driver cannot get it wrong because it does not have the
//! pieces.

mod arrive;
mod barrier;
mod bindings;
mod carrier;
mod checksum;
#[cfg(has_configfs)]
pub(crate) mod configfs;
mod device;
mod driver;
pub(crate) mod ethtool;
mod features;
mod gso;
mod iflink;
mod interrupts;
#[cfg(net_kunit)]
mod kunit;
mod life;
mod link_ops;
mod lockdep;
mod log;
mod machine;
pub(crate) mod memory;
pub(crate) mod named;
mod namespace;
mod napi;
mod open;
mod ops;
mod parts;
pub(crate) mod poll;
mod private;
mod queue;
mod quiet;
mod random;
mod reference;
mod rings;
mod rtnl;
mod rx_frame;
mod rx_mode;
mod skb;
pub(crate) mod slots;
mod softirq;
mod stats;
mod steer;
pub(crate) mod trace;
mod turn;
mod tx_queue;
mod watchdog;
pub(crate) mod xmit;
mod xps;

pub(crate) use device::{
    Device,
    IFNAMSIZ, //
};
pub(crate) use driver::{
    Driver,
    LinkStats, //
};
pub(crate) use features::Features;
pub(crate) use interrupts::Interrupts;
pub(crate) use link_ops::LinkOps;
pub(crate) use log::ratelimit;
pub(crate) use machine::{
    Machine,
    Next, //
};
pub(crate) use named::{
    name_trampolines,
    Named, //
};
pub(crate) use namespace::Namespace;
pub(crate) use napi::{
    PollContext,
    PollDone, //
};
pub(crate) use parts::{
    Open,
    Pair,
    Parts, //
};
pub(crate) use quiet::Quiet;
pub(crate) use random::{
    random_address,
    rss_key, //
};
pub(crate) use reference::DeviceRef;
pub(crate) use rings::{
    QueueStats,
    Rings, //
};
pub(crate) use rtnl::{
    Rtnl,
    RtnlCell,
    RtnlLock, //
};
pub(crate) use rx_frame::{
    RxBuff,
    RxFrame, //
};
pub(crate) use rx_mode::{
    Mac,
    RxMode, //
};
pub(crate) use skb::{
    DropReason,
    SkBuff, //
};
pub(crate) use softirq::{
    now,
    Softirq,
    Stopped, //
};
pub(crate) use steer::Steered;
pub(crate) use trace::trace_events;
pub(crate) use tx_queue::{
    Stop,
    TxBusy,
    TxContext, //
};
