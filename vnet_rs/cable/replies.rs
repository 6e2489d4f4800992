// SPDX-License-Identifier: GPL-2.0

//! The replies of an echo host, and the wire that they leave by.
//!
//! A host replies while the request is still coming in: the last bit of a reply leaves when that of
//! its request arrives, or as soon after that as the wire allows. So replies take no time of their
//! own if the wire back is as fast as the wire forth. If it is slower they wait here, and replies
//! that find no room are lost, as in any host's queue.

use super::{
    counters::EchoCounters,
    fifo::{
        self,
        First,
        Flying,
        Inlet,
        Outlet,
        Sent, //
    },
    medium::Medium,
    wire::{
        self,
        Wire, //
    },
    wire_frames::WireFrames, //
};
use crate::net::{
    DropReason,
    RxFrame, //
};
use kernel::{
    prelude::*,
    sync::Arc, //
};

/// The number of the host's end of its cable.
const END: usize = 1;

/// The replies that have not left, and their wire.
pub(crate) struct Replies {
    /// The host's queue, with the times at which the requests arrived.
    queue: Outlet,
    waiting: Inlet,
    wire: Wire,
    /// The time at which the oldest reply leaves, in ns.
    leaves: Option<u64>,
    /// The direction to the card.
    out: Outlet,
    medium: Arc<Medium>,
    counters: Arc<EchoCounters>,
    /// Replies have left since the card was kicked.
    pub(crate) have_left: bool,
}

impl Replies {
    /// The replies of a host, which go into `out`. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn new(
        out: Outlet,
        medium: Arc<Medium>,
        counters: Arc<EchoCounters>,
    ) -> Result<Self> {
        let (queue, waiting) = fifo::new()?;
        Ok(Self {
            queue,
            waiting,
            wire: Wire::new(),
            leaves: None,
            out,
            medium,
            counters,
            have_left: false,
        })
    }

    /// Queues the reply to a request that arrived at the time `at`, in ns.
    pub(crate) fn take(&mut self, reply: RxFrame, at: u64) {
        let Some(room) = self.queue.room() else {
            self.counters.unsent.add(1);
            return reply.discard(DropReason::FullRing);
        };
        room.put(Sent {
            at,
            cuts: 0,
            what: Flying::Made(reply),
        });
    }

    /// Sends the replies that leave the wire by `now`, in ns. Returns false if the FIFO was full.
    pub(crate) fn send(&mut self, now: u64) -> bool {
        while let Some(leaves) = self.next_at() {
            if leaves > now {
                break;
            }
            if !self.out.has_room() {
                return false;
            }
            self.leaves = None;
            if let Some(reply) = self.waiting.first().map(First::take) {
                self.leave(reply, leaves);
            }
        }
        true
    }

    /// The time at which the oldest reply leaves, in ns.
    pub(crate) fn next_at(&mut self) -> Option<u64> {
        if self.leaves.is_none() {
            let reply = self.waiting.first()?;
            let at = reply.at;
            let pace = self.medium.pace(END);
            let bytes = WireFrames::single(reply.what.len()).on_wire_with(pace.overhead);
            let starts = at.saturating_sub(wire::drain_time_ns(1, bytes, pace.rate_kbps));
            self.leaves = Some(self.wire.send(starts, bytes, pace.rate_kbps).max(at));
        }
        self.leaves
    }

    /// Puts a reply that left the wire at the time `at`, in ns, into the FIFO.
    fn leave(&mut self, reply: Sent, at: u64) {
        let (cuts, cut_at) = self.medium.cuts();
        let left_before = at <= cut_at;
        if self.medium.is_cut() && !left_before {
            self.counters.unsent.add(1);
            return reply.what.discard(DropReason::DevReady);
        }
        self.counters.replies.add(1);
        // The cable loses a reply that was on it when it was cut, however late the host is.
        let cuts = if left_before {
            cuts.wrapping_sub(1)
        } else {
            cuts
        };
        self.out.put(Sent { at, cuts, ..reply });
        self.have_left = true;
    }
}
