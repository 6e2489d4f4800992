// SPDX-License-Identifier: GPL-2.0

//! The carrier: when does the link of a port work?
//!
//! While both ends of its cable are up, and the cable is whole; and while what it sends comes back.
//! A change of any of this, or of the link's speed, is told to the stack, at both ends: and with
//! it user space, bridges and bonds. Read next: rings.rs.

use super::super::cable::wire;
use super::port::Port;
use crate::net::{
    Device,
    Rtnl, //
};
use kernel::sync::atomic::ordering::Relaxed;

/// Message level (`ethtool -s vnet0 msglvl link on`): say when the link comes and goes.
///
/// C: `NETIF_MSG_LINK`.
const MESSAGES_LINK: u32 = 1 << 2;

/// Tells the stack at both ends whether the link works, after a change at one of them.
pub(crate) fn update_carrier(dev: &Device<Port>, rtnl: &Rtnl) {
    let carrier = |dev: &Device<Port>| {
        let on = dev.up(rtnl).is_some() && dev.driver().plug.has_link();
        let told = dev.driver().settings.message_level() & MESSAGES_LINK != 0;
        if told && on != dev.has_carrier() {
            dev.info(if on { c"link is up" } else { c"link is down" });
        }
        dev.set_carrier(on, rtnl);
    };
    carrier(dev);
    if let Some(peer) = dev.driver().plug.peer(rtnl) {
        carrier(&peer);
    }
}

/// The speed that a port has a link of, in Mbit/s.
pub(crate) fn speed(port: &Port) -> u32 {
    wire::link_speed_mbps(port.plug.rate_kbps())
}

/// Has the stack told of another speed, soon: the notifiers that are called for that take devices
/// apart, if they like, and are not to do so within an operation of this one.
pub(crate) fn speed_has_changed(dev: &Device<Port>) {
    let port = dev.driver();
    if port.told_speed.load(Relaxed) != speed(&port) {
        dev.schedule_work();
    }
}

/// Tells the stack if the speed is another than it was told.
pub(crate) fn tell_speed(dev: &Device<Port>, rtnl: &mut Rtnl) {
    let port = dev.driver();
    let speed = speed(&port);
    if port.told_speed.xchg(speed, Relaxed) != speed {
        dev.announce(rtnl);
    }
}

/// Turns the loop in the card on or off. A port with a loop has no receiver on the cable: what the
/// other end sends from now on is lost there for lack of a carrier. What has left before arrives.
pub(crate) fn set_looped(dev: &Device<Port>, on: bool, rtnl: &Rtnl) {
    let port = dev.driver();
    if port.plug.is_looped() == on {
        return;
    }
    port.plug.set_looped(on, rtnl);
    update_carrier(dev, rtnl);
}
