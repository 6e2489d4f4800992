// SPDX-License-Identifier: GPL-2.0

//! When the card is dead: the stack's watchdog, and starting anew.
//!
//! The stack looks at a queue that has been stopped for too long. A slow wire is not a dead one: the
//! time allowed is twice what full rings take; and a card that has completed something within it is
//! left alone.

use super::super::cable::wire::{
    self,
    WireFrames, //
};
use super::{
    port::Port,
    rings,
    tx::PurgeReason, //
};
use crate::net::{
    self,
    Device,
    Rtnl, //
};
use kernel::{
    prelude::*,
    time::{
        msecs_to_jiffies,
        Jiffies, //
    }, //
};

/// The least time, in ms: the kernel's own default.
const LEAST_MS: u64 = 5_000;

/// The largest GSO skb that the stack hands over, cut at IPv4's least MSS.
///
/// It counts also where the stack segments for itself (`ethtool -K`): a ring may still hold what
/// was posted before.
const LARGEST_GSO: WireFrames = WireFrames::segmented(65_536, 54, 536);

/// The time that is allowed, in ms.
fn allowed_ms(dev: &Device<Port>) -> u64 {
    let port = dev.driver();
    let sizes = port.settings.sizes();
    let count = sizes.tx.saturating_mul(sizes.queues);
    let on_wire = LARGEST_GSO.on_wire_with(port.plug.overhead());
    let ns = wire::drain_time_ns(count, on_wire, port.plug.rate_kbps());
    (ns / 1_000_000).saturating_mul(2).max(LEAST_MS)
}

/// How long the frame on the wire still takes, in ms: it has the rate at which it began.
fn leaving_ms(dev: &Device<Port>) -> u64 {
    let leaves = dev.driver().card().counters.card.last_progress.get();
    leaves.saturating_sub(net::now()).div_ceil(1_000_000)
}

/// Tells the stack how long a queue may stand. To be called when the rings, the rate or the
/// overhead have changed.
pub(crate) fn set_timeout(dev: &Device<Port>, rtnl: &Rtnl) {
    let ms = allowed_ms(dev).saturating_add(leaving_ms(dev));
    let ms = u32::try_from(ms).unwrap_or(u32::MAX);
    let jiffies: Jiffies = msecs_to_jiffies(ms);
    dev.set_watchdog(c_int::try_from(jiffies).unwrap_or(c_int::MAX), rtnl);
}

/// Whether the engine has done nothing for longer than that.
fn is_stuck(dev: &Device<Port>) -> bool {
    let last = dev.driver().card().counters.card.last_progress.get();
    let since = net::now().saturating_sub(last);
    since / 1_000_000 >= allowed_ms(dev)
}

/// The time is over. May not sleep, so this only asks for [`recover`], and only where the engine
/// has made no progress.
pub(crate) fn fired(dev: &Device<Port>) {
    if is_stuck(dev) {
        dev.schedule_work();
    }
}

/// Whether the card has something to send.
fn has_work(dev: &Device<Port>, rtnl: &Rtnl) -> bool {
    let rings = dev.up(rtnl).map_or(&[][..], |up| &up.cursors);
    rings.iter().any(|(tx, _rx)| tx.to_complete() > 0)
}

/// Resets the card: what it had not sent is lost, and the queues run again. Not if the port has
/// gone down since somebody asked for it; nor if it is not the card that stands still, but the
/// driver's poll, which the stack may put off (`napi_defer_hard_irqs`).
pub(crate) fn recover(dev: &Device<Port>, rtnl: &mut Rtnl) {
    if !has_work(dev, rtnl) || !is_stuck(dev) {
        return;
    }
    let port = dev.driver();
    port.counters().port.tx_timeouts.add(1);
    dev.change(rtnl, |quiet, mut open| {
        let mut card = port.plug.card().tx.stop();
        rings::empty_tx(&port, quiet, &mut card, &mut open, PurgeReason::DeadCard);
        (open, ())
    });
}
