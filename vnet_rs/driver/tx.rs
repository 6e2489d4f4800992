// SPDX-License-Identifier: GPL-2.0

//! The transmit ring from the driver's side: stop, reap, purge.
//!
//! To post is two lines, in port.rs. What takes care is when to stop the queue, how
//! to take back what was sent, and what becomes of frames that were not.

use super::super::{
    card::{
        frame::Frame,
        trace::{
            self as card_trace,
            DropCause, //
        }, //
    },
    ring::{
        bell::Bell,
        cursors::start_threshold,
        queue::{
            Completer,
            Poster,
            Reaper, //
        }, //
    }, //
};
use super::{
    port::Port,
    trace, //
};
use crate::net::{
    self,
    Device,
    DropReason,
    Pair,
    PollContext,
    Quiet,
    SkBuff,
    Stop,
    TxContext, //
};
use kernel::sync::Arc;

/// The driver's part of a transmit queue.
pub(crate) struct Tx {
    pub(crate) ring: Poster<Frame>,
    /// The card has been told of all that was posted.
    pub(crate) rung: bool,
    bell: Arc<Bell>,
}

impl Tx {
    /// The end of a ring in which nothing was posted yet.
    pub(crate) fn new(ring: Poster<Frame>, bell: Arc<Bell>) -> Self {
        Self {
            ring,
            rung: true,
            bell,
        }
    }

    /// Shows the card all that was posted; and that it was at the time `at`, if it wants to know.
    #[inline]
    pub(crate) fn publish(&mut self, at: Option<u64>) {
        if let Some((first, at)) = self.ring.unpublished().zip(at) {
            self.bell.note(first, at);
        }
        self.ring.publish();
    }

    /// Posts a frame of which the card was told by another ring, at the time `at`. The frame comes
    /// back if this ring is full.
    pub(crate) fn carry_over(&mut self, frame: Frame, at: u64) -> Result<(), Frame> {
        let cursor = self.ring.cursor();
        self.ring.post(frame)?;
        self.bell.note(cursor, at);
        Ok(())
    }
}

impl Frame {
    /// Takes the software time stamp, before the card can see the frame.
    #[inline]
    pub(crate) fn stamp(&self, tx: &TxContext<'_, Port>) {
        if let Some(skb) = &self.skb {
            skb.tx_timestamp(tx);
        }
    }

    /// Frees what a completed descriptor of `ring` holds: with `sent`, if it has arrived.
    #[inline]
    fn free(
        mut self,
        dev: &Device<Port>,
        queue: u32,
        ring: &Reaper<Self>,
        sent: impl FnOnce(SkBuff),
    ) {
        trace::reap(dev, queue, ring, &self);
        if self.lost {
            let (cursors, skb) = (Some(ring.cursors()), self.skb.as_ref());
            card_trace::drop(dev, Some(queue), DropCause::TxNoCarrier, cursors, skb);
            self.drop_with(DropCause::TxNoCarrier.reason());
        } else if let Some(skb) = self.skb {
            sent(skb);
        }
    }

    /// Frees what a descriptor that was not sent holds.
    pub(crate) fn drop_with(&mut self, reason: DropReason) {
        if let Some(skb) = self.skb.take() {
            skb.discard(reason);
        }
    }
}

/// The ring is full: stops the queue until a poll has made room.
pub(crate) fn stop_queue(port: &Port, tx: &mut TxContext<'_, Port>) {
    // The poll counts what is free by what was published; it must not take a
    // batch that waits for its doorbell for free descriptors, and wake the queue.
    tx.tx_mut().publish(port.plug.is_timed().then(net::now));
    let ring = &tx.tx().ring;
    let start = start_threshold(ring.cursors().size());
    if tx.stop(|| ring.free(), start) == Stop::Stopped {
        port.counters().queue(tx.queue()).tx_stops.add(1);
    }
}

/// Takes back what the card has completed; reports it and makes room, once.
#[inline]
pub(crate) fn reap_sent(port: &Port, poll: &mut PollContext<'_, Port>) {
    let (mut packets, mut bytes) = (0, 0);
    while let Some(frame) = poll.poll_mut().tx.reap() {
        packets += 1;
        bytes += frame.len;
        frame.free(poll.device(), poll.queue(), &poll.poll().tx, |skb| {
            skb.consume_napi(poll);
        });
    }
    if packets == 0 {
        return;
    }
    poll.poll_mut().tx.publish();
    let start = start_threshold(poll.poll().tx.cursors().size());
    let counters = port.counters().queue(poll.queue());
    if poll.completed(packets, bytes, |poll| poll.tx.cursors().free(), start) {
        counters.tx_wakes.add(1);
    }
    // Last, so that nothing is under way any more when the books balance.
    counters.tx_reaped.add(u64::from(packets));
}

/// The same while the port stands still.
pub(crate) fn reap_quiet(port: &Port, quiet: &Quiet<'_, Port>, queue: u32, pair: &mut Pair<Port>) {
    let (mut packets, mut bytes) = (0, 0);
    while let Some(frame) = pair.poll.tx.reap() {
        packets += 1;
        bytes += frame.len;
        frame.free(quiet.device(), queue, &pair.poll.tx, SkBuff::consume);
    }
    pair.poll.tx.publish();
    quiet.completed(queue, packets, bytes);
    port.counters()
        .queue(queue)
        .tx_reaped
        .add(u64::from(packets));
}

/// Completes all that was posted without sending it.
pub(crate) fn complete_all(ring: &mut Completer<Frame>) {
    while ring.front().is_some() {
        ring.complete();
    }
}

/// The reason of a purge, which says what counters count it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PurgeReason {
    /// The port, or its queue, goes down: `tx_purged`.
    Down,
    /// The card was dead: `tx_lost`.
    DeadCard,
}

/// Frees what was completed without being sent.
pub(crate) fn purge(
    port: &Port,
    quiet: &Quiet<'_, Port>,
    queue: u32,
    pair: &mut Pair<Port>,
    reason: PurgeReason,
) {
    let (mut purged, mut frames) = (0, 0);
    while let Some(mut frame) = pair.poll.tx.reap() {
        let (cursors, skb) = (Some(pair.poll.tx.cursors()), frame.skb.as_ref());
        card_trace::drop(
            quiet.device(),
            Some(queue),
            DropCause::TxPurged,
            cursors,
            skb,
        );
        frame.drop_with(DropCause::TxPurged.reason());
        purged += 1;
        frames += u64::from(frame.wire.frames);
    }
    pair.poll.tx.publish();
    pair.tx.rung = true;
    quiet.reset_byte_limit(queue);
    let counters = port.counters().queue(queue);
    match reason {
        PurgeReason::Down => {
            counters.tx_purged.add(purged);
            counters.tx_purged_frames.add(frames);
        }
        PurgeReason::DeadCard => {
            counters.tx_lost.add(purged);
            counters.tx_lost_frames.add(frames);
        }
    }
}
