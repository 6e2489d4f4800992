// SPDX-License-Identifier: GPL-2.0

//! The carrier of a port is on while its link works.
//!
//! A link works while both ends are up and the cable is whole, or while the card is looped back.
//! The stack is told of a change of any of this, and of the link's speed, at both ends; and with
//! the stack user space, bridges and bonds. Read next: rings.rs.

use super::super::cable::wire;
use super::port::Port;
use crate::net::{
    Device,
    Rtnl, //
};
use kernel::sync::atomic::ordering::Relaxed;

/// The message level (`ethtool -s vnet0 msglvl link on`) that logs when the link comes and goes.
///
/// C: `NETIF_MSG_LINK`.
const MESSAGES_LINK: u32 = 1 << 2;

/// Sets the carrier at both ends after a change at one of them.
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

/// The speed of a port's link, in Mbit/s.
pub(crate) fn speed(port: &Port) -> u32 {
    wire::link_speed_mbps(port.plug.rate_kbps())
}

/// Schedules [`tell_speed`] if the speed has changed: its notifiers may take devices apart, which
/// they must not do within an operation of this one.
pub(crate) fn speed_has_changed(dev: &Device<Port>) {
    let port = dev.driver();
    if port.told_speed.load(Relaxed) != speed(&port) {
        dev.schedule_work();
    }
}

/// Notifies the stack if the speed differs from the one it was last told.
pub(crate) fn tell_speed(dev: &Device<Port>, rtnl: &mut Rtnl) {
    let port = dev.driver();
    let speed = speed(&port);
    if port.told_speed.xchg(speed, Relaxed) != speed {
        dev.announce(rtnl);
    }
}

/// Turns the loop in the card on or off. A port with a loop has no receiver on the cable: frames
/// that the other end sends from now on are lost there for lack of a carrier, and frames that left
/// before arrive. May sleep.
pub(crate) fn set_looped(dev: &Device<Port>, on: bool, rtnl: &Rtnl) {
    let port = dev.driver();
    if port.plug.is_looped() == on {
        return;
    }
    port.plug.set_looped(on, rtnl);
    update_carrier(dev, rtnl);
}
