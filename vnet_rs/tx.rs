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
    queue::Poster,
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
}

/// The ring is full: stops the queue until a poll has made room.
pub(super) fn stop(port: &Port, tx: &TxContext<'_, Port>) {
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
    let ring = &mut poll.poll_mut().tx;
    ring.publish();
    let cursors = ring.cursors().clone();
    port.counters().tx_reaped.add(u64::from(packets));
    let start = start_threshold(cursors.size());
    if poll.completed(packets, bytes, || cursors.free(), start) {
        port.counters().tx_wakes.add(1);
    }
}

/// Stops the engine and empties the transmit ring. Returns how many frames were
/// in it that had not been sent.
pub(super) fn drain(port: &Port, open: &mut Open<Port>) -> u64 {
    let mut nic = open.up.engine.stop();
    // What the NIC has sent but no poll has seen is reaped like the rest.
    let mut reaped = 0;
    while let Some(frame) = open.poll.tx.reap() {
        frame.skb.consume();
        reaped += 1;
    }
    port.counters().tx_reaped.add(reaped);

    // What was posted without a doorbell is the NIC's now, as all before.
    open.tx.ring.publish();
    nic.reset();
    let mut purged = 0;
    while let Some(frame) = open.poll.tx.reap() {
        frame.skb.discard(DropReason::QueuePurge);
        purged += 1;
    }
    open.poll.tx.publish();
    port.counters().tx_purged.add(purged);
    purged
}
