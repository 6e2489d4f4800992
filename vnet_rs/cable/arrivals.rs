// SPDX-License-Identifier: GPL-2.0

//! Frames arrive over a cable at one of its ends.
//!
//! A frame comes out of the FIFO when it has left the wire. On a perfect link it has arrived then;
//! otherwise it meets its fate and waits (path.rs). Either way its sender may be gone meanwhile.
//! Frames on their way when the cable is cut are lost.

use super::{
    counters::LineCounters,
    fifo::{
        First,
        Flying,
        Inlet, //
    },
    medium::Medium,
    path::Path,
    skb_frames::wire_frames, //
};
use crate::net::{
    DropReason,
    RxFrame, //
};
use kernel::sync::Arc;

/// A frame, or a GSO skb, that arrives.
pub(crate) enum Arrival {
    /// A frame or GSO skb as it was sent, over a perfect link.
    AtOnce(Flying),
    /// A frame that has been in the delay line.
    Late(RxFrame),
}

impl Arrival {
    /// Drops it, as no card receives. Returns the number of frames on the wire.
    pub(crate) fn discard(self) -> u64 {
        match self {
            Self::AtOnce(Flying::Posted(skb)) => {
                let frames = wire_frames(&skb).frames;
                skb.discard(DropReason::DevReady);
                u64::from(frames)
            }
            // The delay line counts each of these as one frame.
            Self::AtOnce(Flying::Made(frame)) | Self::Late(frame) => {
                frame.discard(DropReason::DevReady);
                1
            }
        }
    }
}

/// The frames on their way to an end.
pub(crate) struct Arrivals {
    inlet: Inlet,
    /// The path from the wire to this end.
    pub(crate) path: Path,
    medium: Arc<Medium>,
    /// The end of the cable where the frames were sent.
    sender: usize,
    /// The counters of the direction. Only this end adds to them.
    pub(crate) counters: Arc<LineCounters>,
    /// The number of cuts of the cable at the last look.
    cuts: u32,
}

impl Arrivals {
    /// The frames that come out of `inlet`, sent at the end `sender` of a cable.
    pub(crate) fn new(
        inlet: Inlet,
        path: Path,
        medium: Arc<Medium>,
        sender: usize,
        counters: Arc<LineCounters>,
    ) -> Self {
        let cuts = medium.cuts().0;
        Self {
            inlet,
            path,
            medium,
            sender,
            counters,
            cuts,
        }
    }

    /// Whether the wire that the frames come from has a rate.
    #[inline]
    pub(crate) fn take_time(&self) -> bool {
        self.medium.rate_kbps(self.sender) != 0
    }

    /// Calls `end` with the frames that have arrived by `now`, and with the time at which each did,
    /// in ns, while there is `room`. `end` returns the number of frames that found no card, which
    /// count as purged. Returns whether these were all frames.
    #[inline]
    pub(crate) fn take(
        &mut self,
        now: u64,
        room: &mut u32,
        end: &mut impl FnMut(Arrival, u64) -> u64,
    ) -> bool {
        let (cuts, at) = self.medium.cuts();
        if cuts != self.cuts {
            self.lose(cuts, at, end);
        }
        while let Some(first) = self.inlet.first() {
            if *room == 0 {
                return false;
            }
            let at = first.at;
            if self.path.is_clear() {
                let sent = first.take();
                *room -= 1;
                let lost = end(Arrival::AtOnce(sent.what), at);
                if lost != 0 {
                    self.counters.entered.add(lost);
                    self.counters.purged.add(lost);
                }
            } else if !self.enter(at, room, end) {
                return false;
            }
        }
        match self.path.next_at() {
            None => true,
            // Frames still on the wire must enter the line before later arrivals are delivered.
            Some(_) => self.arrive(now.min(self.medium.behind(self.sender)), room, end),
        }
    }

    /// Has the next frame enter the path, which it does at the time `at`, in ns. Returns whether
    /// there was room for the arrivals before it.
    #[inline(never)]
    fn enter(
        &mut self,
        at: u64,
        room: &mut u32,
        end: &mut impl FnMut(Arrival, u64) -> u64,
    ) -> bool {
        // Frames that arrived before make room in the line, however late the timer is.
        if !self.arrive(at, room, end) {
            return false;
        }
        match self.inlet.first().map(First::take) {
            Some(sent) if sent.cuts != self.cuts => {
                self.counters.entered.add(1);
                self.counters.purged.add(1);
                sent.what.discard(DropReason::DevReady);
            }
            Some(sent) => match sent.what {
                Flying::Posted(skb) => self.path.enter(&self.counters, skb, sent.at),
                Flying::Made(frame) => self.path.enter_frame(&self.counters, frame, sent.at),
            },
            None => {}
        }
        true
    }

    /// Delivers the frames in the delay line that have arrived by `by`, in ns. Returns whether
    /// there was room for all.
    #[inline(never)]
    fn arrive(
        &mut self,
        by: u64,
        room: &mut u32,
        end: &mut impl FnMut(Arrival, u64) -> u64,
    ) -> bool {
        while self.path.next_at().is_some_and(|at| at <= by) {
            if *room == 0 {
                return false;
            }
            let Some((at, frame)) = self.path.pop(by) else {
                break;
            };
            *room -= 1;
            match end(Arrival::Late(frame), at) {
                0 => self.counters.arrived.add(1),
                _ => self.counters.purged.add(1),
            }
        }
        true
    }

    /// Loses the frames that had not arrived when the cable was last cut, at the time `at`, in ns.
    #[cold]
    fn lose(&mut self, cuts: u32, at: u64, end: &mut impl FnMut(Arrival, u64) -> u64) {
        let mut room = u32::MAX;
        self.arrive(at, &mut room, end);
        self.cuts = cuts;
        self.path.purge(&self.counters);
    }

    /// The time at which the next frame in the delay line arrives, in ns.
    pub(crate) fn next_at(&self) -> Option<u64> {
        let at = self.path.next_at()?;
        (at <= self.medium.behind(self.sender)).then_some(at)
    }
}

impl Drop for Arrivals {
    fn drop(&mut self) {
        self.path.purge(&self.counters);
    }
}
