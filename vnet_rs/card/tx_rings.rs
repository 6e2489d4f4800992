// SPDX-License-Identifier: GPL-2.0

//! The card's end of the transmit rings: the turns of the queues, and the frame on the wire.
//!
//! The engine (send.rs) says when. A frame is at the front of its ring until it has left; then its
//! descriptor is complete, wherever the skb is.

use super::super::cable::{
    fifo::Flying,
    wire_frames::WireFrames, //
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

/// The place of an skb after its frame has left the wire.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// The skb is taken out of its descriptor, and goes with the frame.
    Taken,
    /// The skb stays, for the driver to free, and the far end looks at it.
    Shared,
    /// The skb stays, for the driver to free, and nobody gets the frame.
    Stays,
}

/// The transmit rings of a port that is up, and the queue that has its turn.
pub(crate) struct CardRings {
    pub(crate) board: Board,
    pub(crate) queues: TxQueues,
    /// The queue whose frame is on the wire, or was the last one there.
    pub(crate) turn: usize,
    /// The queues that may have frames to send, a bit each: all but those that the engine found
    /// empty in this run. Frames posted there since then ring the doorbell.
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

    /// Begins a run: any queue may have frames to send.
    #[inline]
    pub(crate) fn look(&mut self) {
        let beyond = u32::MAX.checked_shl(self.queues.all.len() as u32);
        self.ready = !beyond.unwrap_or(0);
    }

    /// Chooses the next queue in turn that has a frame to send, whenever that was posted.
    #[inline]
    pub(crate) fn next_turn(&mut self) -> Option<usize> {
        while self.ready != 0 {
            let turn = self.after_turn(self.ready);
            if self.queues.all.get(turn)?.ring.has_front() {
                self.turn = turn;
                return Some(turn);
            }
            self.ready &= !queue_bit(turn);
        }
        None
    }

    /// Chooses the next frame to send: the oldest of the next queue in turn, if it was there when
    /// the wire became `free`, in ns; if none was, the one that came first. Returns the time of its
    /// doorbell and the bytes of wire it takes, with an `overhead` for each frame. With [`None`]
    /// the times of the doorbells do not matter.
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

    /// The next queue in turn, of those that have a bit in `ready`, which is not 0.
    #[inline]
    fn after_turn(&self, ready: u32) -> usize {
        let after = ready & (!queue_bit(0)).wrapping_shl(self.turn as u32);
        let ready = if after != 0 { after } else { ready };
        ready.trailing_zeros() as usize
    }

    /// As [`next`](Self::next), when the next queue in turn had no frame when the wire became
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

    /// The frames of the skb on the wire.
    pub(crate) fn on_wire(&mut self) -> Option<WireFrames> {
        let queue = self.queues.all.get_mut(self.turn)?;
        queue.ring.front().map(|frame| frame.wire)
    }

    /// Completes the descriptor of the frame on the wire at the time `at`, in ns, as lost.
    #[cold]
    pub(crate) fn frame_is_lost(&mut self, at: u64) {
        let counters = queue_counters(&self.board, self.turn);
        let Some(mut descriptor) = self.queues.front(self.turn) else {
            kernel::warn_on!(true);
            return;
        };
        let frame = &mut descriptor.front;
        trace::complete(&self.board.lines, self.turn, frame, at);
        frame.lost = true;
        counters.tx_no_carrier.add(u64::from(frame.wire.frames));
        counters.tx_completed.add(1);
        descriptor.complete(at);
    }

    /// Completes the descriptor of the frame that left the wire at the time `at`, in ns. Returns
    /// the skb that crosses the cable, if one does.
    #[inline]
    pub(crate) fn frame_has_left(&mut self, at: u64, skb: Leaving) -> Option<Flying> {
        let counters = queue_counters(&self.board, self.turn);
        let Some(mut descriptor) = self.queues.front(self.turn) else {
            kernel::warn_on!(true);
            return None;
        };
        let frame = &mut descriptor.front;
        trace::complete(&self.board.lines, self.turn, frame, at);
        counters.tx_packets.add(u64::from(frame.wire.frames));
        counters.tx_bytes.add(u64::from(frame.wire.bytes));
        let left = match skb {
            Leaving::Taken => frame.skb.take(),
            Leaving::Shared => frame.skb.as_ref().map(SkBuff::share),
            Leaving::Stays => None,
        };
        counters.tx_completed.add(1);
        descriptor.complete(at);
        left.map(Flying::Posted)
    }

    /// Raises the interrupts that are due at `now`; returns the time of the next one, in ns.
    pub(crate) fn interrupt(&mut self, now: u64) -> Option<u64> {
        self.queues.interrupt(&self.board, Side::Tx, now)
    }
}
