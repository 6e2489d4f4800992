// SPDX-License-Identifier: GPL-2.0

//! The transmitting half of a card sends one frame after the other, at the pace of the wire.

use super::super::cable::{
    end::BATCH,
    fifo::{
        Sent,
        RETRY_NS, //
    },
    wire::{
        Pace,
        Wire, //
    }, //
};
use super::{
    transmitter::{
        Transmitter,
        TxPlace,
        FAR,
        OWN, //
    },
    tx_rings::{
        CardRings,
        Leaving, //
    }, //
};
use crate::net::{
    Next,
    Softirq, //
};
use kernel::time::{
    delay::fsleep,
    Delta, //
};

/// The most time that a change of the pace waits for the one before it, in ms.
const CHANGE_TIMEOUT_MS: u32 = 1000;

impl Transmitter {
    /// Changes the pace at the time `at`, in ns, after all frames that left by then have been sent.
    #[cold]
    pub(crate) fn make_change(&mut self, at: u64, pace: Pace) {
        let old = core::mem::replace(&mut self.pace, pace);
        self.change = None;
        let rings = self.rings.as_mut().filter(|_| self.leaves.is_some());
        let Some((sent, rings)) = rings.and_then(|rings| Some((rings.on_wire()?, rings))) else {
            return self.wire.wait_until(at);
        };
        let leaves = self.wire.change(at, &sent, old, pace);
        self.leaves = Some(leaves);
        rings.counters().last_progress.set(leaves);
    }

    /// Sends the frames that leave the wire by `now`, in ns, at the pace it has then. Returns the
    /// next step.
    pub(crate) fn send_at_pace(&mut self, place: &TxPlace, now: u64) -> Next {
        if let Some((at, pace)) = self.change {
            let next = self.send(place, at, at);
            if self.is_behind {
                return match next {
                    Next::At(time) if time > at => Next::At(now.saturating_add(RETRY_NS)),
                    _ => Next::At(now),
                };
            }
            self.make_change(at, pace);
        }
        self.send(place, now, u64::MAX)
    }

    /// The fate of an skb that leaves now.
    #[inline]
    fn leaving(&self, place: &TxPlace) -> Leaving {
        if self.looped || !place.medium.is_perfect(place.end) {
            Leaving::Taken
        } else {
            place.skb
        }
    }

    /// The same as [`leave`](Self::leave); over a `broken` link the frame is lost.
    fn leave_or_get_lost(&mut self, place: &TxPlace, at: u64, broken: bool) -> bool {
        if !broken {
            return self.leave(place, at, self.leaving(place));
        }
        if let Some(rings) = &mut self.rings {
            rings.frame_is_lost(at);
        }
        true
    }

    /// Passes on the frame that left the wire at the time `at`. Returns false if the FIFO was full.
    #[inline]
    fn leave(&mut self, place: &TxPlace, at: u64, skb: Leaving) -> bool {
        let Some(rings) = &mut self.rings else {
            return true;
        };
        if skb == Leaving::Stays {
            rings.frame_has_left(at, skb);
            return true;
        }
        let (outlet, to) = if self.looped {
            (&mut self.back, OWN)
        } else {
            (&mut self.over_cable, FAR)
        };
        let Some(room) = outlet.room() else {
            return false;
        };
        if let Some(what) = rings.frame_has_left(at, skb) {
            let (cuts, _) = place.medium.cuts();
            room.put(Sent { at, cuts, what });
            self.sent_to |= to;
        }
        true
    }

    /// Sends the frames that were posted, where they take no time, as long as the FIFO has room.
    /// Returns whether these were all.
    #[inline]
    fn send_at_once(&mut self, place: &TxPlace, now: u64) -> bool {
        let skb = self.leaving(place);
        let before = self.spent;
        let all = loop {
            let rings = self.rings.as_mut();
            if rings.and_then(CardRings::next_turn).is_none() {
                break true;
            }
            if self.spent >= BATCH || !self.leave(place, now, skb) {
                break false;
            }
            self.spent += 1;
        };
        if let Some(rings) = self.rings.as_ref().filter(|_| self.spent != before) {
            rings.counters().last_progress.set(now);
        }
        all
    }

    /// Sends the frames that leave the wire by `now`, of those whose doorbell rang by `until`.
    /// Returns the next step.
    ///
    /// A frame starts when the one before it has left, or when its doorbell rang if that was later,
    /// however late the engine looks at it.
    fn send(&mut self, place: &TxPlace, now: u64, until: u64) -> Next {
        let pace = self.pace;
        // Over a broken link frames are lost at once, and do not wait for it.
        let broken = !self.looped && !place.medium.has_link(place.end);
        if core::mem::replace(&mut self.broken, broken) && !broken {
            self.wire.wait_until(now);
        }
        if let Some(rings) = &mut self.rings {
            rings.look();
        }
        // The usual case of the loop below, which goes on where this ends.
        let takes_time = pace.rate_kbps != 0 || until != u64::MAX || self.wire.free_at() > now;
        if !takes_time && !broken && self.leaves.is_none() && self.send_at_once(place, now) {
            return Next::Idle;
        }
        loop {
            if let Some(leaves) = self.leaves {
                if leaves > now && !broken {
                    return Next::At(leaves);
                }
                if self.spent >= BATCH {
                    self.is_behind = true;
                    return Next::At(now);
                }
                if !self.leave_or_get_lost(place, leaves.min(now), broken) {
                    self.is_behind = true;
                    return Next::At(now.saturating_add(RETRY_NS));
                }
                self.leaves = None;
                self.spent += 1;
            }
            // Frames that take no time are sent when the engine looks.
            let free = match pace.rate_kbps {
                0 if until == u64::MAX => None,
                0 => Some(now),
                _ => Some(self.wire.free_at()),
            };
            let Some(rings) = &mut self.rings else {
                return Next::Idle;
            };
            let Some((rung, bytes)) = rings.next(free, pace.overhead) else {
                return Next::Idle;
            };
            if rung > until {
                return Next::Idle;
            }
            let leaves = if broken {
                // A broken link has lost the frame on the wire, so the wire is free.
                self.wire = Wire::new();
                now
            } else {
                let offered = if pace.rate_kbps == 0 { now } else { rung };
                self.wire.send(offered, bytes, pace.rate_kbps)
            };
            self.leaves = Some(leaves);
            rings.counters().last_progress.set(leaves);
        }
    }

    /// Tells the medium until which time all frames have gone into the FIFO, if that has changed.
    #[inline]
    pub(crate) fn tell_how_far(&mut self, place: &TxPlace, was_behind: bool) {
        if was_behind || self.is_behind {
            let until = self.leaves.filter(|_| self.is_behind);
            place
                .medium
                .set_behind(place.end, until.unwrap_or(u64::MAX));
        }
    }
}

/// Changes the pace of an engine's wire at the time `at`, in ns, which has passed. May sleep.
pub(crate) fn change_pace(engine: &Softirq<Transmitter>, at: u64, pace: Pace) {
    for left_ms in (0..CHANGE_TIMEOUT_MS).rev() {
        let mut card = engine.stop();
        // A late engine may not have made the change before this one yet.
        if card.change.is_none() || left_ms == 0 {
            card.change = Some((at, pace));
            return;
        }
        drop(card);
        fsleep(Delta::from_millis(1));
    }
}
