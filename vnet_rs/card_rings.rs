// SPDX-License-Identifier: GPL-2.0

//! The card's side of the transmit rings: whose turn it is, and what becomes of the frame that is on
//! the wire.
//!
//! The engine (nic.rs) says when. A frame is at the front of its ring until it has left, and its
//! descriptor is complete after that, whoever has the skb then.

use super::{
    card_queue::{
        self,
        CardQueue, //
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
    }, //
};
use crate::net::{
    Device,
    DeviceRef, //
};
use kernel::prelude::*;

/// One transmit queue.
pub(crate) type TxQueue = CardQueue<Frame>;

/// What the card has while its port is up.
pub(crate) struct CardRings {
    pub(crate) port: DeviceRef<Port>,
    pub(crate) queues: KVec<TxQueue>,
    /// The queue whose frame is on the wire, or was the last one there.
    pub(crate) turn: usize,
}

/// The counters of a queue.
#[inline]
fn queue_counters(port: &Device<Port>, queue: usize) -> &QueueCounters {
    port.driver().get_ref().counters().queue(queue as u32)
}

impl CardRings {
    /// The rings of a port that goes up.
    pub(crate) fn new(port: DeviceRef<Port>, queues: KVec<TxQueue>) -> Self {
        Self {
            port,
            queues,
            turn: 0,
        }
    }

    /// The counters of the port as a whole.
    #[inline]
    pub(crate) fn counters(&self) -> &PortCounters {
        &self.port.driver().get_ref().counters().port
    }

    /// The next frame to send: the oldest of the next queue that has one.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<&Frame> {
        let count = self.queues.len();
        let first = self.turn + 1;
        let turn = (first..first + count)
            .map(|turn| if turn < count { turn } else { turn % count })
            .find(|&turn| {
                self.queues
                    .get(turn)
                    .is_some_and(|one| one.ring.has_front())
            })?;
        self.turn = turn;
        self.queues.get_mut(turn)?.ring.front().map(|frame| &*frame)
    }

    /// The frame on the wire gets nowhere: its descriptor is complete.
    pub(crate) fn frame_is_lost(&mut self, at: u64) {
        let Some(queue) = self.queues.get_mut(self.turn) else {
            return;
        };
        trace::complete(&self.port, self.turn, &mut queue.ring, at);
        let Some(frame) = queue.ring.front() else {
            return;
        };
        let counters = queue_counters(&self.port, self.turn);
        frame.lost = true;
        counters.tx_no_carrier.add(u64::from(frame.train.frames));
        self.completed(at);
    }

    /// The frame on the wire is at the far end: its descriptor is complete.
    pub(crate) fn frame_has_left(&mut self, path: &mut Path, far_end: &mut FarEnd, at: u64) {
        let Some(queue) = self.queues.get_mut(self.turn) else {
            return;
        };
        trace::complete(&self.port, self.turn, &mut queue.ring, at);
        let Some(frame) = queue.ring.front() else {
            return;
        };
        let counters = queue_counters(&self.port, self.turn);
        counters.tx_packets.add(u64::from(frame.train.frames));
        counters.tx_bytes.add(u64::from(frame.train.bytes));
        if path.is_clear() || far_end.looped {
            far_end.receive(&self.port, &mut frame.skb, at);
        } else if let Some(skb) = frame.skb.take() {
            path.enter(&self.port, skb, at);
        }
        self.completed(at);
    }

    /// The NIC is done with the descriptor of the frame on the wire.
    fn completed(&mut self, at: u64) {
        queue_counters(&self.port, self.turn).tx_completed.add(1);
        if let Some(queue) = self.queues.get_mut(self.turn) {
            queue.ring.complete();
            queue.moderator.frame(at);
        }
    }

    /// Lets arrive what has by `now`, at both ends of the path, as far as there is `room`. Returns
    /// whether that was all.
    #[inline]
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
        let setting = self.port.driver().settings.tx_moderation();
        card_queue::interrupt(&mut self.queues, &self.port, Side::Tx, setting, now)
    }
}
