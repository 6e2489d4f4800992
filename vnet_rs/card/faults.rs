// SPDX-License-Identifier: GPL-2.0

//! Faults: things that can be made to go wrong with a port, while it works.
//!
//! | switch | what is wrong | who notices |
//! |---|---|---|
//! | `hang-engine` | descriptors never complete | the stack's watchdog: the card is reset (watchdog.rs) |
//! | `lose-interrupts` | the card completes and does not say so | the driver's own timer (recovery.rs) |
//! | `storm-interrupts` | an interrupt each 20 us, without a reason | the counters |
//! | `starve-receive` | the driver posts no receive descriptors | the sender's frames are missed |
//! | `fail-receive-memory` | there is no memory for what arrives | the counters |
//! | `flap-carrier` | the cable is cut for half of each second | the stack, at both ends |
//!
//! Each is a private flag of the port (`ethtool --set-priv-flags`), and an attribute of its cable
//! (configfs.rs). When one is turned off the port is as it was: what waited meanwhile goes on.

use kernel::sync::atomic::{
    ordering::Relaxed,
    Atomic, //
};

/// One of them.
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

/// All of them.
pub(crate) const ALL: u32 = Fault::FlapCarrier as u32 * 2 - 1;

/// How often a storm interrupts, in ns.
pub(crate) const STORM_NS: u64 = 20_000;

/// How long a cable is cut, and how long it then is whole, in ns. By the clock, so that both ends
/// of a cable cut it at the same time.
pub(crate) const FLAP_NS: u64 = 500_000_000;

/// Those of one port. Written under RTNL.
pub(crate) struct Faults(Atomic<u32>);

impl Faults {
    /// Nothing is wrong.
    pub(crate) const fn none() -> Self {
        Self(Atomic::new(0))
    }

    /// Whether this is wrong.
    #[inline]
    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.bits() & fault as u32 != 0
    }

    /// The faults that are on, a bit each.
    #[inline]
    pub(crate) fn bits(&self) -> u32 {
        self.0.load(Relaxed)
    }

    /// Sets it.
    pub(crate) fn set(&self, bits: u32) {
        self.0.store(bits, Relaxed);
    }
}
