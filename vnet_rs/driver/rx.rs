// SPDX-License-Identifier: GPL-2.0

//! Receiving: from the receive descriptor to the stack.
//!
//! When the port comes up the driver posts an empty descriptor for each place of the receive ring.
//! The card fills them; the poll hands the frames to the stack, as many as its budget allows, and
//! posts the descriptors again.

use super::super::{
    cable::{
        ethernet::is_group,
        skb_frames::wire_frames, //
    },
    card::{
        faults::Fault,
        filter::BROADCAST,
        frame::RxDescriptor,
        trace::{
            self,
            DropCause, //
        }, //
    },
    ring::queue::{
        Poster,
        Reaper, //
    }, //
};
use super::port::Port;
use crate::net::{
    Device,
    PollContext, //
};

/// The driver's ends of the receive ring; the poll has both.
pub(crate) struct Rx {
    empty: Poster<RxDescriptor>,
    frames: Reaper<RxDescriptor>,
}

impl Rx {
    /// The ends of a ring that is full of empty descriptors.
    pub(crate) fn new(empty: Poster<RxDescriptor>, frames: Reaper<RxDescriptor>) -> Self {
        let mut rx = Self { empty, frames };
        rx.refill();
        rx
    }

    /// Posts each free descriptor.
    fn refill(&mut self) {
        self.frames.publish();
        while self.empty.post(None).is_ok() {}
        self.empty.publish();
    }

    /// Whether a completed descriptor waits.
    pub(crate) fn has_arrived(&self) -> bool {
        self.frames.has_completed()
    }

    /// Reaps the oldest frame that has arrived.
    pub(crate) fn next(&mut self) -> RxDescriptor {
        self.frames.reap().flatten()
    }

    /// Frees the frames that nobody will receive any more on this queue. Returns the number of
    /// descriptors that had one, and the number of frames on the wire.
    pub(crate) fn purge(&mut self, dev: &Device<Port>, queue: u32) -> (u32, u64) {
        let (mut purged, mut frames) = (0, 0);
        while let Some(frame) = self.next() {
            frames += u64::from(wire_frames(frame.skb()).frames);
            let (cursors, skb) = (Some(self.frames.cursors()), Some(frame.skb()));
            trace::drop(dev, Some(queue), DropCause::RxPurged, cursors, skb);
            frame.discard(DropCause::RxPurged.reason());
            purged += 1;
        }
        self.frames.publish();
        (purged, frames)
    }
}

/// Receives in a poll, within its budget, and refills the ring.
pub(crate) fn receive(poll: &mut PollContext<'_, Port>) {
    let port = poll.device().driver();
    let counters = port.counters().queue(poll.queue());
    while poll.may_receive() {
        let Some(frame) = poll.poll_mut().rx.next() else {
            break;
        };
        let wire = wire_frames(frame.skb());
        counters.rx_received.add(1);
        counters.rx_packets.add(u64::from(wire.frames));
        counters.rx_bytes.add(u64::from(wire.bytes));
        match frame.destination() {
            BROADCAST => counters.rx_broadcast.add(u64::from(wire.frames)),
            mac if is_group(mac) => counters.rx_multicast.add(u64::from(wire.frames)),
            _ => {}
        }
        poll.receive(frame);
    }
    if !port.card().faults.has(Fault::StarveReceive) {
        poll.poll_mut().rx.refill();
    }
}
