// SPDX-License-Identifier: GPL-2.0

//! The settings of a port that change while it lives, besides those of its card and its cable.
//!
//! Settings are written under RTNL, and read in any context.

use super::super::{
    card::frame::{
        Frame,
        RxDescriptor, //
    },
    ring::bell::Bell, //
};
use super::config::Config;
use crate::net::slots;
use kernel::sync::atomic::{
    ordering::Relaxed,
    Atomic, //
};

/// The number of queue pairs, and of descriptors in each of their rings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct RingSizes {
    pub(crate) queues: u32,
    pub(crate) tx: u32,
    pub(crate) rx: u32,
}

impl RingSizes {
    /// The most memory that rings of these sizes take, in bytes.
    pub(crate) fn memory(self) -> u64 {
        let pair = slots::memory::<Frame>(self.tx)
            .saturating_add(Bell::memory(self.tx))
            .saturating_add(slots::memory::<RxDescriptor>(self.rx));
        pair.saturating_mul(u64::from(self.queues))
    }
}

/// The settings of a port.
pub(crate) struct Settings {
    queues: Atomic<u32>,
    tx_ring: Atomic<u32>,
    rx_ring: Atomic<u32>,
    message_level: Atomic<u32>,
}

impl Settings {
    /// The settings of a new port.
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            queues: Atomic::new(config.queues),
            tx_ring: Atomic::new(config.tx_ring),
            rx_ring: Atomic::new(config.rx_ring),
            message_level: Atomic::new(0),
        }
    }

    /// The sizes of the rings that the port has when it is up.
    pub(crate) fn sizes(&self) -> RingSizes {
        RingSizes {
            queues: self.queues.load(Relaxed),
            tx: self.tx_ring.load(Relaxed),
            rx: self.rx_ring.load(Relaxed),
        }
    }

    /// Sets the sizes of the rings.
    pub(crate) fn set_sizes(&self, sizes: RingSizes) {
        self.queues.store(sizes.queues, Relaxed);
        self.tx_ring.store(sizes.tx, Relaxed);
        self.rx_ring.store(sizes.rx, Relaxed);
    }

    /// The messages that the user wants in the log (`NETIF_MSG_*`).
    pub(crate) fn message_level(&self) -> u32 {
        self.message_level.load(Relaxed)
    }

    /// Sets the messages that the user wants.
    pub(crate) fn set_message_level(&self, level: u32) {
        self.message_level.store(level, Relaxed);
    }
}
