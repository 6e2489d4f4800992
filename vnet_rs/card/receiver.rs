// SPDX-License-Identifier: GPL-2.0

//! The receiving half of a card: from the cable to the receive descriptors.
//!
//! A frame that arrives is looked at by the filter, gets a hash and with that a queue, and is put
//! into the oldest receive descriptor that the driver has posted there; where there is none it is
//! missed. Then an interrupt is due. Read next: filter.rs, rss.rs, rx.rs.

use super::super::cable::{
    arrivals::{
        Arrival,
        Arrivals, //
    },
    end::{
        Receives,
        BATCH, //
    },
    fifo::{
        Flying,
        Inlet, //
    },
    medium::Medium,
    wire_frames::wire_frames, //
};
use super::{
    faults::Fault,
    frame::RxDescriptor,
    queues::{
        Board,
        CardQueues, //
    },
    rss::{
        self,
        Rss, //
    },
    trace::{
        self,
        DropCause,
        Side, //
    }, //
};
use crate::net::{
    DropReason,
    Machine,
    Next,
    RxFrame,
    SkBuff, //
};
use kernel::sync::{
    atomic::ordering::Relaxed,
    Arc, //
};

/// The receive queues.
pub(crate) type RxQueues = CardQueues<RxDescriptor>;

/// How many frames `skb` is on the wire.
fn frames_in(skb: &SkBuff) -> u64 {
    u64::from(wire_frames(skb).frames)
}

/// The rings that the card receives into while its port is up.
pub(crate) struct RxRings {
    board: Board,
    pub(crate) queues: RxQueues,
    pub(crate) rss: Rss,
}

impl RxRings {
    /// The rings of a port that goes up.
    pub(crate) fn new(board: Board, queues: RxQueues, rss: Rss) -> Self {
        Self { board, queues, rss }
    }

    /// A frame, or a GSO skb, has arrived at the time `at`.
    #[inline]
    fn arrived(&mut self, what: Arrival, at: u64) {
        match what {
            Arrival::AtOnce(Flying::Posted(skb)) => self.arrived_at_once(skb, at),
            Arrival::AtOnce(Flying::Made(frame)) | Arrival::Late(frame) => {
                self.arrived_late(frame, at);
            }
        }
    }

    /// How many frames each of its rings holds.
    fn ring_size(&self) -> u32 {
        self.queues
            .all
            .first()
            .map_or(0, |queue| queue.ring.cursors().size())
    }

    /// An skb has come over a perfect link at the time `at`.
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

    /// Whether there is to be no memory for what arrives.
    fn has_no_memory(&self) -> bool {
        self.board.registers.faults.has(Fault::FailReceiveMemory)
    }

    /// A frame that nobody else refers to has come at the time `at`.
    fn arrived_late(&mut self, frame: RxFrame, at: u64) {
        if self.has_no_memory() {
            self.lost(frames_in(frame.skb()), Some(frame.skb()));
            return frame.discard(DropReason::NoMem);
        }
        self.deliver_as_wanted(frame, at);
    }

    /// A GSO skb stays in one piece if the stack would put its segments together again.
    /// Else the stack gets what a wire would carry.
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

    /// There was no memory for so many frames, nor perhaps for `skb` to be still there.
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
            // Not a drop: it was not for us.
            return frame.consume();
        }
        let number = self.steer(&mut frame);
        let counters = self.board.registers.counters.queue(number);
        let Some(queue) = self.queues.all.get_mut(number as usize) else {
            return frame.discard(DropReason::NotSpecified);
        };
        let Some(descriptor) = queue.ring.front() else {
            counters.rx_missed.add(frames_in(frame.skb()));
            let (cursors, skb) = (Some(queue.ring.cursors()), Some(frame.skb()));
            trace::drop(
                &self.board.lines,
                Some(number),
                DropCause::RxMissed,
                cursors,
                skb,
            );
            return frame.discard(DropCause::RxMissed.reason());
        };
        *descriptor = Some(frame);
        trace::deliver(&self.board.lines, number, &mut queue.ring, at);
        counters.rx_delivered.add(1);
        self.queues.complete(number as usize, at);
    }

    /// Which queue a frame is for; notes the hash that says so.
    fn steer(&self, frame: &mut RxFrame) -> u32 {
        let wanted = self.board.registers.with_hash.load(Relaxed);
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
    fn interrupt(&mut self, now: u64) -> Option<u64> {
        self.queues.interrupt(&self.board, Side::Rx, now)
    }
}

/// The receiving half of a card: state that only the engine reaches.
pub(crate) struct Receiver {
    /// The frames that come over the cable.
    arrivals: Arrivals,
    /// Those that come from the card's own transmitter.
    back: Inlet,
    rings: Option<RxRings>,
    /// How many frames have arrived in this kick, or since the timer fired.
    spent: u32,
}

impl Receiver {
    /// A card without rings.
    pub(crate) fn new(arrivals: Arrivals, back: Inlet) -> Self {
        Self {
            arrivals,
            back,
            rings: None,
            spent: 0,
        }
    }

    /// Gives the card the rings of its port, or takes them away.
    pub(crate) fn attach(&mut self, rings: Option<RxRings>) {
        self.rings = rings;
    }

    /// The rings, to change them.
    pub(crate) fn rings(&mut self) -> Option<&mut RxRings> {
        self.rings.as_mut()
    }

    /// How many frames may arrive at once. More than half a ring come only because an engine is
    /// late, or where frames take no time: a real card works beside the CPU, so its driver has a turn
    /// while frames come. Here it has one in between, with room for the other half.
    fn room(&self, medium: &Medium) -> u32 {
        let left = BATCH.saturating_sub(self.spent);
        let size = self.rings.as_ref().map(RxRings::ring_size);
        size.map_or(left, |size| match medium.pace().rate_kbps {
            0 => left.min(size),
            _ => left.min((size / 2).max(1)),
        })
    }
}

impl Receives for Receiver {
    fn arrivals(&mut self) -> &mut Arrivals {
        &mut self.arrivals
    }
}

impl Machine for Receiver {
    type Shared = Arc<Medium>;

    #[inline]
    fn begin(&mut self) {
        self.spent = 0;
    }

    fn run(&mut self, medium: &Self::Shared, now: u64, _fired: bool) -> Next {
        let most = self.room(medium);
        let mut room = most;
        let rings = &mut self.rings;
        let mut end = |what: Arrival, at| match rings {
            Some(rings) => {
                rings.arrived(what, at);
                0
            }
            None => what.discard(),
        };
        while room != 0 {
            let Some(sent) = self.back.take() else {
                break;
            };
            room -= 1;
            end(Arrival::AtOnce(sent.what), sent.at);
        }
        let all = self.arrivals.take(now, &mut room, &mut end);
        let all = all && self.back.next_at().is_none();
        self.spent += most - room;
        // Others have their turn before what is late already.
        let next = if all {
            Next::Idle.or_at(self.arrivals.next_at())
        } else {
            Next::At(now)
        };
        next.or_at(self.rings.as_mut().and_then(|rings| rings.interrupt(now)))
    }
}
