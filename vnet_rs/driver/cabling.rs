// SPDX-License-Identifier: GPL-2.0

//! The operations on a cable that both of its ports must know of.

use super::super::cable::direction::Direction;
use super::{
    carrier,
    port::Port,
    watchdog,
    wiring::Wiring, //
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
pub(crate) fn set_plugged(wiring: &Wiring<Port>, plugged: bool, rtnl: &Rtnl) {
    if !wiring.cable.medium.set_unplugged(!plugged, net::now()) {
        return;
    }
    for card in &wiring.cards {
        card.look_for_link();
        card.rx.kick_later();
        card.far.kick_later();
    }
    // One call tells both ends.
    if let Some(port) = (0..wiring.ends()).find_map(|end| wiring.port(end, rtnl)) {
        carrier::update_carrier(&port, rtnl);
    }
}

/// Sets both directions of a cable, and tells its ports of their speed. May sleep.
///
/// # Errors
///
/// Those of [`Wiring::set_directions`]; then nothing has changed.
pub(crate) fn set_directions(
    wiring: &Wiring<Port>,
    directions: [Direction; 2],
    rtnl: &Rtnl,
) -> Result {
    wiring.set_directions(directions, rtnl)?;
    for end in 0..wiring.ends() {
        let up = || wiring.port(end, rtnl);
        if let Some(port) = wiring.registered(end, rtnl).or_else(up) {
            has_new_pace(&port, rtnl);
        }
    }
    Ok(())
}

/// Sets the rate of both directions of a port's cable. May sleep.
///
/// # Errors
///
/// Those of [`set_directions`].
pub(crate) fn set_rate(dev: &Device<Port>, kbps: u32, rtnl: &Rtnl) -> Result {
    let port = dev.driver();
    let wiring = port.plug.wiring();
    let mut directions = wiring.cable.directions(rtnl);
    for direction in &mut directions {
        direction.pace.rate_kbps = kbps;
    }
    set_directions(wiring, directions, rtnl)?;
    // The wiring does not know a port that is down, unless configfs has made it.
    has_new_pace(dev, rtnl);
    Ok(())
}

/// Tells the stack of a port's new speed, and how long its queues may stand.
fn has_new_pace(dev: &Device<Port>, rtnl: &Rtnl) {
    watchdog::set_timeout(dev, rtnl);
    carrier::speed_has_changed(dev);
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
