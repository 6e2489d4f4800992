// SPDX-License-Identifier: GPL-2.0

//! The medium: what both directions of a cable have in common.
//!
//! It is written under RTNL, or where an end cuts it by the engine there, and read by the engines for
//! each frame.

use super::wire;
use kernel::sync::atomic::{
    ordering::Relaxed,
    Atomic,
    AtomicFlag, //
};

/// What a cable is made of.
pub(crate) struct Medium {
    /// The wire's rate in kbit/s; 0: frames take no time.
    pub(crate) rate_kbps: Atomic<u32>,
    /// What a frame takes on the wire besides itself, in bytes.
    pub(crate) overhead: Atomic<u32>,
    /// Which of its ends has cut it.
    cut: [AtomicFlag; 2],
}

impl Medium {
    /// A cable with Ethernet's overhead.
    pub(crate) const fn new(rate_kbps: u32) -> Self {
        Self {
            rate_kbps: Atomic::new(rate_kbps),
            overhead: Atomic::new(wire::OVERHEAD),
            cut: [AtomicFlag::new(false), AtomicFlag::new(false)],
        }
    }

    /// Whether the cable is cut: nothing arrives then.
    #[inline]
    pub(crate) fn is_cut(&self) -> bool {
        self.cut.iter().any(|cut| cut.load(Relaxed))
    }

    /// Cuts the cable at an end, or mends it there; for who has the engine of that end. Says
    /// whether it was otherwise before.
    pub(crate) fn set_cut(&self, end: usize, cut: bool) -> bool {
        let ours = self.cut.get(end);
        ours.is_some_and(|ours| ours.xchg(cut, Relaxed) != cut)
    }
}
