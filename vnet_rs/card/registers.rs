// SPDX-License-Identifier: GPL-2.0

//! The register block of a card: besides rings, doorbell and interrupts all that it has in common
//! with its driver.
//!
//! The driver writes how the card is to work, and reads what the card has counted. It does the
//! former under RTNL, while the card works; so each register is one number, and the card takes the
//! old or the new one. Read next: moderation.rs, filter.rs.

use super::{
    counters::CardCounters,
    faults::Faults,
    filter::Filter,
    moderation::Moderation, //
};
use kernel::{
    prelude::*,
    sync::atomic::{
        ordering::Relaxed,
        Atomic,
        AtomicFlag, //
    }, //
};

/// When the interrupts of one direction are raised.
pub(crate) struct ModerationRegister {
    usecs: Atomic<u32>,
    frames: Atomic<u32>,
}

impl ModerationRegister {
    const fn new() -> Self {
        Self {
            usecs: Atomic::new(Moderation::AT_ONCE.usecs),
            frames: Atomic::new(Moderation::AT_ONCE.frames),
        }
    }

    /// Reads it.
    #[inline]
    pub(crate) fn get(&self) -> Moderation {
        Moderation {
            usecs: self.usecs.load(Relaxed),
            frames: self.frames.load(Relaxed),
        }
    }

    /// Writes it.
    pub(crate) fn set(&self, to: Moderation) {
        self.usecs.store(to.usecs, Relaxed);
        self.frames.store(to.frames, Relaxed);
    }
}

/// The registers of a card.
pub(crate) struct Registers {
    /// When it interrupts for frames that were sent.
    pub(crate) tx_moderation: ModerationRegister,
    /// When it interrupts for frames that have arrived.
    pub(crate) rx_moderation: ModerationRegister,
    /// Frames that arrive come with the hash of their flow.
    pub(crate) with_hash: AtomicFlag,
    /// Segments that GRO would put together arrive in one piece.
    pub(crate) coalesces: AtomicFlag,
    /// Which frames it takes.
    pub(crate) filter: Filter,
    /// The faults that it has.
    pub(crate) faults: Faults,
    /// Its counters.
    pub(crate) counters: CardCounters,
}

impl Registers {
    /// Those of a new card. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            tx_moderation: ModerationRegister::new(),
            rx_moderation: ModerationRegister::new(),
            with_hash: AtomicFlag::new(false),
            coalesces: AtomicFlag::new(false),
            filter: Filter::new(),
            faults: Faults::none(),
            counters: CardCounters::new()?,
        })
    }
}
