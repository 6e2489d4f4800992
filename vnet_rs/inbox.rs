// SPDX-License-Identifier: GPL-2.0

//! The receiving half of the card: from the wire into a credit.
//!
//! A port's inbox is with the NIC that sends to it: its own if the far end is an echo host or a
//! loop, the peer's if it is another port. So there is one producer for each receive ring, and no
//! lock.
//!
//! A frame passes the filter, gets the hash of its connection, and takes a credit of the queue that
//! the hash is for. Without a credit it is lost: a receiver that is too slow never holds up the
//! wire. Read next: rx.rs, where the poll takes it out.

use super::{
    card_queue::CardQueues,
    faults::Fault,
    frame,
    port::Port,
    rss::{
        self,
        Rss, //
    },
    trace::{
        self,
        Side,
        Why, //
    }, //
};
use crate::net::{
    DeviceRef,
    DropReason,
    Features,
    RxFrame,
    SkBuff, //
};

/// A receive descriptor: empty when the driver posts it, a frame inside when the NIC has completed
/// it.
pub(crate) type Credit = Option<RxFrame>;

/// The receive queues.
pub(crate) type RxQueues = CardQueues<Credit>;

/// How many frames `train` is on the wire.
fn frames_in(train: &SkBuff) -> u64 {
    u64::from(frame::train_of(train).frames)
}

/// Where frames for a port go.
pub(crate) struct Inbox {
    port: DeviceRef<Port>,
    pub(crate) queues: RxQueues,
    pub(crate) rss: Rss,
}

impl Inbox {
    /// The inbox of `port`.
    pub(crate) fn new(port: DeviceRef<Port>, queues: RxQueues, rss: Rss) -> Self {
        Self { port, queues, rss }
    }

    /// How many frames each of its rings holds.
    pub(crate) fn ring_size(&self) -> u32 {
        self.queues
            .all
            .first()
            .map_or(0, |queue| queue.ring.cursors().size())
    }

    /// An skb has come over the cable at the time `at`.
    #[inline(never)]
    pub(crate) fn arrived(&mut self, skb: SkBuff, at: u64) {
        let frames = match skb.gso() {
            Some(_) => frames_in(&skb),
            None => 1,
        };
        if self.has_no_memory() {
            self.lost(frames, Some(&skb));
            return skb.discard(DropReason::NoMem);
        }
        match RxFrame::arrived(skb) {
            None => self.lost(frames, None),
            Some(frame) => self.deliver_as_wanted(frame, at),
        }
    }

    /// Whether there is to be no memory for what arrives.
    pub(crate) fn has_no_memory(&self) -> bool {
        self.port
            .driver()
            .get_ref()
            .plug
            .faults()
            .has(Fault::FailReceiveMemory)
    }

    /// What has been on its way for a while has come at the time `at`.
    pub(crate) fn arrived_late(&mut self, frame: RxFrame, at: u64) {
        if self.has_no_memory() {
            self.lost(frames_in(frame.skb()), Some(frame.skb()));
            return frame.discard(DropReason::NoMem);
        }
        self.deliver_as_wanted(frame, at);
    }

    /// What the sender did not cut stays in one piece if the stack would put it together again.
    /// Else the stack gets what a wire would carry.
    fn deliver_as_wanted(&mut self, frame: RxFrame, at: u64) {
        match frame.may_stay_whole(&self.port) {
            true => self.deliver(frame, at),
            false => self.deliver_segments(frame, at),
        }
    }

    fn deliver_segments(&mut self, train: RxFrame, at: u64) {
        let Some(segments) = train.segments() else {
            self.lost(frames_in(train.skb()), Some(train.skb()));
            return train.discard(Why::RxNoMemory.reason());
        };
        for segment in segments {
            match segment {
                Some(frame) => self.deliver(frame, at),
                None => self.lost(1, None),
            }
        }
        train.consume();
    }

    /// There was no memory for so many frames, nor perhaps for `skb` to be still there.
    fn lost(&self, frames: u64, skb: Option<&SkBuff>) {
        trace::drop(&self.port, None, Why::RxNoMemory, None, skb);
        self.port.driver().counters().port.rx_no_memory.add(frames);
    }

    /// Puts a frame into the oldest credit of its queue.
    pub(crate) fn deliver(&mut self, mut frame: RxFrame, at: u64) {
        let port = self.port.driver();
        if !port.filter.accepts(frame.destination()) {
            port.counters().port.rx_filtered.add(frames_in(frame.skb()));
            // Not a drop: it was not for us.
            return frame.consume();
        }
        let number = self.steer(&mut frame);
        let counters = port.counters().queue(number);
        let Some(queue) = self.queues.all.get_mut(number as usize) else {
            return frame.discard(DropReason::NotSpecified);
        };
        let Some(credit) = queue.ring.front() else {
            counters.rx_missed.add(frames_in(frame.skb()));
            let (cursors, skb) = (Some(queue.ring.cursors()), Some(frame.skb()));
            trace::drop(&self.port, Some(number), Why::RxMissed, cursors, skb);
            return frame.discard(Why::RxMissed.reason());
        };
        *credit = Some(frame);
        trace::deliver(&self.port, number, &mut queue.ring, at);
        counters.rx_delivered.add(1);
        self.queues.complete(number as usize, at);
    }

    /// Which queue a frame is for; notes the hash that says so.
    fn steer(&self, frame: &mut RxFrame) -> u32 {
        let wanted = self.port.features().has(Features::RX_HASH);
        if !wanted && self.queues.all.len() < 2 {
            return 0;
        }
        let mut room = [0; rss::HEADER_ROOM];
        let Some(hash) = rss::hash(&self.rss.key, frame.skb().head(&mut room)) else {
            return 0;
        };
        if wanted {
            frame.set_hash(hash.value, hash.l4);
        }
        let queue = self.rss.table.queue(hash.value);
        if (queue as usize) < self.queues.all.len() {
            queue
        } else {
            0
        }
    }

    /// Raises the interrupts that are due; returns when the next one will be, if none comes before.
    #[inline]
    pub(crate) fn interrupt(&mut self, now: u64) -> Option<u64> {
        self.queues.interrupt(&self.port, Side::Rx, now)
    }
}
