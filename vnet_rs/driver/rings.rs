// SPDX-License-Identifier: GPL-2.0

//! The rings of a port come and go with it, and are exchanged when their size or number changes.
//!
//! An exchange carries over the frames in the rings, in order and none twice: nobody posts or reaps
//! meanwhile ([`Quiet`]), and the card's engines are stopped. Read next: resize.rs.

use super::super::{
    card::{
        receiver::Receiver,
        rx_rings::{
            RxQueues,
            RxRings, //
        },
        transmitter::Transmitter,
        tx_rings::TxQueues,
        HeldCard, //
    },
    ring::{
        bell::Bell,
        queue, //
    }, //
};
use super::{
    parts::{
        Poll,
        Up, //
    },
    port::Port,
    rx::Rx,
    settings::RingSizes,
    tx::{
        self,
        PurgeReason,
        Tx, //
    }, //
};
use crate::net::{
    self,
    Device,
    DropReason,
    Open,
    Pair,
    Quiet,
    Rtnl, //
};
use kernel::prelude::*;

/// The rings of a port, each end with the party that will use it.
pub(crate) struct PortRings {
    /// The driver's ends.
    pub(crate) open: Open<Port>,
    /// The card's ends of the transmit rings.
    pub(crate) senders: TxQueues,
    /// The card's ends of the receive rings.
    pub(crate) receivers: RxQueues,
}

impl PortRings {
    /// Makes rings: empty ones to transmit, and ones full of empty descriptors to receive. May
    /// sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`; `EINVAL` if a size is not a power of two.
    pub(crate) fn new(sizes: RingSizes) -> Result<Self> {
        let mut pairs = KVec::new();
        let mut cursors = KVec::new();
        let mut senders = TxQueues::new();
        let mut receivers = RxQueues::new();
        for _ in 0..sizes.queues {
            let (post, send, reap) = queue::new(sizes.tx)?;
            let (empty, receive, frames) = queue::new(sizes.rx)?;
            cursors.push(
                (post.cursors().clone(), empty.cursors().clone()),
                GFP_KERNEL,
            )?;
            let bell = Bell::new(sizes.tx)?;
            senders.push(send, Some(bell.clone()))?;
            receivers.push(receive, None)?;
            let poll = Poll {
                tx: reap,
                rx: Rx::new(empty, frames),
            };
            let tx = Tx::new(post, bell);
            pairs.push(Pair { tx, poll }, GFP_KERNEL)?;
        }
        Ok(Self {
            open: Open {
                pairs,
                up: Up { cursors },
            },
            senders,
            receivers,
        })
    }

    /// Gives the card its ends, as the port comes up. May sleep.
    ///
    /// # Errors
    ///
    /// `ENODEV` if the port does not come up.
    pub(crate) fn attach(self, dev: &Device<Port>, rtnl: &Rtnl) -> Result<Open<Port>> {
        let port = dev.driver();
        let (sender, receiver) = (port.plug.board(dev, rtnl)?, port.plug.board(dev, rtnl)?);
        let rings = RxRings::new(receiver, self.receivers, &port.rss.get(rtnl));
        let mut card = port.plug.hold(rtnl);
        card.tx.attach(sender, self.senders);
        card.rx.attach(Some(rings));
        drop(card);
        port.plug.set_receives(true);
        Ok(self.open)
    }

    /// Exchanges the `old` rings for these, and carries over the frames in them. Queues that go are
    /// empty: see `resize`.
    pub(crate) fn replace(
        mut self,
        dev: &Device<Port>,
        quiet: &Quiet<'_, Port>,
        card: &mut HeldCard<'_>,
        mut old: Open<Port>,
    ) -> Open<Port> {
        let port = dev.driver();
        self.replace_tx(&port, quiet, &mut card.tx, &mut old);
        self.replace_rx(dev, &mut card.rx, &mut old);
        self.open
    }

