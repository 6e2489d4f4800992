// SPDX-License-Identifier: GPL-2.0

//! The operations on a cable that both of its ports have to know of.

use super::{
    carrier,
    port::Port,
    segment::Segment,
    watchdog, //
};
use crate::net::{
    self,
    Device,
    Driver,
    LinkOps,
    Rtnl,
    RtnlLock, //
};
use kernel::prelude::*;

/// Pulls the cable of a port out, at both ends, or plugs it in again. The ports stay up; frames on
/// the cable are lost. May sleep.
pub(crate) fn set_plugged(segment: &Segment<Port>, plugged: bool, rtnl: &Rtnl) {
    if !segment.cable.medium.set_unplugged(!plugged, net::now()) {
        return;
    }
    for card in &segment.cards {
        card.look_for_link();
        card.rx.kick_later();
        card.far.kick_later();
    }
    // The function tells both ends.
    if let Some(port) = (0..segment.ends()).find_map(|end| segment.port(end, rtnl)) {
        carrier::update_carrier(&port, rtnl);
    }
}

/// Sets the rate of a port's cable, for all frames but the one that is leaving. May sleep.
///
/// # Errors
///
/// Those of [`Cable::set_link`](crate::vnet_rs::cable::Cable::set_link); then the rate is as before.
pub(crate) fn set_rate(dev: &Device<Port>, kbps: u32, rtnl: &Rtnl) -> Result {
    let port = dev.driver();
    let segment = port.plug.segment();
    let (link, written) = segment.cable.link(rtnl);
    segment.cable.set_link(link, written, kbps, rtnl)?;
    let mut pace = segment.cable.medium.pace();
    pace.rate_kbps = kbps;
    segment.set_pace(pace, rtnl);
    // It is one cable: the other end has the new speed, too.
    watchdog::set_timeout(dev, rtnl);
    carrier::speed_has_changed(dev);
    if let Some(peer) = port.plug.peer(rtnl) {
        watchdog::set_timeout(&peer, rtnl);
        carrier::speed_has_changed(&peer);
    }
    Ok(())
}

/// Makes a port of a pair, with the next free name, in the initial namespace. May sleep; RTNL must
/// not be held.
///
/// # Errors
///
/// As [`LinkOps::add`].
pub(crate) fn add_end(links: &LinkOps<Port>, port: impl Init<Port, Error>) -> Result {
    RtnlLock::with(|rtnl| {
        let dev = links.add_to(None, Port::NAME, port, rtnl)?;
        dev.driver().plug.set_registered(Some(dev.clone()), rtnl);
        Ok(())
    })?
}
