// SPDX-License-Identifier: GPL-2.0

//! The transmit ring from the driver's side: stop, reap, purge.
//!
//! Posting is two lines, in ndo.rs. Here are the stopping of the queue, the reaping of descriptors
//! that were sent, and the purging of those that were not.

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

/// The part of a transmit queue that xmit has, under the queue's xmit lock.
pub(crate) struct Tx {
    pub(crate) ring: Poster<Frame>,
    /// The doorbell has rung for all that was posted.
    pub(crate) rung: bool,
    bell: Arc<Bell>,
}

impl Tx {
    /// The posting end of an empty ring.
    pub(crate) fn new(ring: Poster<Frame>, bell: Arc<Bell>) -> Self {
        Self {
            ring,
            rung: true,
            bell,
        }
    }

    /// Publishes all that was posted, after noting the time `at` of the doorbell, in ns, if the
    /// wire has a rate.
    #[inline]
    pub(crate) fn publish(&mut self, at: Option<u64>) {
        if let Some((first, at)) = self.ring.unpublished().zip(at) {
            self.bell.note(first, at);
        }
        self.ring.publish();
    }

    /// Posts a frame from another ring, whose doorbell rang at the time `at`, in ns. The frame
    /// comes back if this ring is full.
    pub(crate) fn carry_over(&mut self, frame: Frame, at: u64) -> Result<(), Frame> {
        let cursor = self.ring.cursor();
        self.ring.post(frame)?;
        self.bell.note(cursor, at);
        Ok(())
    }
}

impl Frame {
    /// Takes the software time stamp; only before the frame is posted.
    #[inline]
    pub(crate) fn stamp(&self, tx: &TxContext<'_, Port>) {
        if let Some(skb) = &self.skb {
            skb.tx_timestamp(tx);
        }
    }

    /// Frees the skb of a completed descriptor of `ring`: with `sent`, if it was not lost.
    #[inline]
    fn free(self, dev: &Device<Port>, queue: u32, ring: &Reaper<Self>, sent: impl FnOnce(SkBuff)) {
        trace::reap(dev, queue, ring, &self);
        let Self { skb, lost, .. } = self;
        let Some(skb) = skb else {
            return;
        };
        if lost {
            let cursors = Some(ring.cursors());
            card_trace::drop(
                dev,
                Some(queue),
                DropCause::TxNoCarrier,
                cursors,
                Some(&skb),
            );
            skb.discard(DropCause::TxNoCarrier.reason());
        } else {
            sent(skb);
        }
    }

    /// Frees the skb of a descriptor that was not sent.
    pub(crate) fn drop_with(&mut self, reason: DropReason) {
        if let Some(skb) = self.skb.take() {
            skb.discard(reason);
        }
    }
}

/// Stops the queue of a full ring, until a poll has made room.
pub(crate) fn stop_queue(port: &Port, tx: &mut TxContext<'_, Port>) {
    // The poll counts free descriptors by the published tail: so a batch that waits for its
    // doorbell must be published, or the poll would take it for room and wake the queue.
    tx.tx_mut().publish(port.plug.is_timed().then(net::now));
    let ring = &tx.tx().ring;
    let start = start_threshold(ring.cursors().size());
    if tx.stop(|| ring.free(), start) == Stop::Stopped {
        port.counters().queue(tx.queue()).tx_stops.add(1);
    }
}

/// Reaps all completed descriptors, and reports them to BQL and the queue once.
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
    // The count comes last: when the books balance, nothing is under way any more.
    counters.tx_reaped.add(u64::from(packets));
}

/// As [`reap_sent`], while the port is quiet.
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

/// Completes all descriptors that were posted, without sending them.
pub(crate) fn complete_all(ring: &mut Completer<Frame>) {
    while ring.front().is_some() {
        ring.complete();
    }
}

/// The reason of a purge, which selects the counters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PurgeReason {
    /// The port, or its queue, goes down: `tx_purged`.
    Down,
    /// The card was dead: `tx_lost`.
    DeadCard,
}

/// Frees the skbs of descriptors that were completed without being sent.
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
