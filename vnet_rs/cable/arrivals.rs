// SPDX-License-Identifier: GPL-2.0

//! Frames come over a cable to one of its ends.
//!
//! A frame comes out of the FIFO when it has left the wire, and on a perfect link has arrived then.
//! Else it meets its fate and waits (path.rs). Either way it has been the cable's since it left: its
//! sender may be gone. What is on its way when the cable is cut is lost.

use super::{
    counters::LineCounters,
    fifo::{
        Flying,
        Inlet, //
    },
    medium::Medium,
    path::Path,
    wire_frames::wire_frames, //
};
use crate::net::{
    DropReason,
    RxFrame, //
};
use kernel::sync::Arc;

/// How something arrives.
pub(crate) enum Arrival {
    /// Over a perfect link, as it was sent.
    AtOnce(Flying),
    /// After it has been on its way for a while.
    Late(RxFrame),
}

impl Arrival {
    /// There is no card that it could arrive at. Returns how many frames it was.
    pub(crate) fn discard(self) -> u64 {
        match self {
            Self::AtOnce(Flying::Posted(skb)) => {
                let frames = wire_frames(&skb).frames;
                skb.discard(DropReason::DevReady);
                u64::from(frames)
            }
            // The delay line has counted it as one.
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
    /// The way from the wire to this end.
    pub(crate) path: Path,
    medium: Arc<Medium>,
    /// The end where they were sent.
    sender: usize,
    /// The counters of their fates. Only this end adds to them.
    pub(crate) counters: Arc<LineCounters>,
    /// How often the cable had been cut when we last looked.
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

    /// Whether frames take time on the wire that they come from.
    #[inline]
    pub(crate) fn take_time(&self) -> bool {
        self.medium.rate_kbps(self.sender) != 0
    }

    /// Hands over to `end` the frames that have arrived by `now`, with the time at which they did, as
    /// far as there is `room`. `end` says how many of the frames were lost as there is no card to
    /// receive them, which count as purged. Returns whether these were all.
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
        while let Some(at) = self.inlet.next_at() {
            if *room == 0 {
                return false;
            }
            if self.path.is_clear() {
                let Some(sent) = self.inlet.take() else {
                    break;
                };
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
            // Frames that the sender is behind with would enter before those that arrive later.
            Some(_) => self.arrive(now.min(self.medium.behind(self.sender)), room, end),
        }
    }

    /// The next frame has left the wire at the time `at`.
    #[inline(never)]
    fn enter(
        &mut self,
        at: u64,
        room: &mut u32,
        end: &mut impl FnMut(Arrival, u64) -> u64,
    ) -> bool {
        // Or a late timer would change what finds room in the delay line.
        if !self.arrive(at, room, end) {
            return false;
        }
        match self.inlet.take() {
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

    /// Lets arrive what is on its way and has by `by`.
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

    /// The cable has been cut, at last at the time `at`: what had not arrived then never does.
    #[cold]
    fn lose(&mut self, cuts: u32, at: u64, end: &mut impl FnMut(Arrival, u64) -> u64) {
        let mut room = u32::MAX;
        self.arrive(at, &mut room, end);
        self.cuts = cuts;
        self.path.purge(&self.counters);
    }

    /// When the next frame arrives, of those that are on their way.
    pub(crate) fn next_at(&self) -> Option<u64> {
        let behind = self.medium.behind(self.sender);
        self.path.next_at().filter(|at| *at <= behind)
    }
}

impl Drop for Arrivals {
    fn drop(&mut self) {
        self.path.purge(&self.counters);
    }
}
