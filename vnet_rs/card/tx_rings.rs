// SPDX-License-Identifier: GPL-2.0

//! The card's side of the transmit rings: whose turn it is, and what becomes of the frame that is on
//! the wire.
//!
//! The engine (send.rs) says when. A frame is at the front of its ring until it has left, and its
//! descriptor is complete after that, whoever has the skb then.

use super::super::cable::{
    fifo::Flying,
    wire::WireFrames, //
};
use super::{
    counters::{
        CardQueueCounters,
        CardTotals, //
    },
    frame::Frame,
    queues::{
        queue_bit,
        Board,
        CardQueues, //
    },
    trace::{
        self,
        Side, //
    }, //
};
use crate::net::SkBuff;

/// The transmit queues.
pub(crate) type TxQueues = CardQueues<Frame>;

/// The fate of an skb when its frame leaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// It is taken out of its descriptor, and goes where the frame goes.
    Taken,
    /// It stays, for the driver to free, and the far end looks at it.
    Shared,
    /// It stays, and nobody gets the frame.
    Stays,
}

/// The transmit rings, and their turn, while the port is up.
pub(crate) struct CardRings {
    pub(crate) board: Board,
    pub(crate) queues: TxQueues,
    /// The queue whose frame is on the wire, or was the last one there.
    pub(crate) turn: usize,
    /// The queues that had frames to send when the engine last looked, a bit each. What has been
    /// posted since then rings the doorbell.
    ready: u32,
}

/// The counters of a queue.
#[inline]
fn queue_counters(board: &Board, queue: usize) -> &CardQueueCounters {
    board.registers.counters.queue(queue as u32)
}

impl CardRings {
    /// The rings of a port that goes up.
    pub(crate) fn new(board: Board, queues: TxQueues) -> Self {
        Self {
            board,
            queues,
            turn: 0,
            ready: 0,
        }
    }

    /// The counters of the card as a whole.
    #[inline]
    pub(crate) fn counters(&self) -> &CardTotals {
        &self.board.registers.counters.card
    }

    /// Looks which queues have frames to send.
    #[inline]
    pub(crate) fn look(&mut self) {
        let queues = (0..).zip(&self.queues.all);
        let with_frames = queues.filter(|(_, queue)| queue.ring.has_front());
        self.ready = with_frames.fold(0, |ready, (number, _)| ready | queue_bit(number));
    }

    /// The next frame to send is the oldest of the next queue that has one which was there when the
    /// wire was `free`; if none was, the one that came first. Returns when it came, and how many
    /// bytes of wire it takes, where each frame takes `overhead` besides itself. With [`None`] it
    /// does not matter when they came.
    #[inline]
    pub(crate) fn next(&mut self, free: Option<u64>, overhead: u32) -> Option<(u64, u32)> {
        while self.ready != 0 {
            let turn = self.after_turn(self.ready);
            let queue = self.queues.all.get_mut(turn)?;
            let at = if free.is_some() { queue.rung_at() } else { 0 };
            if let Some(frame) = queue.ring.front() {
                let bytes = frame.wire.on_wire_with(overhead);
                let has_rivals = self.ready & !queue_bit(turn) != 0;
                self.turn = match free {
                    Some(free) if at > free && has_rivals => return self.earliest(free, overhead),
                    _ => turn,
                };
                return Some((at, bytes));
            }
            self.ready &= !queue_bit(turn);
        }
        None
    }

    /// The queue whose turn it is next, of those that have a bit in `ready`, which is not 0.
    #[inline]
    fn after_turn(&self, ready: u32) -> usize {
        let after = ready & (!queue_bit(0)).wrapping_shl(self.turn as u32);
        let ready = if after != 0 { after } else { ready };
        ready.trailing_zeros() as usize
    }

    /// As [`next`](Self::next), where the queue whose turn it is had nothing when the wire was
    /// `free`.
    #[inline(never)]
    fn earliest(&mut self, free: u64, overhead: u32) -> Option<(u64, u32)> {
        let mut rest = self.ready;
        let mut first: Option<(u64, usize, u32)> = None;
        while rest != 0 {
            let turn = self.after_turn(rest);
            rest &= !queue_bit(turn);
            let queue = self.queues.all.get_mut(turn)?;
            let at = queue.rung_at();
            let Some(frame) = queue.ring.front() else {
                continue;
            };
            if first.is_none_or(|(earliest, ..)| at < earliest) {
                first = Some((at, turn, frame.wire.on_wire_with(overhead)));
            }
            if at <= free {
                break;
            }
        }
        let (at, turn, bytes) = first?;
        self.turn = turn;
        Some((at, bytes))
    }

    /// The frames on the wire, while there are some.
    pub(crate) fn on_wire(&mut self) -> Option<WireFrames> {
        let queue = self.queues.all.get_mut(self.turn)?;
        queue.ring.front().map(|frame| frame.wire)
    }

    /// The frame on the wire gets nowhere: its descriptor is complete.
    #[cold]
    pub(crate) fn frame_is_lost(&mut self, at: u64) {
        let counters = queue_counters(&self.board, self.turn);
        let Some(queue) = self.queues.all.get_mut(self.turn) else {
            kernel::warn_on!(true);
            return;
        };
        trace::complete(&self.board.lines, self.turn, &mut queue.ring, at);
        let Some(frame) = queue.ring.front() else {
            kernel::warn_on!(true);
            return;
        };
        frame.lost = true;
        counters.tx_no_carrier.add(u64::from(frame.wire.frames));
        counters.tx_completed.add(1);
        self.queues.complete(self.turn, at);
    }

    /// The frame on the wire has left it: its descriptor is complete. Returns what crosses the cable.
    #[inline]
    pub(crate) fn frame_has_left(&mut self, at: u64, skb: Leaving) -> Option<Flying> {
        let counters = queue_counters(&self.board, self.turn);
        let Some(queue) = self.queues.all.get_mut(self.turn) else {
            kernel::warn_on!(true);
            return None;
        };
        trace::complete(&self.board.lines, self.turn, &mut queue.ring, at);
        let Some(frame) = queue.ring.front() else {
            kernel::warn_on!(true);
            return None;
        };
        counters.tx_packets.add(u64::from(frame.wire.frames));
        counters.tx_bytes.add(u64::from(frame.wire.bytes));
        let left = match skb {
            Leaving::Taken => frame.skb.take(),
            Leaving::Shared => frame.skb.as_ref().map(SkBuff::share),
            Leaving::Stays => None,
        };
        counters.tx_completed.add(1);
        self.queues.complete(self.turn, at);
        left.map(Flying::Posted)
    }

    /// Raises the interrupts that are due; returns when the next one will be, if
    /// none comes before.
    pub(crate) fn interrupt(&mut self, now: u64) -> Option<u64> {
        self.queues.interrupt(&self.board, Side::Tx, now)
    }
}
