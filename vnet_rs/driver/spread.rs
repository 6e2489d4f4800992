// SPDX-License-Identifier: GPL-2.0

//! Queues and CPUs: the queue that a frame is received on (RSS), and that a CPU sends on (XPS).

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

/// Spreads received frames over the first `queues` queues, unless the user has set a table. May
/// sleep.
pub(crate) fn spread_rss(dev: &Device<Port>, queues: u32, rtnl: &Rtnl) {
    if dev.is_rss_configured() {
        return;
    }
    let mut rss = dev.driver().rss.get(rtnl);
    rss.table = Indirection::spread(queues);
    set_rss(dev, rss, rtnl);
}

/// Whether the CPUs are spread as the driver did it, or not at all yet, and not by the user (XPS).
pub(crate) fn has_spread_cpus(dev: &Device<Port>, rtnl: &Rtnl) -> bool {
    dev.are_cpus_spread(dev.driver().spread.load(Relaxed), rtnl)
}

pub(crate) fn spread_cpus(dev: &Device<Port>, queues: u32, rtnl: &Rtnl) {
    dev.spread_cpus(queues, rtnl);
    dev.driver().spread.store(queues, Relaxed);
}

/// Spreads the CPUs over the queues when a port comes up for the first time, unless the user has
/// done that.
pub(crate) fn spread_cpus_once(dev: &Device<Port>, rtnl: &Rtnl) {
    let port = dev.driver();
    if port.spread.load(Relaxed) == 0 && has_spread_cpus(dev, rtnl) {
        spread_cpus(dev, port.settings.sizes().queues, rtnl);
    }
}

/// Sets the key and the table of receive-side scaling, in the port and in its card. May sleep.
pub(crate) fn set_rss(dev: &Device<Port>, rss: Rss, rtnl: &Rtnl) {
    let port = dev.driver();
    port.rss.replace(rss, rtnl);
    let mut rx = port.plug.card().rx.stop();
    if let Some(rings) = rx.rings() {
        rings.set_rss(&rss);
    }
}
