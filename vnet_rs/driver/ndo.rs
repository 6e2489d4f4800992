// SPDX-License-Identifier: GPL-2.0

//! The operations of a network device: one port, as the stack sees it.
//!
//! ```text
//!   Running --- the ring is full ---> Stopped --- enough is free ---> Woken
//!      ^        (start_xmit)                      (poll)                |
//!      +----------------------------------------------------------------+
//! ```
//!
//! [`Driver::start_xmit`] posts a frame to the ring; the frame stays there until the card has
//! completed it, and [`Rings::poll`] frees it. Each queue has a ring of its own, with its own stop
//! and wake. Read next: frame.rs, cursors.rs, queue.rs, tx.rs; then the other half, transmitter.rs.

use super::super::{
    card::{
        counters::MAX_QUEUES,
        frame::{
            BadLength,
            Frame,
            MAX_MTU, //
        },
        trace::{
            self as card_trace,
            DropCause, //
        }, //
    },
    ring::cursors::STOP_THRESHOLD, //
};
use super::{
    cabling,
    carrier,
    config::Config,
    port::Port,
    recovery,
    rings::{
        self,
        PortRings, //
    },
    rx,
    spread,
    stats,
    trace,
    tx::{
        self,
        Tx, //
    },
    watchdog, //
};
use crate::net::{
    self,
    Device,
    Driver,
    Features,
    LinkStats,
    Named,
    Open,
    PollContext,
    PollDone,
    QueueStats,
    Quiet,
    Rings,
    Rtnl,
    RxMode,
    SkBuff,
    TxBusy,
    TxContext, //
};
use kernel::{
    prelude::*,
    sync::atomic::ordering::Relaxed, //
};

/// Counts and drops an skb that is too long or too short for the card.
fn drop_bad_length(dev: &Device<Port>, tx: &TxContext<'_, Port>, skb: SkBuff, length: BadLength) {
    let port = dev.driver();
    let counters = port.counters().queue(tx.queue());
    let (counter, cause) = match length {
        BadLength::TooLong => (&counters.tx_too_long, DropCause::TxTooLong),
        BadLength::TooShort => (&counters.tx_too_short, DropCause::TxTooShort),
    };
    counter.add(1);
    let cursors = Some(tx.tx().ring.cursors());
    card_trace::drop(dev, Some(tx.queue()), cause, cursors, Some(&skb));
    skb.discard(cause.reason());
}

/// Writes the offloads that the stack wants into the card's registers.
fn offload(port: &Port, wanted: Features) {
    const GRO_HW: Features = Features::GRO_HW.and(Features::GRO).and(Features::RX_CSUM);

    let card = port.card();
    card.with_hash.store(wanted.has(Features::RX_HASH), Relaxed);
    card.coalesces.store(wanted.has(GRO_HW), Relaxed);
}

#[vtable]
impl Driver for Port {
    type Rings = Self;
    type Ethtool = Self;

    const KIND: &'static CStr = c"vnet";
    const NAME: &'static CStr = c"vnet%d";
    const MIN_MTU: u32 = 68;
    const MAX_MTU: u32 = MAX_MTU;
    const MAX_QUEUES: u32 = MAX_QUEUES;
    const FEATURES: Features = Features::SG
        .and(Features::TX_CSUM)
        .and(Features::RX_CSUM)
        .and(Features::TSO)
        .and(Features::USO)
        .and(Features::VLAN_TX)
        .and(Features::VLAN_RX)
        .and(Features::RX_HASH)
        .and(Features::GRO_HW);
    const MORE_FEATURES: Features = Features::LOOPBACK;
    const NAMED: Option<Named<Self>> = Some(crate::NAMED);

    fn new() -> Result<impl Init<Self, Error>> {
        Self::echo(&Config::from_parameters()?)
    }

    fn init(dev: &Device<Self>) -> u32 {
        let settings = &dev.driver().get_ref().settings;
        let mut sizes = settings.sizes();
        let most = dev.max_queues();
        if sizes.queues > most {
            // Thirty pairs need no more than one line of this.
            let asked = sizes.queues;
            kernel::pr_info_once!("queues={asked}: ports have {most}, one for each CPU\n");
            sizes.queues = most;
            settings.set_sizes(sizes);
        }
        sizes.queues
    }

    fn uninit(dev: &Device<Self>, rtnl: &Rtnl) {
        dev.driver().plug.unplug(rtnl);
    }

