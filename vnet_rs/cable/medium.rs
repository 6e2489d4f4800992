// SPDX-License-Identifier: GPL-2.0

//! The medium: the state of a cable that its engines share.
//!
//! Each end has the state of the direction that begins there, which is written under RTNL, or by
//! the engine of that end, and read by all engines of the cable.

use super::{
    wire::Pace,
    wire_frames::OVERHEAD, //
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
    /// The state of each end; the second one may have no card.
    ends: [MediumEnd; 2],
    /// The user has pulled the cable out.
    unplugged: AtomicFlag,
    /// The number of times that the cable has been cut, and the time of the last one, in ns.
    cuts: Atomic<u32>,
    cut_at: Atomic<u64>,
}

/// The state of an end, and of the direction that begins there.
struct MediumEnd {
    /// The wire's rate in kbit/s; 0: frames take no time.
    rate_kbps: Atomic<u32>,
    /// The overhead of a frame on the wire, in bytes.
    overhead: Atomic<u32>,
    /// The wire has a rate, or once had: doorbells note their time.
    timed: AtomicFlag,
    /// The link that begins here is perfect.
    perfect: AtomicFlag,
    /// The end receives: a card that is up, an echo host, or a sink.
    receives: AtomicFlag,
    /// The card has connected its output with its input.
    looped: AtomicFlag,
    /// The cable is cut at this end.
    cut: AtomicFlag,
    /// The time by which all frames that have left the wire are in the FIFO, in ns.
    behind: Atomic<u64>,
}

impl MediumEnd {
    const fn new(rate_kbps: u32, receives: bool) -> Self {
        Self {
            rate_kbps: Atomic::new(rate_kbps),
            overhead: Atomic::new(OVERHEAD),
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
    /// A medium with these rates of the directions, in kbit/s, and Ethernet's overhead, for one
    /// card or for a pair.
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

    /// The rate of the wire at an end, in kbit/s; 0: frames take no time.
    #[inline]
    pub(crate) fn rate_kbps(&self, end: usize) -> u32 {
        self.both(end).0.rate_kbps.load(Relaxed)
    }

    /// Sets the pace of the wire at an end. A card's engine must be told by
    /// [`change_pace`](crate::vnet_rs::card::send::change_pace).
    pub(crate) fn set_pace(&self, end: usize, pace: Pace) {
        let (own, _) = self.both(end);
        if pace.rate_kbps != 0 {
            own.timed.store(true, Relaxed);
        }
        own.rate_kbps.store(pace.rate_kbps, Relaxed);
        own.overhead.store(pace.overhead, Relaxed);
    }

    /// Whether the wire at an end has ever had a rate, so that its engine needs the doorbell's
    /// time.
    #[inline]
    pub(crate) fn is_timed(&self, end: usize) -> bool {
        self.both(end).0.timed.load(Relaxed)
    }

    /// Whether the link that begins at an end is perfect.
    #[inline]
    pub(crate) fn is_perfect(&self, end: usize) -> bool {
        self.both(end).0.perfect.load(Relaxed)
    }

    /// Sets whether the link that begins at an end is perfect.
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

    /// Whether frames that are sent at an end arrive at the other one.
    #[inline]
    pub(crate) fn has_link(&self, end: usize) -> bool {
        let (_, far) = self.both(end);
        far.receives.load(Relaxed) && !far.looped.load(Relaxed) && !self.is_cut()
    }

    /// Sets whether the card at an end receives.
    pub(crate) fn set_receives(&self, end: usize, receives: bool) {
        self.both(end).0.receives.store(receives, Relaxed);
    }

    /// Whether the card at an end has connected its output with its input.
    #[inline]
    pub(crate) fn is_looped(&self, end: usize) -> bool {
        self.both(end).0.looped.load(Relaxed)
    }

    /// Sets whether the card at an end has connected its output with its input.
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

    /// Pulls the cable out at the time `now`, in ns, or plugs it in again. Under RTNL. Returns
    /// whether that was a change.
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

    /// The number of times that the cable has been cut, and the time of the last one, in ns.
    #[inline]
    pub(crate) fn cuts(&self) -> (u32, u64) {
        (self.cuts.load(Acquire), self.cut_at.load(Relaxed))
    }

    /// Cuts the cable at an end at the time `now`, in ns, or mends it there. For the engine of that
    /// end's card, or while it is stopped. Returns whether that was a change.
    pub(crate) fn set_cut(&self, end: usize, cut: bool, now: u64) -> bool {
        if self.both(end).0.cut.xchg(cut, Relaxed) == cut {
            return false;
        }
        if cut {
            self.count_cut(now);
        }
        true
    }

    /// The time by which all frames that have left the wire of an end are in the FIFO, in ns.
    #[inline]
    pub(crate) fn behind(&self, end: usize) -> u64 {
        self.both(end).0.behind.load(Relaxed)
    }

    /// Sets the time by which all frames are in the FIFO, in ns; [`u64::MAX`]: always. For the
    /// engine of that end's card.
    pub(crate) fn set_behind(&self, end: usize, until: u64) {
        self.both(end).0.behind.store(until, Relaxed);
    }
}
