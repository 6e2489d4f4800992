// SPDX-License-Identifier: GPL-2.0

//! Queues and CPUs: which queue a frame is received on (RSS), and which one a CPU sends on (XPS).

use super::super::card::rss::{
    Indirection,
    Rss, //
};
use super::port::Port;
use crate::net::{
    Device,
    Rtnl, //
};
use kernel::sync::atomic::ordering::Relaxed;

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
pub(crate) fn has_spread_cpus(dev: &Device<Port>, rtnl: &Rtnl) -> bool {
    dev.are_cpus_spread(dev.driver().spread.load(Relaxed), rtnl)
}

pub(crate) fn spread_cpus(dev: &Device<Port>, queues: u32, rtnl: &Rtnl) {
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
