// SPDX-License-Identifier: GPL-2.0

//! The card's side of the transmit rings: whose turn it is, and what becomes of the frame that is on
//! the wire.
//!
//! The engine (nic.rs) says when. A frame is at the front of its ring until it has left, and its
//! descriptor is complete after that, whoever has the skb then.

use super::{
    card_queue::{
        bit,
        CardQueues, //
    },
    counters::{
        PortCounters,
        QueueCounters, //
    },
    far_end::FarEnd,
    frame::Frame,
    path::Path,
    port::Port,
    trace::{
        self,
        Side, //
    },
    wire::Train, //
};
use crate::net::{
    Device,
    DeviceRef, //
};

/// The transmit queues.
pub(crate) type TxQueues = CardQueues<Frame>;

/// What the card has while its port is up.
pub(crate) struct CardRings {
    pub(crate) port: DeviceRef<Port>,
    pub(crate) queues: TxQueues,
    /// The queue whose frame is on the wire, or was the last one there.
    pub(crate) turn: usize,
    /// The queues that had frames to send when the engine last looked, a bit each. What has been
    /// posted since then rings the doorbell.
    ready: u32,
}

/// The counters of a queue.
#[inline]
fn queue_counters(port: &Device<Port>, queue: usize) -> &QueueCounters {
    port.driver().get_ref().counters().queue(queue as u32)
}

impl CardRings {
    /// The rings of a port that goes up.
    pub(crate) fn new(port: DeviceRef<Port>, queues: TxQueues) -> Self {
        Self {
            port,
            queues,
            turn: 0,
            ready: 0,
        }
    }

    /// The counters of the port as a whole.
    #[inline]
    pub(crate) fn counters(&self) -> &PortCounters {
        &self.port.driver().get_ref().counters().port
    }

    /// Looks which queues have frames to send.
    #[inline]
    pub(crate) fn look(&mut self) {
        let queues = (0..).zip(&self.queues.all);
        let with_frames = queues.filter(|(_, queue)| queue.ring.has_front());
        self.ready = with_frames.fold(0, |ready, (number, _)| ready | bit(number));
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
                let bytes = frame.train.on_wire_with(overhead);
                let has_rivals = self.ready & !bit(turn) != 0;
                self.turn = match free {
                    Some(free) if at > free && has_rivals => return self.earliest(free, overhead),
                    _ => turn,
                };
                return Some((at, bytes));
            }
            self.ready &= !bit(turn);
        }
        None
    }

    /// The queue whose turn it is next, of those that have a bit in `ready`, which is not 0.
    #[inline]
    fn after_turn(&self, ready: u32) -> usize {
        let after = ready & (!bit(0)).wrapping_shl(self.turn as u32);
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
            rest &= !bit(turn);
            let queue = self.queues.all.get_mut(turn)?;
            let at = queue.rung_at();
            let Some(frame) = queue.ring.front() else {
                continue;
            };
            if first.is_none_or(|(earliest, ..)| at < earliest) {
                first = Some((at, turn, frame.train.on_wire_with(overhead)));
            }
            if at <= free {
                break;
            }
        }
        let (at, turn, bytes) = first?;
        self.turn = turn;
        Some((at, bytes))
    }

    /// What is on the wire, while something is.
    pub(crate) fn on_wire(&mut self) -> Option<Train> {
        let queue = self.queues.all.get_mut(self.turn)?;
        queue.ring.front().map(|frame| frame.train)
    }

    /// The frame on the wire gets nowhere: its descriptor is complete.
    #[cold]
    pub(crate) fn frame_is_lost(&mut self, at: u64) {
        let counters = queue_counters(&self.port, self.turn);
        let Some(queue) = self.queues.all.get_mut(self.turn) else {
            kernel::warn_on!(true);
            return;
        };
        trace::complete(&self.port, self.turn, &mut queue.ring, at);
        let Some(frame) = queue.ring.front() else {
            kernel::warn_on!(true);
            return;
        };
        frame.lost = true;
        counters.tx_no_carrier.add(u64::from(frame.train.frames));
        counters.tx_completed.add(1);
        self.queues.complete(self.turn, at);
    }

    /// The frame on the wire is at the far end: its descriptor is complete.
    #[inline]
    pub(crate) fn frame_has_left(&mut self, path: &mut Path, far_end: &mut FarEnd, at: u64) {
        let counters = queue_counters(&self.port, self.turn);
        let Some(queue) = self.queues.all.get_mut(self.turn) else {
            kernel::warn_on!(true);
            return;
        };
        trace::complete(&self.port, self.turn, &mut queue.ring, at);
        let Some(frame) = queue.ring.front() else {
            kernel::warn_on!(true);
            return;
        };
        counters.tx_packets.add(u64::from(frame.train.frames));
        counters.tx_bytes.add(u64::from(frame.train.bytes));
        if path.is_clear() || far_end.looped {
            far_end.receive(&self.port, &mut frame.skb, at);
        } else if let Some(skb) = frame.skb.take() {
            path.enter(&self.port, skb, at);
        }
        counters.tx_completed.add(1);
        self.queues.complete(self.turn, at);
    }

    /// Lets arrive what has by `now`, at both ends of the path, as far as there is `room`. Returns
    /// whether that was all.
    #[inline(never)]
    pub(crate) fn arrive(
        &self,
        path: &mut Path,
        far_end: &mut FarEnd,
        now: u64,
        room: &mut u32,
    ) -> bool {
        while *room != 0 {
            let Some((at, frame)) = path.pop(now) else {
                return far_end.take_replies(&self.port, now, room);
            };
            *room -= 1;
            far_end.take_replies(&self.port, at, room);
            far_end.receive_late(&self.port, frame, at);
        }
        false
    }

    /// Raises the interrupts that are due; returns when the next one will be, if
    /// none comes before.
    pub(crate) fn interrupt(&mut self, now: u64) -> Option<u64> {
        self.queues.interrupt(&self.port, Side::Tx, now)
    }
}
