// SPDX-License-Identifier: GPL-2.0

//! The self-tests, as `ethtool -t` runs them.
//!
//! - *ring* (online): the cursors of each ring are in their order.
//! - *interrupt* (online): an interrupt leads to a poll.
//! - *loopback* (offline): a frame that is posted comes back whole. The traffic stands still
//!   meanwhile, and is not lost.
//!
//! The result of a test is 0, or 1 if it failed. All tests of a port that is down fail.

use super::super::{
    cable::wire_frames::WireFrames,
    card::{
        self,
        frame::Frame,
        receiver::Receiver,
        rx_rings::RxRings,
        transmitter::Transmitter, //
    },
    ring::cursors::MIN_RING, //
};
use super::{
    port::Port,
    rings::{
        self,
        PortRings, //
    },
    settings::RingSizes,
    tx, //
};
use crate::net::{
    self,
    Device,
    DropReason,
    Open,
    Pair,
    Quiet,
    Rtnl,
    RxBuff,
    SkBuff, //
};
use kernel::{
    prelude::*,
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// The names of the tests, in the order of their results.
pub(crate) const TEST_NAMES: &[&str] =
    &["ring (online)", "interrupt (online)", "loopback (offline)"];

/// The most time to wait for an interrupt or a frame, in ms.
const TIMEOUT_MS: u32 = 1000;

/// Runs the tests. May sleep.
///
/// C: `ethtool_ops.self_test`.
pub(crate) fn run(dev: &Device<Port>, offline: bool, results: &mut [u64], rtnl: &mut Rtnl) {
    if dev.up(rtnl).is_none() {
        dev.err(c"a port that is down cannot be tested");
    }
    let ring = rings_are_well(dev, rtnl);
    let interrupt = interrupts_come(dev, rtnl);
    let loopback = !offline || frame_comes_back(dev, rtnl);
    for (result, well) in results.iter_mut().zip([ring, interrupt, loopback]) {
        *result = u64::from(!well);
    }
}

/// Whether reaped <= completed <= posted <= reaped + size, in all rings.
fn rings_are_well(dev: &Device<Port>, rtnl: &Rtnl) -> bool {
    let Some(up) = dev.up(rtnl) else {
        return false;
    };
    let mut rings = up.cursors.iter().flat_map(|(tx, rx)| [tx, rx]);
    rings.all(|ring| {
        let [posted, completed, reaped] = ring.positions();
        let done = completed.wrapping_sub(reaped);
        // The card goes on meanwhile; but `completed` was read before `posted`.
        done <= posted.wrapping_sub(reaped) && done <= ring.size()
    })
}

/// Waits until `happened`, `timeout_ms` at most. May sleep.
fn wait(timeout_ms: u32, mut happened: impl FnMut() -> bool) -> bool {
    (0..timeout_ms).any(|_| {
        let done = happened();
        if !done {
            fsleep(Delta::from_millis(1));
        }
        done
    })
}

/// Whether an interrupt of each queue leads to a poll.
fn interrupts_come(dev: &Device<Port>, rtnl: &Rtnl) -> bool {
    let Some(up) = dev.up(rtnl) else {
        return false;
    };
    let port = dev.driver();
    (0..).zip(&up.cursors).all(|(queue, _)| {
        let polls = || port.counters().queue(queue).polls.get();
        let before = polls();
        dev.test_interrupt(queue);
        wait(TIMEOUT_MS, || polls() != before)
    })
}

/// Whether a frame that is sent comes back.
fn frame_comes_back(dev: &Device<Port>, rtnl: &mut Rtnl) -> bool {
    let test = |quiet: &Quiet<'_, Port>, open: Open<Port>| {
        let well = loop_once(dev, quiet.rtnl()).unwrap_or(false);
        (open, well)
    };
    dev.change(rtnl, test).unwrap_or(false)
}

/// The length of the test frame, in bytes.
const FRAME_LEN: usize = 256;

/// The bytes of the test frame: the broadcast address, and a pattern.
fn pattern() -> impl Iterator<Item = u8> {
    (0..FRAME_LEN).map(|place| if place < 6 { 0xff } else { place as u8 ^ 0x5a })
}

/// The most time to wait for the test frame, in ms, by the wire's rate.
fn loopback_timeout_ms(port: &Port) -> u32 {
    let bits = WireFrames::single(FRAME_LEN as u32)
        .on_wire
        .saturating_mul(8);
    TIMEOUT_MS + bits.checked_div(port.plug.rate_kbps()).unwrap_or(0)
}

