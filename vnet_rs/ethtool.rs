// SPDX-License-Identifier: GPL-2.0

//! What `ethtool` shows of a port, and what it sets.

use super::{
    config::MAX_RING,
    counters,
    port::Port,
    wire, //
};
use crate::net::{
    ethtool::{
        Coalesce,
        Ethtool,
        RingSize,
        Stat, //
    },
    Device,
    Rtnl, //
};
use kernel::{
    prelude::*,
    sync::atomic::ordering::Relaxed, //
};

/// Private flag `never-stop`.
const NEVER_STOP: u32 = 1 << 0;
/// Private flag `hang-engine`.
const HANG_ENGINE: u32 = 1 << 1;

impl Ethtool for Port {
    const DRIVER: &'static str = "vnet_rs";
    const VERSION: &'static str = "1.0";
    const STATS: &'static [Stat<Self>] = counters::SHOWN;
    const PRIV_FLAGS: &'static [&'static str] = &["never-stop", "hang-engine"];

    fn speed(dev: &Device<Self>) -> Option<u32> {
        wire::link_speed_mbps(dev.driver().config().rate_kbps)
    }

    fn rings(dev: &Device<Self>) -> (RingSize, RingSize) {
        let port = dev.driver();
        let size = |now| RingSize { now, max: MAX_RING };
        (size(port.config().tx_ring), size(port.config().rx_ring))
    }

    /// The NIC does not moderate its interrupts: one for each completion, at
    /// once, unless it is masked.
    fn coalesce(_dev: &Device<Self>) -> (Coalesce, Coalesce) {
        let at_once = || Coalesce {
            usecs: 0,
            frames: 1,
        };
        (at_once(), at_once())
    }

    fn priv_flags(dev: &Device<Self>) -> u32 {
        let port = dev.driver();
        let bit = |on, bit| if on { bit } else { 0 };
        bit(port.never_stop.load(Relaxed), NEVER_STOP) | bit(port.engine_hangs(), HANG_ENGINE)
    }

    fn set_priv_flags(dev: &Device<Self>, flags: u32, rtnl: &Rtnl) -> Result {
        let port = dev.driver();
        port.never_stop.store(flags & NEVER_STOP != 0, Relaxed);
        port.hang_engine.store(flags & HANG_ENGINE != 0, Relaxed);
        // An engine that comes back to life has work, perhaps.
        if let Some(up) = dev.up(rtnl) {
            up.engine.kick_later();
        }
        Ok(())
    }
}
