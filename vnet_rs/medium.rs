// SPDX-License-Identifier: GPL-2.0

//! The medium: what both directions of a cable have in common.
//!
//! It is written under RTNL (but the cut, by an engine, too) and read by the engines for each frame.

use super::wire;
use kernel::sync::atomic::{
    Atomic,
    AtomicFlag, //
};

/// What a cable is made of.
pub(crate) struct Medium {
    /// The wire's rate in kbit/s; 0: frames take no time.
    pub(crate) rate_kbps: Atomic<u32>,
    /// What a frame takes on the wire besides itself, in bytes.
    pub(crate) overhead: Atomic<u32>,
    /// The cable is cut: nothing arrives.
    pub(crate) cut: AtomicFlag,
}

impl Medium {
    /// A cable with Ethernet's overhead.
    pub(crate) const fn new(rate_kbps: u32) -> Self {
        Self {
            rate_kbps: Atomic::new(rate_kbps),
            overhead: Atomic::new(wire::OVERHEAD),
            cut: AtomicFlag::new(false),
        }
    }
}
