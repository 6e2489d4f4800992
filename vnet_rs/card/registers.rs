// SPDX-License-Identifier: GPL-2.0

//! The register block of a card: all that it shares with its driver besides rings, doorbell and
//! interrupts.
//!
//! The driver writes the settings, under RTNL, and reads the counters. The card works meanwhile: so
//! each register is one number, and the card takes the old or the new one. Read next:
//! moderation.rs, filter.rs.

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

/// The interrupt moderation of one direction: frames in the upper half, microseconds in the lower,
/// and the bit [`ADAPTIVE`].
pub(crate) struct ModerationRegister(Atomic<u64>);

/// The bit of an adaptive moderation, far above the most microseconds.
const ADAPTIVE: u32 = 1 << 31;

const fn packed(from: Moderation) -> u64 {
    let adaptive = if from.is_adaptive { ADAPTIVE } else { 0 };
    (from.frames as u64) << 32 | (from.usecs & !ADAPTIVE | adaptive) as u64
}

impl ModerationRegister {
    const fn new() -> Self {
        Self(Atomic::new(packed(Moderation::ADAPTIVE)))
    }

    /// Reads the register. Any context.
    #[inline]
    pub(crate) fn get(&self) -> Moderation {
        let all = self.0.load(Relaxed);
        Moderation {
            usecs: all as u32 & !ADAPTIVE,
            frames: (all >> 32) as u32,
            is_adaptive: all as u32 & ADAPTIVE != 0,
        }
    }

    /// Writes the register. Any context.
    pub(crate) fn set(&self, to: Moderation) {
        self.0.store(packed(to), Relaxed);
    }
}

/// The registers of a card.
pub(crate) struct Registers {
    /// Interrupt moderation of frames that were sent.
    pub(crate) tx_moderation: ModerationRegister,
    /// Interrupt moderation of frames that have arrived.
    pub(crate) rx_moderation: ModerationRegister,
    /// Frames that arrive come with the hash of their flow.
    pub(crate) with_hash: AtomicFlag,
    /// Segments that GRO would put together arrive in one piece.
    pub(crate) coalesces: AtomicFlag,
    /// The receive filter.
    pub(crate) filter: Filter,
    /// The faults that are injected.
    pub(crate) faults: Faults,
    /// The counters of the card.
    pub(crate) counters: CardCounters,
}

impl Registers {
    /// The registers of a new card. May sleep.
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
