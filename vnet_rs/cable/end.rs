// SPDX-License-Identifier: GPL-2.0

//! The end of a cable where frames arrive: a card, an echo host, or a sink.
//!
//! All three are engines of their own, which the sending engine kicks when frames have gone in.
//! Read next: arrivals.rs.

use super::arrivals::Arrivals;
use crate::net::{
    Machine,
    Softirq, //
};

/// The frames that an engine handles before it lets others run.
pub(crate) const BATCH: u32 = 64;

/// An end of a cable.
pub(crate) trait End: Send + Sync {
    /// Runs the engine for frames that have gone into the FIFO. `now` has just been read of the
    /// monotonic clock, in ns. Bottom halves must be off.
    fn kick(&self, now: u64);

    /// Runs the engine soon, by its timer. Any context.
    fn kick_later(&self);

    /// Calls `change` while the engine is stopped. May sleep.
    fn change(&self, change: &mut dyn FnMut(&mut Arrivals));
}

/// An engine at which frames arrive.
pub(crate) trait Receives: Machine {
    /// The frames on their way to the engine.
    fn arrivals(&mut self) -> &mut Arrivals;
}

impl<M: Receives> End for Softirq<M> {
    #[inline]
    fn kick(&self, now: u64) {
        Softirq::kick(self, now);
    }

    fn kick_later(&self) {
        Softirq::kick_later(self);
    }

    fn change(&self, change: &mut dyn FnMut(&mut Arrivals)) {
        change(self.stop().arrivals());
    }
}
