// SPDX-License-Identifier: GPL-2.0

//! The medium: what both directions of a cable have in common.
//!
//! It is written under RTNL, or where an end cuts it by the engine there.

use super::wire::{
    self,
    Pace, //
};
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
    /// Frames take time, or once did. From then on doorbells note it.
    timed: AtomicFlag,
    /// Which of its ends has cut it.
    cut: [AtomicFlag; 2],
}

impl Medium {
    /// A cable with Ethernet's overhead.
    pub(crate) const fn new(rate_kbps: u32) -> Self {
        Self {
            rate_kbps: Atomic::new(rate_kbps),
            overhead: Atomic::new(wire::OVERHEAD),
            timed: AtomicFlag::new(rate_kbps != 0),
            cut: [AtomicFlag::new(false), AtomicFlag::new(false)],
        }
    }

    /// How it carries frames.
    pub(crate) fn pace(&self) -> Pace {
        Pace {
            rate_kbps: self.rate_kbps.load(Relaxed),
            overhead: self.overhead.load(Relaxed),
        }
    }

    /// Says how it does from now on, to all but the engines, which are to be told: see
    /// [`change_pace`](super::nic::change_pace).
    pub(crate) fn set_pace(&self, pace: Pace) {
        if pace.rate_kbps != 0 {
            self.timed.store(true, Relaxed);
        }
        self.rate_kbps.store(pace.rate_kbps, Relaxed);
        self.overhead.store(pace.overhead, Relaxed);
    }

    /// Whether the engines want to know when the doorbell rang.
    #[inline]
    pub(crate) fn is_timed(&self) -> bool {
        self.timed.load(Relaxed)
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
