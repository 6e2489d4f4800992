// SPDX-License-Identifier: GPL-2.0

//! Rings come and go: with the port, and when their size or number is changed.
//!
//! A change carries over what is in the rings, in order and no frame twice: nobody posts or reaps
//! meanwhile ([`Quiet`]), and the engine is stopped while a ring is exchanged under it.
//! Read next: watchdog.rs.

use super::{
    bell::{
        self,
        Bell, //
    },
    card::HeldCard,
    card_rings::TxQueues,
    frame::Frame,
    port::{
        Poll,
        Port,
        Up, //
    },
    queue,
    receiver::{
        Credit,
        Receiver,
        RxQueues,
        RxRings, //
    },
    rss::{
        Indirection,
        Rss, //
    },
    rx::Rx,
    transmitter::Transmitter,
    tx::{
        self,
        Fault,
        Tx, //
    },
    watchdog, //
};
use crate::net::{
    self,
    slots,
    Device,
    DropReason,
    Open,
    Pair,
    Quiet,
    Rtnl,
    Steered, //
};
use kernel::{
    prelude::*,
    sync::atomic::ordering::Relaxed,
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// How many queue pairs there are, and how many descriptors in each of their rings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) queues: u32,
    pub(crate) tx: u32,
    pub(crate) rx: u32,
}

impl Sizes {
    /// The most memory that such rings take, in bytes.
    pub(crate) fn memory(self) -> u64 {
        let pair = slots::memory::<Frame>(self.tx)
            .saturating_add(bell::memory(self.tx))
            .saturating_add(slots::memory::<Credit>(self.rx));
        pair.saturating_mul(u64::from(self.queues))
    }
}

/// The rings of a port, with all ends in the hands of those who will use them.
pub(crate) struct Rings {
    /// The driver.
    pub(super) open: Open<Port>,
    /// The port's own NIC.
    pub(super) senders: TxQueues,
    /// The NIC that sends to the port.
    pub(super) receivers: RxQueues,
}

impl Rings {
    /// Makes rings: empty, and full of credits. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`; `EINVAL` if a size is not a power of two.
    pub(crate) fn new(sizes: Sizes) -> Result<Self> {
        let mut pairs = KVec::new();
        let mut cursors = KVec::new();
        let mut senders = TxQueues::new();
        let mut receivers = RxQueues::new();
        for _ in 0..sizes.queues {
            let (post, send, reap) = queue::new(sizes.tx)?;
            let (credits, receive, frames) = queue::new(sizes.rx)?;
            cursors.push(
                (post.cursors().clone(), credits.cursors().clone()),
                GFP_KERNEL,
            )?;
            let bell = Bell::new(sizes.tx)?;
            senders.push(send, Some(bell.clone()))?;
            receivers.push(receive, None)?;
            let poll = Poll {
                tx: reap,
                rx: Rx::new(credits, frames),
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

    /// Gives the NICs their ends, as the port comes up.
    ///
    /// # Errors
    ///
    /// `ENODEV` if it does not.
    pub(crate) fn attach(self, dev: &Device<Port>, rtnl: &Rtnl) -> Result<Open<Port>> {
        let port = dev.driver();
        let (sender, receiver) = (port.plug.board(dev, rtnl)?, port.plug.board(dev, rtnl)?);
        let rings = RxRings::new(receiver, self.receivers, port.rss.get(rtnl));
        let mut card = port.plug.hold(rtnl);
        card.tx.attach(sender, self.senders);
        card.rx.attach(Some(rings));
        drop(card);
        port.plug.set_receives(true);
        Ok(self.open)
    }

    /// Puts these rings in the place of `old` ones, and what is in those into these. Nothing is in
    /// queues that are gone: see `resize`.
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
                tx::purge(port, quiet, number, pair, Fault::Nobodys);
                continue;
            };
            let mut at = sender.rung_at();
            while let Some(frame) = sender.ring.front() {
                // There is room: see `resize`.
                if let Err(mut frame) = new.tx.carry_over(frame.take(), at) {
                    frame.drop_with(DropReason::QueuePurge);
                }
                sender.ring.complete();
                at = sender.rung_at();
            }
            new.tx.ring.publish();
        }
        card.forget_lost_queues();
    }

