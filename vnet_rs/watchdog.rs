// SPDX-License-Identifier: GPL-2.0

//! When the card is dead: the stack's watchdog, and starting anew.
//!
//! The stack looks at a queue that has been stopped for too long. A slow wire is
//! not a dead one: the time allowed is twice what a full ring takes; and a card that has completed something within it is left alone.

use super::{
    config::Config,
    port::{
        Port,
        MAX_FRAME, //
    },
    wire,
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

/// The time that is allowed, in ms.
fn allowed_ms(config: &Config) -> u64 {
    let ns = wire::drain_time_ns(config.tx_ring, MAX_FRAME, config.rate_kbps);
    (ns / 1_000_000).saturating_mul(2).max(LEAST_MS)
}

/// The time that is allowed, in jiffies.
pub(crate) fn timeout(config: &Config) -> c_int {
    let ms = u32::try_from(allowed_ms(config)).unwrap_or(u32::MAX);
    let jiffies: Jiffies = msecs_to_jiffies(ms);
    c_int::try_from(jiffies).unwrap_or(c_int::MAX)
}

/// The time is over. May not sleep, so this only asks for [`recover`], and only
/// where the engine has made no progress.
pub(crate) fn fired(dev: &Device<Port>) {
    let port = dev.driver();
    let since = net::now().saturating_sub(port.counters().last_progress.get());
    if since / 1_000_000 >= allowed_ms(port.config()) {
        dev.schedule_work();
    }
}

/// Resets the card: what it had not sent is lost, and the queue runs again.
pub(crate) fn recover(dev: &Device<Port>, rtnl: &mut Rtnl) {
    if !dev.running() {
        return;
    }
    dev.driver().counters().tx_timeouts.add(1);
    dev.restart(rtnl);
}
