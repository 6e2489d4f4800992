// SPDX-License-Identifier: GPL-2.0

//! The pace of a cable, which changes while frames are on it.
//!
//! Both wires have the same. Each engine is told since when it holds, and makes the change when it
//! has come to that time, however late it is (nic.rs).

use super::{
    super::{
        carrier,
        nic,
        port::Port,
        watchdog,
        wire::Pace, //
    },
    Cable, //
};
use crate::net::{
    self,
    Device,
    Rtnl, //
};
use kernel::{
    prelude::*,
    sync::atomic::ordering::Relaxed, //
};

impl Cable {
    /// What a frame takes on the wire besides itself, in bytes.
    pub(crate) fn overhead(&self) -> u32 {
        self.medium.overhead.load(Relaxed)
    }

    /// Sets it, for all frames but the one that is leaving. May sleep.
    pub(crate) fn set_overhead(&self, bytes: u32, rtnl: &Rtnl) {
        let mut pace = self.medium.pace();
        pace.overhead = bytes;
        self.set_pace(pace, rtnl);
    }

    /// Sets the pace of both wires, for all frames but the one that is leaving on each. May sleep.
    fn set_pace(&self, pace: Pace, _rtnl: &Rtnl) {
        if pace == self.medium.pace() {
            return;
        }
        self.medium.set_pace(pace);
        let at = net::now();
        for end in &self.ends {
            nic::change_pace(&end.nic, at, pace);
        }
    }
}

/// Sets the rate of a port's cable, for all frames but the one that is leaving. May sleep.
///
/// # Errors
///
/// Those of [`Cable::set_link`]; then the rate is as before.
pub(crate) fn set_rate(dev: &Device<Port>, kbps: u32, rtnl: &Rtnl) -> Result {
    let port = dev.driver();
    let (link, written) = port.plug.cable.link(rtnl);
    port.plug.cable.set_link(link, written, kbps, rtnl)?;
    let cable = port.plug.cable();
    let mut pace = cable.medium.pace();
    pace.rate_kbps = kbps;
    cable.set_pace(pace, rtnl);
    // It is one cable: the other end has the new speed, too.
    watchdog::set_timeout(dev, rtnl);
    carrier::speed_has_changed(dev);
    if let Some(peer) = port.plug.peer(rtnl) {
        watchdog::set_timeout(&peer, rtnl);
        carrier::speed_has_changed(&peer);
    }
    Ok(())
}