    #[inline]
    fn start_xmit(
        dev: &Device<Self>,
        tx: &mut TxContext<'_, Self>,
        skb: SkBuff,
    ) -> Result<(), TxBusy> {
        let port = dev.driver();
        let counters = port.counters().queue(tx.queue());
        let frame = match Frame::new(skb) {
            Ok(frame) => frame,
            Err((skb, why)) => {
                drop_bad_length(dev, tx, skb, why);
                return Ok(());
            }
        };
        let never_stop = port.never_stop.load(Relaxed);
        if tx.tx().ring.free() == 0 {
            counters.tx_busy.add(1);
            if !never_stop {
                tx::stop_queue(&port, tx);
            }
            return frame.busy();
        }

        let len = frame.len;
        frame.stamp(tx);
        trace::post(dev, tx.queue(), &tx.tx().ring, &frame);
        if let Err(frame) = tx.tx_mut().ring.post(frame) {
            counters.tx_busy.add(1);
            return frame.busy();
        }
        tx.tx_mut().rung = false;
        counters.tx_posted.add(1);
        // BQL must know of the frame before the card sees it, which is at the doorbell.
        tx.sent(len);

        if tx.tx().ring.free() < STOP_THRESHOLD && !never_stop {
            tx::stop_queue(&port, tx);
        }
        Ok(())
    }

    fn set_rx_mode(dev: &Device<Self>, mode: RxMode<'_, Self>) {
        dev.driver().card().filter.set(&mode);
    }

    fn set_features(dev: &Device<Self>, features: Features, rtnl: &Rtnl) {
        offload(&dev.driver(), features);
        carrier::set_looped(dev, features.has(Features::LOOPBACK), rtnl);
    }

    fn change_carrier(dev: &Device<Self>, on: bool, rtnl: &Rtnl) -> Result {
        cabling::set_plugged(dev.driver().plug.wiring(), on, rtnl);
        Ok(())
    }

    fn work(dev: &Device<Self>, rtnl: &mut Rtnl) {
        watchdog::recover(dev, rtnl);
        carrier::update_carrier(dev, rtnl);
        carrier::tell_speed(dev, rtnl);
    }

    fn stats(dev: &Device<Self>) -> LinkStats {
        stats::of_link(&dev.driver())
    }
}

#[vtable]
impl Rings<Self> for Port {
    fn open(dev: &Device<Self>, rtnl: &Rtnl) -> Result<Open<Self>> {
        let port = dev.driver();
        let sizes = port.settings.sizes();
        let rings = PortRings::new(sizes)?;
        spread::spread_rss(dev, sizes.queues, rtnl);
        watchdog::set_timeout(dev, rtnl);
        offload(&port, dev.features());
        rings.attach(dev, rtnl)
    }

    fn opened(dev: &Device<Self>, rtnl: &Rtnl) {
        let port = dev.driver();
        spread::spread_cpus_once(dev, rtnl);
        port.plug.set_port(dev.get(rtnl), rtnl);
        recovery::arm(&port.recovery, dev, rtnl);
        port.told_speed.store(carrier::speed(&port), Relaxed);
        carrier::update_carrier(dev, rtnl);
    }

    fn close(dev: &Device<Self>, quiet: &Quiet<'_, Self>, open: Open<Self>) {
        let rtnl = quiet.rtnl();
        recovery::disarm(&dev.driver().recovery, rtnl);
        rings::detach(dev, quiet, open);
        dev.driver().plug.set_port(None, rtnl);
        carrier::update_carrier(dev, rtnl);
    }

    fn has_room(tx: &Tx) -> bool {
        tx.ring.free() >= STOP_THRESHOLD
    }

    fn doorbell(dev: &Device<Self>, tx: &mut TxContext<'_, Self>) {
        let half = tx.tx_mut();
        if core::mem::replace(&mut half.rung, true) {
            return;
        }
        let port = dev.driver();
        let now = net::now();
        half.publish(port.plug.is_timed().then_some(now));
        trace::doorbell(dev, tx.queue(), &tx.tx().ring);
        port.counters().queue(tx.queue()).tx_doorbells.add(1);
        port.plug.ring(now);
    }

    fn xmit_while_down(dev: &Device<Self>, queue: u32, skb: &SkBuff) {
        dev.driver().counters().queue(queue).tx_down.add(1);
        card_trace::drop(dev, Some(queue), DropCause::TxDown, None, Some(skb));
    }

    #[inline]
    fn poll<'a>(mut poll: PollContext<'a, Self>) -> PollDone<'a> {
        let port = poll.device().driver();
        let counters = port.counters().queue(poll.queue());
        counters.polls.add(1);
        counters.interrupts.add(u64::from(poll.by_interrupt()));
        tx::reap_sent(&port, &mut poll);
        rx::receive(&mut poll);
        poll.done()
    }

    fn tx_timeout(dev: &Device<Self>) {
        watchdog::fired(dev);
    }

    fn queue_stats(dev: &Device<Self>, queue: u32) -> QueueStats {
        stats::of_queues(&dev.driver(), queue..queue + 1)
    }

    fn base_stats(dev: &Device<Self>) -> QueueStats {
        let port = dev.driver();
        stats::of_queues(&port, port.settings.sizes().queues..MAX_QUEUES)
    }
}
