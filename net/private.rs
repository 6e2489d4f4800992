// SPDX-License-Identifier: GPL-2.0

//! The private area of a device, `netdev_priv()`, from its making to its end.
//!
//! ```text
//!  struct net_device | Private | Queue 0 | Queue 1 | ...
//! ```
//!
//! There is a [`Queue`] for each queue pair that the device could ever have. The driver decides how
//! many are in use when it is opened.

use super::{
    bindings,
    queue::Queue,
    Namespace,
    Open,
    Parts, //
};
use core::{
    cell::UnsafeCell,
    mem::MaybeUninit, //
};
use kernel::{
    prelude::*,
    sync::atomic::Atomic, //
};

/// The private area, `netdev_priv()`. All zeroes when the core has allocated it.
///
/// # Invariants
///
/// - `driver`, `up`, and `tx` and `poll` of each queue are initialised exactly
///   while `ready`; `driver` also while `staged`.
/// - `driver` is pinned. While the device is registered it is only shared.
/// - `up`, `live` and `namespace` are only reached under RTNL, or when there is no reference to the
///   device.
/// - Behind it in memory there are `count` queues.
#[repr(C)]
pub(super) struct Private<T: Parts> {
    /// The open device, without its pairs, which are handed out.
    pub(super) up: UnsafeCell<MaybeUninit<Option<Open<T>>>>,
    /// How many queue pairs run while `up` is there.
    pub(super) live: UnsafeCell<usize>,
    /// How many transmit queues the stack is to choose from: see
    /// [`Device::steer`](super::Device::steer). 0: all.
    pub(super) steered: Atomic<u32>,
    /// Keeps the namespace until the device is gone, if it is removed alone.
    pub(super) namespace: UnsafeCell<Option<Namespace>>,
    pub(super) ready: UnsafeCell<bool>,
    pub(super) staged: UnsafeCell<bool>,
    pub(super) count: UnsafeCell<u32>,
    /// The device at the other end, or null: see iflink.rs.
    pub(super) iflink: UnsafeCell<*mut bindings::net_device>,
    pub(super) driver: UnsafeCell<MaybeUninit<T>>,
    pub(super) queues: [Queue<T>; 0],
}

/// The size of a private area with room for `queues` queue pairs, in bytes.
pub(super) const fn size<T: Parts>(queues: u32) -> usize {
    size_of::<Private<T>>() + queues as usize * size_of::<Queue<T>>()
}
