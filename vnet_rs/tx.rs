// SPDX-License-Identifier: GPL-2.0

//! The transmit ring from the driver's side: stop, reap, drain.
//!
//! To post is two lines, in port.rs. What takes care is when to stop the queue, how
//! to take back what was sent, and what becomes of frames that were not.

use super::{
    nic::{
        Frame,
        Nic, //
    },
    port::Port,
    queue::{
        Poster,
        Reaper, //
    },
    ring::start_threshold, //
};
use crate::net::{
    DropReason,
    Open,
    PollContext,
    Softirq,
    Stop,
    TxContext, //
};
use kernel::sync::Arc;

/// What belongs to the transmit path.
pub(crate) struct Tx {
    pub(super) ring: Poster<Frame>,
    pub(super) engine: Arc<Softirq<Nic>>,
    /// The NIC has been told of all that was posted.
    pub(super) rung: bool,
}

/// The ring is full: stops the queue until a poll has made room.
pub(super) fn stop(port: &Port, tx: &mut TxContext<'_, Port>) {
    // The poll counts what is free by what was published; it must not take a
    // batch that waits for its doorbell for free descriptors, and wake the queue.
    tx.tx_mut().ring.publish();
    let ring = &tx.tx().ring;
    let start = start_threshold(ring.cursors().size());
    if tx.stop(|| ring.free(), start) == Stop::Stopped {
        port.counters().tx_stops.add(1);
    }
}

/// Takes back what the NIC has completed; reports it and makes room, once.
pub(super) fn reap(port: &Port, poll: &mut PollContext<'_, Port>) {
    let (mut packets, mut bytes) = (0, 0);
    while let Some(frame) = poll.poll_mut().tx.reap() {
        packets += 1;
        bytes += frame.len;
        frame.skb.consume_napi(poll);
    }
    if packets == 0 {
        return;
    }
    poll.poll_mut().tx.publish();
    let start = start_threshold(poll.poll().tx.cursors().size());
    if poll.completed(packets, bytes, |poll| poll.tx.cursors().free(), start) {
        port.counters().tx_wakes.add(1);
    }
    // Last, so that nothing is under way any more when the books balance.
    port.counters().tx_reaped.add(u64::from(packets));
}

/// Stops the engine and empties the transmit ring. Returns how many frames were
/// in it that had not been sent.
pub(super) fn drain(port: &Port, open: &mut Open<Port>) -> u64 {
    let mut nic = open.up.engine.stop();
    // What the NIC has sent but no poll has seen is reaped like the rest.
    let reaped = empty(&mut open.poll.tx, |frame| frame.skb.consume());
    port.counters().tx_reaped.add(reaped);

    // What was posted without a doorbell is the NIC's now, as all before.
    open.tx.ring.publish();
    open.tx.rung = true;
    nic.reset();
    let purged = empty(&mut open.poll.tx, |frame| {
        frame.skb.discard(DropReason::QueuePurge)
    });
    port.counters().tx_purged.add(purged);
    purged
}

/// Takes back all that is completed. Returns how many frames.
fn empty(ring: &mut Reaper<Frame>, free: impl Fn(Frame)) -> u64 {
    let mut frames = 0;
    while let Some(frame) = ring.reap() {
        free(frame);
        frames += 1;
    }
    ring.publish();
    frames
}