    fn replace_rx(&mut self, dev: &Device<Port>, card: &mut Receiver, old: &mut Open<Port>) {
        for (number, pair) in (0..).zip(old.pairs.iter_mut()) {
            if let Some(new) = self.receivers.all.get_mut(number as usize) {
                // There is room: see `resize`.
                while let Some(credit) = new.ring.front() {
                    let Some(frame) = pair.poll.rx.next() else {
                        break;
                    };
                    *credit = Some(frame);
                    new.ring.complete();
                }
            }
            rx_purge(dev, number, pair);
        }
        if let Some(rings) = card.rings() {
            core::mem::swap(&mut rings.queues, &mut self.receivers);
        }
    }
}

/// How long queues that are to go may take to run empty, in milliseconds.
const PATIENCE_MS: u32 = 2000;

/// Whether nothing is in the queues from `count` on: neither in the stack nor in a ring.
fn are_empty(up: &Up, steered: Option<&Steered<'_, Port>>, count: u32, rtnl: &Rtnl) -> bool {
    let mut rings = up.cursors.iter().skip(count as usize);
    steered.is_none_or(|steered| steered.backlog(rtnl) == 0)
        && rings.all(|(tx, rx)| tx.to_complete() == 0 && tx.to_reap() == 0 && rx.to_reap() == 0)
}

/// Has the stack and the NIC use the first `count` queues alone, and waits until the others have
/// run empty at the wire's pace. May sleep.
///
/// # Errors
///
/// `EBUSY` if that takes too long; then all is as it was.
fn empty_queues<'a>(
    dev: &'a Device<Port>,
    count: u32,
    rtnl: &Rtnl,
) -> Result<Option<Steered<'a, Port>>> {
    let port = dev.driver();
    let others = count..port.settings.sizes().queues;
    if others.is_empty() {
        return Ok(None);
    }
    let rss = port.rss.get(rtnl);
    spread_rss(dev, count, rtnl);
    let steered = dev.steer(count, rtnl);
    for _ in 0..PATIENCE_MS {
        if dev
            .up(rtnl)
            .is_none_or(|up| are_empty(up, Some(&steered), count, rtnl))
        {
            return Ok(Some(steered));
        }
        // What has come may wait for an interrupt that is put off.
        others.clone().for_each(|queue| dev.test_interrupt(queue));
        fsleep(Delta::from_millis(1));
    }
    set_rss(dev, rss, rtnl);
    Err(EBUSY)
}

/// Changes how many rings a port has, and how large they are. What is in flight is carried over;
/// queues that go are empty before. May sleep.
///
/// # Errors
///
/// `EBUSY` if more is in flight than the new rings hold, or if a queue that is to go does not run
/// empty; `ENOMEM`. Then all is as it was.
pub(crate) fn resize(dev: &Device<Port>, sizes: Sizes, rtnl: &mut Rtnl) -> Result {
    let port = dev.driver();
    // Before the core takes CPUs from queues that go.
    let spread_by_us = has_spread_cpus(dev, rtnl);
    if dev.up(rtnl).is_some() {
        let new = Rings::new(sizes)?;
        let rss = port.rss.get(rtnl);
        let steered = empty_queues(dev, sizes.queues, rtnl)?;
        // Before the polls are stopped, or the rings would fill up meanwhile; and until they go on.
        // All memory has been allocated, but for more queues: in between NAPI is disabled and set
        // up anew, with one grace period, and frames change rings.
        let mut card = port.plug.hold(rtnl);
        let exchange = |quiet: &Quiet<'_, Port>, old: Open<Port>| {
            let fits = (0..sizes.queues)
                .zip(&old.up.cursors)
                .all(|(_, (tx, rx))| tx.to_complete() <= sizes.tx && rx.to_reap() <= sizes.rx);
            if !fits || !are_empty(&old.up, steered.as_ref(), sizes.queues, quiet.rtnl()) {
                return (old, Err(EBUSY));
            }
            match quiet.reserve_queues(sizes.queues) {
                Ok(()) => (new.replace(dev, quiet, &mut card, old), Ok(())),
                Err(error) => (old, Err(error)),
            }
        };
        let changed = dev.change(rtnl, exchange).unwrap_or(Ok(()));
        if changed.is_err() {
            drop(card);
            set_rss(dev, rss, rtnl);
        }
        changed?;
    } else {
        dev.set_queue_count(sizes.queues, rtnl)?;
    }
    if sizes.queues != port.settings.sizes().queues {
        spread_rss(dev, sizes.queues, rtnl);
        if spread_by_us {
            spread_cpus(dev, sizes.queues, rtnl);
        }
    }
    port.settings.set_sizes(sizes);
    watchdog::set_timeout(dev, rtnl);
    Ok(())
}

