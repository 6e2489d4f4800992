// SPDX-License-Identifier: GPL-2.0

//! The number and the size of rings change while the port is up, and no frame in them is lost. Read
//! next: spread.rs.

use super::{
    parts::Up,
    port::Port,
    rings::PortRings,
    settings::RingSizes,
    spread::{
        has_spread_cpus,
        set_rss,
        spread_cpus,
        spread_rss, //
    },
    watchdog, //
};
use crate::net::{
    Device,
    Open,
    Quiet,
    Rtnl,
    Steered, //
};
use kernel::{
    prelude::*,
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// The most time that queues may take to run empty before they go, in ms.
const DRAIN_TIMEOUT_MS: u32 = 2000;

/// Whether the queues from `count` on are empty, in the stack and in their rings.
fn are_empty(up: &Up, steered: Option<&Steered<'_, Port>>, count: u32, rtnl: &Rtnl) -> bool {
    let mut rings = up.cursors.iter().skip(count as usize);
    steered.is_none_or(|steered| steered.backlog(rtnl) == 0)
        && rings.all(|(tx, rx)| tx.to_complete() == 0 && tx.to_reap() == 0 && rx.to_reap() == 0)
}

/// Has the stack and the card use the first `count` queues alone, and waits until the others have
/// run empty at the wire's pace. May sleep.
///
/// # Errors
///
/// `EBUSY` if that takes longer than [`DRAIN_TIMEOUT_MS`]; then all is as it was.
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
    for _ in 0..DRAIN_TIMEOUT_MS {
        if dev
            .up(rtnl)
            .is_none_or(|up| are_empty(up, Some(&steered), count, rtnl))
        {
            return Ok(Some(steered));
        }
        // Frames that have arrived may wait for an interrupt that moderation puts off.
        others.clone().for_each(|queue| dev.test_interrupt(queue));
        fsleep(Delta::from_millis(1));
    }
    set_rss(dev, rss, rtnl);
    Err(EBUSY)
}

/// Changes the number and the size of a port's rings. Frames in flight are carried over; queues
/// that go are emptied before. May sleep.
///
/// # Errors
///
/// `EBUSY` if more is in flight than the new rings hold, or if a queue that is to go does not run
/// empty; `ENOMEM`. Then all is as it was.
pub(crate) fn resize(dev: &Device<Port>, sizes: RingSizes, rtnl: &mut Rtnl) -> Result {
    let port = dev.driver();
    // The spreading is read before the core takes CPUs from queues that go.
    let spread_by_us = has_spread_cpus(dev, rtnl);
    if dev.up(rtnl).is_some() {
        let new = PortRings::new(sizes)?;
        let rss = port.rss.get(rtnl);
        let steered = empty_queues(dev, sizes.queues, rtnl)?;
        // The card stands still from before the polls are stopped, or the rings would fill up
        // meanwhile, until they go on. All memory has been allocated, but for more queues: in
        // between NAPI is disabled and set up anew, with one grace period, and frames change rings.
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