/// Sends one frame through the engines, with rings of its own and the loop closed.
fn loop_once(dev: &Device<Port>, rtnl: &Rtnl) -> Result<bool> {
    let port = dev.driver();
    let mut frame = RxBuff::zeroed(FRAME_LEN as u32).ok_or(ENOMEM)?;
    for (place, byte) in frame.data_mut().iter_mut().zip(pattern()) {
        *place = byte;
    }
    let (tx, rx, mut open) = match looped_card(dev, rtnl) {
        Ok(card) => card,
        Err(error) => {
            frame.consume();
            return Err(error);
        }
    };
    let card = port.plug.card();
    let mut held = card.hold();
    let mut saved_tx = core::mem::replace(&mut *held.tx, tx);
    let saved_rx = core::mem::replace(&mut *held.rx, rx);
    drop(held);
    let well = match open.pairs.first_mut() {
        Some(pair) => {
            post_test_frame(&port, pair, frame.into_skb());
            let sent = wait(loopback_timeout_ms(&port), || pair.poll.tx.has_completed());
            // The receiver is an engine of its own, and needs time of its own.
            sent && wait(TIMEOUT_MS, || pair.poll.rx.has_arrived()) && came_back(&port, pair)
        }
        None => false,
    };
    let mut held = card.hold();
    saved_tx.goes_on(net::now());
    let mut tx = core::mem::replace(&mut *held.tx, saved_tx);
    drop(core::mem::replace(&mut *held.rx, saved_rx));
    drop(held);
    clear_card(dev, &mut tx, &mut open);
    Ok(well)
}

/// A card with one queue pair that is looped back, and the driver's ends of its rings.
fn looped_card(dev: &Device<Port>, rtnl: &Rtnl) -> Result<(Transmitter, Receiver, Open<Port>)> {
    let rings = PortRings::new(RingSizes {
        queues: 1,
        tx: MIN_RING,
        rx: MIN_RING,
    })?;
    let port = dev.driver();
    let plug = &port.get_ref().plug;
    let (mut tx, mut rx) = card::alone(plug.medium(), plug.end())?;
    let (sender, receiver) = (plug.board(dev, rtnl)?, plug.board(dev, rtnl)?);
    tx.attach(sender, rings.senders);
    let rss = port.rss.get(rtnl);
    rx.attach(Some(RxRings::new(receiver, rings.receivers, &rss)));
    Ok((tx, rx, rings.open))
}

/// Empties a card that [`looped_card`] made.
fn clear_card(dev: &Device<Port>, card: &mut Transmitter, open: &mut Open<Port>) {
    let port = dev.driver();
    let Some(senders) = card.queues() else {
        return;
    };
    let counters = port.counters().queue(0);
    for (pair, sender) in open.pairs.iter_mut().zip(senders.all.iter_mut()) {
        let sent = pair.poll.tx.has_completed();
        tx::complete_all(&mut sender.ring);
        while let Some(mut frame) = pair.poll.tx.reap() {
            frame.drop_with(DropReason::QueuePurge);
            if sent {
                counters.tx_reaped.add(1);
            } else {
                counters.tx_purged.add(1);
                counters.tx_purged_frames.add(1);
            }
        }
        rings::rx_purge(dev, 0, pair);
    }
}

/// Posts a frame and rings the doorbell. The frame is counted as any other.
fn post_test_frame(port: &Port, pair: &mut Pair<Port>, skb: SkBuff) {
    match Frame::new(skb) {
        Ok(frame) => {
            if let Err(mut frame) = pair.tx.ring.post(frame) {
                frame.drop_with(DropReason::QueuePurge);
            }
        }
        Err((skb, _)) => skb.consume(),
    }
    pair.tx.publish(Some(net::now()));
    port.counters().queue(0).tx_posted.add(1);
    port.plug.kick_later();
}

/// Whether the frame that came back is the one that was sent.
fn came_back(port: &Port, pair: &mut Pair<Port>) -> bool {
    let Some(frame) = pair.poll.rx.next() else {
        return false;
    };
    let counters = port.counters().queue(0);
    counters.rx_received.add(1);
    counters.rx_packets.add(1);
    counters.rx_bytes.add(FRAME_LEN as u64);
    let mut room = [0; FRAME_LEN + 1];
    let same = frame.skb().head(&mut room).iter().copied().eq(pattern());
    frame.consume();
    same
}
