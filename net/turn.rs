// SPDX-License-Identifier: GPL-2.0

//! Exclusive ownership without waiting: one CPU has the turn, or an armed timer, or none.
//!
//! ```text
//!                ring                        hand_over
//!   nobody's ------------> somebody's -----------------------> the timer's
//!      ^                     |      ^                              |
//!      +---------------------+      +------------------------------+
//!              let_go                 fired, or seize
//! ```
//!
//! There is no lock and no waiting. A CPU that finds the turn taken leaves word (`rung`), and the
//! owner looks for word after it has let go.
//!
//! The timer may also run without the turn, as an alarm: then it rings as a CPU does.
//!
//! This file has no state but these four flags, and also compiles on the host: tests/loom tries
//! every interleaving of its callers.

use super::barrier::smp_mb;
use kernel::sync::atomic::{
    ordering::{
        Full,
        Relaxed,
        Release, //
    },
    AtomicFlag, //
};

/// The state of the turn. Where a function returns `true`, the caller has the turn now.
pub(crate) struct Turn {
    /// The turn is taken, by a CPU or by the timer.
    busy: AtomicFlag,
    /// The timer has the turn: turning this off takes it.
    with_timer: AtomicFlag,
    /// Work has been brought since the round began.
    rung: AtomicFlag,
    /// The alarm has gone off.
    gone_off: AtomicFlag,
}

impl Turn {
    /// A turn that is not taken.
    pub(crate) fn new() -> Self {
        Self {
            busy: AtomicFlag::new(false),
            with_timer: AtomicFlag::new(false),
            rung: AtomicFlag::new(false),
            gone_off: AtomicFlag::new(false),
        }
    }

    /// Work has been brought: takes the turn, or leaves word to its owner, which then sees all
    /// stores before this call.
    #[inline]
    pub(crate) fn ring(&self) -> bool {
        if self.take() {
            return true;
        }
        // An exchange and no store: the owner that takes the word sees the stores of every CPU that
        // left it, and with two stores perhaps those of one only. The word must be left before
        // `busy` is read again; pairs with the barrier in `let_go`.
        self.rung.xchg(true, Full);
        self.take()
    }

    #[inline]
    fn take(&self) -> bool {
        !self.busy.load(Relaxed) && !self.busy.xchg(true, Full)
    }

    /// Begins a round, which sees all work that was brought before. Returns whether the alarm has
    /// gone off. For the owner.
    #[inline]
    pub(crate) fn begin(&self) -> bool {
        self.rung.xchg(false, Full);
        self.gone_off.load(Relaxed) && self.gone_off.xchg(false, Relaxed)
    }

    /// Lets the turn go; or takes it again, as work has been brought meanwhile. For the owner.
    #[inline]
    pub(crate) fn let_go(&self) -> bool {
        self.busy.store(false, Release);
        // The turn must be let go before `rung` is read: either we see the word, or the CPU that
        // leaves it sees the turn free. Pairs with the barrier in `ring`.
        smp_mb();
        self.rung.load(Relaxed) && self.take()
    }

    /// Hands the turn to the timer, which is armed already: only the owner may arm it, or it could
    /// be set back for a later owner. Returns whether the timer has fired before; then the caller
    /// still has the turn, and arms the timer once more, to fire at once.
    #[inline]
    pub(crate) fn hand_over(&self) -> bool {
        self.with_timer.store(true, Release);
        // The turn must be handed over before `gone_off` is read: either we see that the timer has
        // fired, or the timer sees that it has the turn. Pairs with the barrier in `fired`.
        smp_mb();
        let faster = self.gone_off.load(Relaxed) && self.with_timer.xchg(false, Full);
        if faster {
            self.gone_off.store(false, Relaxed);
        }
        faster
    }

    /// The timer has fired.
    pub(crate) fn fired(&self) -> bool {
        if self.with_timer.xchg(false, Full) {
            return true;
        }
        // A CPU that hands the turn over just now may have armed the timer before. The alarm must
        // be noted before `with_timer` is read again; pairs with the barrier in `hand_over`.
        self.gone_off.xchg(true, Full);
        self.with_timer.xchg(false, Full) || self.ring()
    }

    /// Takes the turn if it is free, or from the timer, but not from a CPU.
    pub(crate) fn seize(&self) -> bool {
        !self.busy.xchg(true, Full) || self.with_timer.xchg(false, Full)
    }
}
