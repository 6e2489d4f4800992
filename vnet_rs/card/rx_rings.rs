// SPDX-License-Identifier: GPL-2.0

//! The card's end of the receive rings: from an arrival to a receive descriptor.
//!
//! A frame that arrives passes the filter, gets a hash and with that a queue, and is put into the
//! oldest receive descriptor that the driver has posted there; without a descriptor it is missed.
//! Then an interrupt is due. Read next: filter.rs, rss.rs, rx.rs.

use super::super::cable::{
    arrivals::Arrival,
    fifo::Flying,
    skb_frames::wire_frames, //
};
use super::{
    faults::Fault,
    frame::RxDescriptor,
    queues::{
        Board,
        CardQueues, //
    },
    rss::{
        Hasher,
        Indirection,
        Rss,
        HEADER_ROOM, //
    },
    trace::{
        self,
        DropCause,
        Side, //
    }, //
};
use crate::net::{
    DropReason,
    RxFrame,
    SkBuff, //
};
use kernel::sync::atomic::ordering::Relaxed;

/// The receive queues.
pub(crate) type RxQueues = CardQueues<RxDescriptor>;

/// The number of frames that `skb` is on the wire.
fn frames_in(skb: &SkBuff) -> u64 {
    u64::from(wire_frames(skb).frames)
}

/// The receive rings of a port that is up.
pub(crate) struct RxRings {
    board: Board,
    pub(crate) queues: RxQueues,
    hasher: Hasher,
    table: Indirection,
}

impl RxRings {
    /// The rings of a port that goes up.
    pub(crate) fn new(board: Board, queues: RxQueues, rss: &Rss) -> Self {
        Self {
            board,
            queues,
            hasher: Hasher::new(rss.key),
            table: rss.table,
        }
    }

    /// Has frames that arrive from now on spread by `rss`.
    pub(crate) fn set_rss(&mut self, rss: &Rss) {
        self.hasher = Hasher::new(rss.key);
        self.table = rss.table;
    }

    /// Takes in a frame, or a GSO skb, that arrived at the time `at`, in ns.
    #[inline]
    pub(crate) fn arrived(&mut self, what: Arrival, at: u64) {
        match what {
            Arrival::AtOnce(Flying::Posted(skb)) => self.arrived_at_once(skb, at),
            Arrival::AtOnce(Flying::Made(frame)) | Arrival::Late(frame) => {
                self.arrived_late(frame, at);
            }
        }
    }

    /// The number of descriptors in each ring.
    pub(crate) fn ring_size(&self) -> u32 {
        self.queues
            .all
            .first()
            .map_or(0, |queue| queue.ring.cursors().size())
    }

    /// Takes in an skb that came over a perfect link at the time `at`, in ns.
    #[inline(never)]
    fn arrived_at_once(&mut self, skb: SkBuff, at: u64) {
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

    /// Whether a fault denies memory to arriving frames.
    fn has_no_memory(&self) -> bool {
        self.board.registers.faults.has(Fault::FailReceiveMemory)
    }

    /// Takes in a frame with an skb of its own that arrived at the time `at`, in ns.
    fn arrived_late(&mut self, frame: RxFrame, at: u64) {
        if self.has_no_memory() {
            self.lost(frames_in(frame.skb()), Some(frame.skb()));
            return frame.discard(DropReason::NoMem);
        }
        self.deliver_as_wanted(frame, at);
    }

    /// Delivers a GSO skb in one piece if the stack's GRO would put its segments together again,
    /// and else in segments, as a wire would carry them.
    fn deliver_as_wanted(&mut self, frame: RxFrame, at: u64) {
        let is_one = frame.skb().gso().is_none();
        if is_one || self.board.registers.coalesces.load(Relaxed) && frame.is_as_gro_makes() {
            self.deliver(frame, at);
        } else {
            self.deliver_segments(frame, at);
        }
    }

    fn deliver_segments(&mut self, gso: RxFrame, at: u64) {
        let Some(segments) = gso.segments() else {
            self.lost(frames_in(gso.skb()), Some(gso.skb()));
            return gso.discard(DropCause::RxNoMemory.reason());
        };
        for segment in segments {
            match segment {
                Some(frame) => self.deliver(frame, at),
                None => self.lost(1, None),
            }
        }
        gso.consume();
    }

    /// Counts `frames` lost to allocation failure. `skb` is only traced.
    fn lost(&self, frames: u64, skb: Option<&SkBuff>) {
        trace::drop(&self.board.lines, None, DropCause::RxNoMemory, None, skb);
        self.board.registers.counters.card.rx_no_memory.add(frames);
    }

    /// Puts a frame into the oldest receive descriptor of its queue.
    fn deliver(&mut self, mut frame: RxFrame, at: u64) {
        let registers = &self.board.registers;
        if !registers.filter.accepts(frame.destination()) {
            let counter = &registers.counters.card.rx_filtered;
            counter.add(frames_in(frame.skb()));
            // A frame for another card is not a drop.
            return frame.consume();
        }
        let number = self.steer(&mut frame);
        let Some(mut descriptor) = self.queues.front(number as usize) else {
            return self.missed(frame, number);
        };
        *descriptor.front = Some(frame);
        trace::deliver(&self.board.lines, number, &descriptor.front, at);
        let counters = self.board.registers.counters.queue(number);
        counters.rx_delivered.add(1);
        descriptor.complete(at);
    }

    /// Drops a frame for which its queue has no receive descriptor.
    #[cold]
    fn missed(&self, frame: RxFrame, number: u32) {
        let Some(queue) = self.queues.all.get(number as usize) else {
            return frame.discard(DropReason::NotSpecified);
        };
        let counters = self.board.registers.counters.queue(number);
        counters.rx_missed.add(frames_in(frame.skb()));
        let (cursors, skb) = (Some(queue.ring.cursors()), Some(frame.skb()));
        trace::drop(
            &self.board.lines,
            Some(number),
            DropCause::RxMissed,
            cursors,
            skb,
        );
        frame.discard(DropCause::RxMissed.reason());
    }

    /// The queue that a frame is for, by its hash; the frame gets the hash if the driver wants it.
    fn steer(&mut self, frame: &mut RxFrame) -> u32 {
        let wanted = self.board.registers.with_hash.load(Relaxed);
        if !wanted && self.queues.all.len() < 2 {
            return 0;
        }
        let mut room = [0; HEADER_ROOM];
        let Some(hash) = self.hasher.hash(frame.skb().head(&mut room)) else {
            return 0;
        };
        if wanted {
            frame.set_hash(hash.value, hash.l4);
        }
        let queue = self.table.queue(hash.value);
        if (queue as usize) < self.queues.all.len() {
            queue
        } else {
            0
        }
    }

    /// Raises the interrupts that are due at `now`; returns the time of the next one, in ns.
    #[inline]
    pub(crate) fn interrupt(&mut self, now: u64) -> Option<u64> {
        self.queues.interrupt(&self.board, Side::Rx, now)
    }
}
