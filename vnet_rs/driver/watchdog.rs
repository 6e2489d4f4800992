// SPDX-License-Identifier: GPL-2.0

//! The stack's watchdog, and the reset of a dead card.
//!
//! The stack notices a queue that has been stopped for too long. A slow wire is not a dead card:
//! the timeout is twice the time that full rings take, and a card that has sent a frame within it
//! is not reset.

use super::super::cable::{
    wire,
    wire_frames::WireFrames, //
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

/// The least timeout, in ms: the kernel's own default.
const LEAST_MS: u64 = 5_000;

/// The largest GSO skb that the stack hands over, cut at IPv4's least MSS.
///
/// The timeout allows for GSO skbs even when TSO is off (`ethtool -K`): a ring may still hold some.
const LARGEST_GSO: WireFrames = WireFrames::segmented(65_536, 54, 536);

/// The time without progress after which a card is dead, in ms.
fn allowed_ms(dev: &Device<Port>) -> u64 {
    let port = dev.driver();
    let sizes = port.settings.sizes();
    let count = sizes.tx.saturating_mul(sizes.queues);
    let on_wire = LARGEST_GSO.on_wire_with(port.plug.overhead());
    let ns = wire::drain_time_ns(count, on_wire, port.plug.rate_kbps());
    (ns / 1_000_000).saturating_mul(2).max(LEAST_MS)
}

/// The time that the frame on the wire still takes, in ms, at the rate at which it began.
fn leaving_ms(dev: &Device<Port>) -> u64 {
    let leaves = dev.driver().card().counters.card.last_progress.get();
    leaves.saturating_sub(net::now()).div_ceil(1_000_000)
}

/// Sets the stack's watchdog timeout, after a change of the rings, the rate or the overhead.
pub(crate) fn set_timeout(dev: &Device<Port>, rtnl: &Rtnl) {
    let ms = allowed_ms(dev).saturating_add(leaving_ms(dev));
    let ms = u32::try_from(ms).unwrap_or(u32::MAX);
    let jiffies: Jiffies = msecs_to_jiffies(ms);
    dev.set_watchdog(c_int::try_from(jiffies).unwrap_or(c_int::MAX), rtnl);
}

/// Whether the engine has sent no frame for [`allowed_ms`].
fn is_stuck(dev: &Device<Port>) -> bool {
    let last = dev.driver().card().counters.card.last_progress.get();
    let since = net::now().saturating_sub(last);
    since / 1_000_000 >= allowed_ms(dev)
}

/// Schedules [`recover`], if the engine has made no progress. Must not sleep.
///
/// C: `ndo_tx_timeout()`.
pub(crate) fn fired(dev: &Device<Port>) {
    if is_stuck(dev) {
        dev.schedule_work();
    }
}

/// Whether the card has frames to send.
fn has_work(dev: &Device<Port>, rtnl: &Rtnl) -> bool {
    let rings = dev.up(rtnl).map_or(&[][..], |up| &up.cursors);
    rings.iter().any(|(tx, _rx)| tx.to_complete() > 0)
}

/// Resets the card: the frames in its transmit rings are lost, and the queues run again. Does
/// nothing if the port has gone down meanwhile, or if only the driver's poll stands still, which
/// the stack may put off (`napi_defer_hard_irqs`). May sleep.
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