    fn replace_tx(
        &mut self,
        port: &Port,
        quiet: &Quiet<'_, Port>,
        card: &mut Transmitter,
        old: &mut Open<Port>,
    ) {
        let Some(senders) = card.queues() else {
            return;
        };
        core::mem::swap(senders, &mut self.senders);
        let pairs = old.pairs.iter_mut().zip(self.senders.all.iter_mut());
        for (number, (pair, sender)) in (0..).zip(pairs) {
            tx::reap_quiet(port, quiet, number, pair);
            pair.tx.publish(Some(net::now()));
            let new = self.open.pairs.get_mut(number as usize);
            let Some(new) = new else {
                tx::complete_all(&mut sender.ring);
                tx::purge(port, quiet, number, pair, PurgeReason::Down);
                continue;
            };
            let mut at = sender.rung_at();
            while let Some(mut front) = sender.ring.front() {
                // The new ring has room: see `resize`.
                if let Err(mut frame) = new.tx.carry_over(front.take(), at) {
                    frame.drop_with(DropReason::QueuePurge);
                }
                front.complete();
                at = sender.rung_at();
            }
            new.tx.ring.publish();
        }
        card.forget_lost_queues();
    }

    fn replace_rx(&mut self, dev: &Device<Port>, card: &mut Receiver, old: &mut Open<Port>) {
        for (number, pair) in (0..).zip(old.pairs.iter_mut()) {
            if let Some(new) = self.receivers.all.get_mut(number as usize) {
                // The new ring has room: see `resize`.
                while let Some(mut descriptor) = new.ring.front() {
                    let Some(frame) = pair.poll.rx.next() else {
                        break;
                    };
                    *descriptor = Some(frame);
                    descriptor.complete();
                }
            }
            rx_purge(dev, number, pair);
        }
        if let Some(rings) = card.rings() {
            core::mem::swap(&mut rings.queues, &mut self.receivers);
        }
    }
}

/// Takes the rings from the card, and drops the frames in them, as the port goes down. May sleep.
pub(crate) fn detach(dev: &Device<Port>, quiet: &Quiet<'_, Port>, mut open: Open<Port>) {
    let port = dev.driver();
    let mut card = port.plug.hold(quiet.rtnl());
    empty_tx(&port, quiet, &mut card.tx, &mut open, PurgeReason::Down);
    card.tx.detach();
    card.rx.attach(None);
    drop(card);
    port.plug.set_receives(false);
    port.plug.hand_over(quiet.rtnl());
    for (number, pair) in (0..).zip(open.pairs.iter_mut()) {
        rx_purge(dev, number, pair);
    }
}

/// Empties the transmit rings. `reason` selects the counters for frames that were not sent.
pub(crate) fn empty_tx(
    port: &Port,
    quiet: &Quiet<'_, Port>,
    card: &mut Transmitter,
    open: &mut Open<Port>,
    reason: PurgeReason,
) {
    card.stop_sending();
    let Some(senders) = card.queues() else {
        return;
    };
    let pairs = open.pairs.iter_mut().zip(senders.all.iter_mut());
    for (number, (pair, sender)) in (0..).zip(pairs) {
        // Frames that the card has sent and no poll has seen are reaped like all others.
        tx::reap_quiet(port, quiet, number, pair);
        // Frames that were posted without a doorbell become the card's, too.
        pair.tx.ring.publish();
        tx::complete_all(&mut sender.ring);
        tx::purge(port, quiet, number, pair, reason);
    }
}

/// Drops frames that have arrived and that nobody will receive.
pub(crate) fn rx_purge(dev: &Device<Port>, number: u32, pair: &mut Pair<Port>) {
    let (purged, frames) = pair.poll.rx.purge(dev, number);
    let port = dev.driver();
    let counters = port.counters().queue(number);
    counters.rx_purged.add(u64::from(purged));
    counters.rx_purged_frames.add(frames);
}
