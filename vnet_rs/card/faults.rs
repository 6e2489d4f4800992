// SPDX-License-Identifier: GPL-2.0

//! Faults: a port can be made to go wrong while it works.
//!
//! | switch | fault | noticed by |
//! |---|---|---|
//! | `hang-engine` | descriptors never complete | the stack's watchdog: the card is reset (watchdog.rs) |
//! | `lose-interrupts` | the card completes and does not interrupt | the driver's own timer (recovery.rs) |
//! | `storm-interrupts` | an interrupt each 20 us, without a reason | the counters |
//! | `starve-receive` | the driver posts no receive descriptors | the sender's frames are missed |
//! | `fail-receive-memory` | there is no memory for arriving frames | the counters |
//! | `flap-carrier` | the cable is cut for half of each second | the stack, at both ends |
//!
//! Each is a private flag of the port (`ethtool --set-priv-flags`), and an attribute of its cable
//! (configfs.rs). A fault that is turned off leaves no trace: frames that waited meanwhile go on.

use kernel::sync::atomic::{
    ordering::Relaxed,
    Atomic, //
};

/// A fault, by its bit.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Fault {
    HangEngine = 1 << 0,
    LoseInterrupts = 1 << 1,
    StormInterrupts = 1 << 2,
    StarveReceive = 1 << 3,
    FailReceiveMemory = 1 << 4,
    FlapCarrier = 1 << 5,
}

/// The bits of all faults.
pub(crate) const ALL: u32 = Fault::FlapCarrier as u32 * 2 - 1;

/// The interval of a storm's interrupts, in ns.
pub(crate) const STORM_NS: u64 = 20_000;

/// The time for which a cable is cut, and then whole, in ns. Its phase is the clock's, so that both
/// ends cut the cable at the same time.
pub(crate) const FLAP_NS: u64 = 500_000_000;

/// The faults of one port. Written under RTNL, read anywhere.
pub(crate) struct Faults(Atomic<u32>);

impl Faults {
    /// No faults.
    pub(crate) const fn none() -> Self {
        Self(Atomic::new(0))
    }

    /// Whether this fault is on.
    #[inline]
    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.bits() & fault as u32 != 0
    }

    /// The faults that are on, a bit each.
    #[inline]
    pub(crate) fn bits(&self) -> u32 {
        self.0.load(Relaxed)
    }

    /// Replaces the faults that are on.
    pub(crate) fn set(&self, bits: u32) {
        self.0.store(bits, Relaxed);
    }
}