/// Spreads what is received over so many queues, unless the user has said how.
pub(crate) fn spread_rss(dev: &Device<Port>, queues: u32, rtnl: &Rtnl) {
    if dev.is_rss_configured() {
        return;
    }
    let mut rss = dev.driver().rss.get(rtnl);
    rss.table = Indirection::spread(queues);
    set_rss(dev, rss, rtnl);
}

/// Whether the CPUs are spread over the queues as the driver has done it, if it has, and not as the
/// user has said (XPS).
fn has_spread_cpus(dev: &Device<Port>, rtnl: &Rtnl) -> bool {
    dev.are_cpus_spread(dev.driver().spread.load(Relaxed), rtnl)
}

fn spread_cpus(dev: &Device<Port>, queues: u32, rtnl: &Rtnl) {
    dev.spread_cpus(queues, rtnl);
    dev.driver().spread.store(queues, Relaxed);
}

/// Spreads the CPUs over the queues of a port that has come up, the first time, unless the user has
/// said how.
pub(crate) fn spread_cpus_once(dev: &Device<Port>, rtnl: &Rtnl) {
    let port = dev.driver();
    if port.spread.load(Relaxed) == 0 && has_spread_cpus(dev, rtnl) {
        spread_cpus(dev, port.settings.sizes().queues, rtnl);
    }
}

/// Sets how what is received is spread.
pub(crate) fn set_rss(dev: &Device<Port>, rss: Rss, rtnl: &Rtnl) {
    let port = dev.driver();
    port.rss.replace(rss, rtnl);
    let mut rx = port.plug.card().rx.stop();
    if let Some(rings) = rx.rings() {
        rings.rss = rss;
    }
}

/// Takes the rings from the NICs, and drops what is in them, as the port goes down.
pub(crate) fn detach(dev: &Device<Port>, quiet: &Quiet<'_, Port>, mut open: Open<Port>) {
    let port = dev.driver();
    let mut card = port.plug.hold(quiet.rtnl());
    empty_tx(&port, quiet, &mut card.tx, &mut open, Fault::Nobodys);
    card.tx.detach();
    card.rx.attach(None);
    drop(card);
    port.plug.set_receives(false);
    port.plug.hand_over(quiet.rtnl());
    for (number, pair) in (0..).zip(open.pairs.iter_mut()) {
        rx_purge(dev, number, pair);
    }
}

/// Empties the transmit rings. What had not been sent is `whose` fault.
pub(crate) fn empty_tx(
    port: &Port,
    quiet: &Quiet<'_, Port>,
    card: &mut Transmitter,
    open: &mut Open<Port>,
    whose: Fault,
) {
    card.stop_sending();
    let Some(senders) = card.queues() else {
        return;
    };
    let pairs = open.pairs.iter_mut().zip(senders.all.iter_mut());
    for (number, (pair, sender)) in (0..).zip(pairs) {
        // What the NIC has sent but no poll has seen is reaped like the rest.
        tx::reap_quiet(port, quiet, number, pair);
        // What was posted without a doorbell is the NIC's now, as all before.
        pair.tx.ring.publish();
        tx::complete_all(&mut sender.ring);
        tx::purge(port, quiet, number, pair, whose);
    }
}

/// Drops what has arrived and nobody will receive.
pub(crate) fn rx_purge(dev: &Device<Port>, number: u32, pair: &mut Pair<Port>) {
    let (purged, frames) = pair.poll.rx.purge(dev, number);
    let port = dev.driver();
    let counters = port.counters().queue(number);
    counters.rx_purged.add(u64::from(purged));
    counters.rx_purged_frames.add(frames);
}
