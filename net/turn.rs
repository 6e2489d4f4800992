// SPDX-License-Identifier: GPL-2.0

//! The turn with something that one at a time may have, and a timer too.
//!
//! ```text
//!                ring                        hand_over
//!   nobody's ------------> somebody's -----------------------> the timer's
//!      ^                     |      ^                              |
//!      +---------------------+      +------------------------------+
//!              let_go                 fired, or seize
//! ```
//!
//! There is no lock, and nobody waits. A CPU that comes in vain leaves word, and the one that has
//! the turn looks for word after it has let go.
//!
//! The timer may also run while it has nothing, as an alarm: then it comes like anybody else.
//!
//! This file has no state but these four flags, and also compiles on the host: tests/loom
//! tries all that can happen between those who take turns.

use super::barrier::smp_mb;
use kernel::sync::atomic::{
    ordering::{
        Full,
        Relaxed,
        Release, //
    },
    AtomicFlag, //
};

/// The turns. What `true` says where it is returned: the caller has it now.
pub(crate) struct Turn {
    /// Somebody has it, or the timer.
    busy: AtomicFlag,
    /// The timer does: whoever turns this off has it.
    with_timer: AtomicFlag,
    /// Work has been brought since the round began.
    rung: AtomicFlag,
    /// The alarm has gone off.
    gone_off: AtomicFlag,
}

impl Turn {
    /// It is nobody's.
    pub(crate) fn new() -> Self {
        Self {
            busy: AtomicFlag::new(false),
            with_timer: AtomicFlag::new(false),
            rung: AtomicFlag::new(false),
            gone_off: AtomicFlag::new(false),
        }
    }

    /// Work has been brought. If somebody has it, that one sees what was done before this call.
    #[inline]
    pub(crate) fn ring(&self) -> bool {
        if self.take() {
            return true;
        }
        // An exchange and no store: who takes the word sees what each did who left it, and of
        // two stores perhaps only what was done before one. It must be left before `busy` is
        // read again; pairs with the barrier in `let_go`.
        self.rung.xchg(true, Full);
        self.take()
    }

    #[inline]
    fn take(&self) -> bool {
        !self.busy.load(Relaxed) && !self.busy.xchg(true, Full)
    }

    /// A round begins: what was brought before is seen in it. Says whether the alarm has gone
    /// off. For who has it.
    #[inline]
    pub(crate) fn begin(&self) -> bool {
        self.rung.xchg(false, Full);
        self.gone_off.load(Relaxed) && self.gone_off.xchg(false, Relaxed)
    }

    /// Nobody has it any more; or the caller again, as work has been brought meanwhile.
    #[inline]
    pub(crate) fn let_go(&self) -> bool {
        self.busy.store(false, Release);
        // It must be let go before we look: either we see the word, or who leaves it sees that it
        // is to be had. Pairs with the barrier in `ring`.
        smp_mb();
        self.rung.load(Relaxed) && self.take()
    }

    /// The timer has it, which is armed already: only who has the turn may arm it, or it could be
    /// set back for one who has got it since. Says whether the timer was faster, and so
    /// the caller has it again, and the timer is to be armed once more, to fire at once.
    #[inline]
    pub(crate) fn hand_over(&self) -> bool {
        self.with_timer.store(true, Release);
        // It must be handed over before we look: either we see that the timer has fired, or it
        // sees that it has the turn. Pairs with the barrier in `fired`.
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
        // A CPU that hands it over just now may have armed the timer before. The word must be left
        // before we look again; pairs with the barrier in `hand_over`.
        self.gone_off.xchg(true, Full);
        self.with_timer.xchg(false, Full) || self.ring()
    }

    /// Takes it from nobody, or from the timer. Not from one who is at work.
    pub(crate) fn seize(&self) -> bool {
        !self.busy.xchg(true, Full) || self.with_timer.xchg(false, Full)
    }
}
