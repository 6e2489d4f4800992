// SPDX-License-Identifier: GPL-2.0

//! The medium: the state of a cable that its engines share.
//!
//! Each end has the state of the direction that begins there. It is written under RTNL, or by the
//! engine of that end.

use super::wire::{
    self,
    Pace, //
};
use kernel::sync::atomic::{
    ordering::{
        Acquire,
        Relaxed,
        Release, //
    },
    Atomic,
    AtomicFlag, //
};

/// The state of a cable.
pub(crate) struct Medium {
    /// Its ends; there may be a card at the first one only.
    ends: [MediumEnd; 2],
    /// The user has pulled it out.
    unplugged: AtomicFlag,
    /// How often it has been cut, and when it was last, in ns.
    cuts: Atomic<u32>,
    cut_at: Atomic<u64>,
}

/// The state of an end, and of the direction that begins there.
struct MediumEnd {
    /// The wire's rate in kbit/s; 0: frames take no time.
    rate_kbps: Atomic<u32>,
    /// The bytes that a frame takes on the wire besides its own.
    overhead: Atomic<u32>,
    /// Frames take time, or once did. From then on doorbells note it.
    timed: AtomicFlag,
    /// Nothing but the rate and the overhead is between here and the other end.
    perfect: AtomicFlag,
    /// A card is plugged in that receives; or there is no place for a card.
    receives: AtomicFlag,
    /// The card there has connected its output with its input.
    looped: AtomicFlag,
    /// The cable is cut here.
    cut: AtomicFlag,
    /// Frames that have left the wire there by this time have gone in, in ns.
    behind: Atomic<u64>,
}

impl MediumEnd {
    const fn new(rate_kbps: u32, receives: bool) -> Self {
        Self {
            rate_kbps: Atomic::new(rate_kbps),
            overhead: Atomic::new(wire::OVERHEAD),
            timed: AtomicFlag::new(rate_kbps != 0),
            perfect: AtomicFlag::new(true),
            receives: AtomicFlag::new(receives),
            looped: AtomicFlag::new(false),
            cut: AtomicFlag::new(false),
            behind: Atomic::new(u64::MAX),
        }
    }
}

impl Medium {
    /// A cable with Ethernet's overhead, for a card at one end, or at both, and with these rates of
    /// the directions, in kbit/s.
    pub(crate) const fn new([ab, ba]: [u32; 2], is_pair: bool) -> Self {
        Self {
            ends: [MediumEnd::new(ab, false), MediumEnd::new(ba, !is_pair)],
            unplugged: AtomicFlag::new(false),
            cuts: Atomic::new(0),
            cut_at: Atomic::new(0),
        }
    }

    /// The pace of the wire at an end.
    pub(crate) fn pace(&self, end: usize) -> Pace {
        let (own, _) = self.both(end);
        Pace {
            rate_kbps: own.rate_kbps.load(Relaxed),
            overhead: own.overhead.load(Relaxed),
        }
    }

    /// The rate of that wire in kbit/s; 0: frames take no time.
    #[inline]
    pub(crate) fn rate_kbps(&self, end: usize) -> u32 {
        self.both(end).0.rate_kbps.load(Relaxed)
    }

    /// Sets the pace for all but a card's engine, which is to be told: see
    /// [`change_pace`](crate::vnet_rs::card::send::change_pace).
    pub(crate) fn set_pace(&self, end: usize, pace: Pace) {
        let (own, _) = self.both(end);
        if pace.rate_kbps != 0 {
            own.timed.store(true, Relaxed);
        }
        own.rate_kbps.store(pace.rate_kbps, Relaxed);
        own.overhead.store(pace.overhead, Relaxed);
    }

    /// Whether the engine at an end wants to know when the doorbell rang.
    #[inline]
    pub(crate) fn is_timed(&self, end: usize) -> bool {
        self.both(end).0.timed.load(Relaxed)
    }

    /// Whether frames that are sent at an end arrive as they have left.
    #[inline]
    pub(crate) fn is_perfect(&self, end: usize) -> bool {
        self.both(end).0.perfect.load(Relaxed)
    }

    /// Sets whether they do, from now on.
    pub(crate) fn set_perfect(&self, end: usize, perfect: bool) {
        self.both(end).0.perfect.store(perfect, Relaxed);
    }

    #[inline]
    fn both(&self, end: usize) -> (&MediumEnd, &MediumEnd) {
        let [one, other] = &self.ends;
        match end {
            0 => (one, other),
            _ => (other, one),
        }
    }

    /// Whether frames that are sent over the cable at an end get anywhere.
    #[inline]
    pub(crate) fn has_link(&self, end: usize) -> bool {
        let (_, far) = self.both(end);
        far.receives.load(Relaxed) && !far.looped.load(Relaxed) && !self.is_cut()
    }

    /// A card at an end begins to receive, or ceases to.
    pub(crate) fn set_receives(&self, end: usize, receives: bool) {
        self.both(end).0.receives.store(receives, Relaxed);
    }

    /// Whether the card at an end has connected its output with its input.
    #[inline]
    pub(crate) fn is_looped(&self, end: usize) -> bool {
        self.both(end).0.looped.load(Relaxed)
    }

    /// The card at an end connects them, or no more.
    pub(crate) fn set_looped(&self, end: usize, looped: bool) {
        self.both(end).0.looped.store(looped, Relaxed);
    }

    /// Whether the cable is cut, or pulled out.
    #[inline]
    pub(crate) fn is_cut(&self) -> bool {
        self.is_unplugged() || self.ends.iter().any(|end| end.cut.load(Relaxed))
    }

    /// Whether the user has pulled the cable out.
    #[inline]
    pub(crate) fn is_unplugged(&self) -> bool {
        self.unplugged.load(Relaxed)
    }

    /// Pulls the cable out at the time `now`, or plugs it in again; under RTNL. Says whether it was
    /// otherwise before.
    pub(crate) fn set_unplugged(&self, unplugged: bool, now: u64) -> bool {
        let changes = self.unplugged.xchg(unplugged, Relaxed) != unplugged;
        if changes && unplugged {
            self.count_cut(now);
        }
        changes
    }

    fn count_cut(&self, now: u64) {
        self.cut_at.store(now, Relaxed);
        self.cuts.fetch_add(1, Release);
    }

    /// How often it has been cut, and when it was last, in ns.
    #[inline]
    pub(crate) fn cuts(&self) -> (u32, u64) {
        (self.cuts.load(Acquire), self.cut_at.load(Relaxed))
    }

    /// Cuts the cable at an end at the time `now`, or mends it there; for the engine of that end's
    /// card, or while that stands still. Says whether it was otherwise before.
    pub(crate) fn set_cut(&self, end: usize, cut: bool, now: u64) -> bool {
        if self.both(end).0.cut.xchg(cut, Relaxed) == cut {
            return false;
        }
        if cut {
            self.count_cut(now);
        }
        true
    }

    /// The time by which all frames that had left the wire of an end have gone in, in ns.
    #[inline]
    pub(crate) fn behind(&self, end: usize) -> u64 {
        self.both(end).0.behind.load(Relaxed)
    }

    /// Sets that time; [`u64::MAX`]: all have. For the engine of that end's card.
    pub(crate) fn set_behind(&self, end: usize, until: u64) {
        self.both(end).0.behind.store(until, Relaxed);
    }
}
