// SPDX-License-Identifier: GPL-2.0

//! The driver's part in injecting faults into its card.

use super::super::card::faults;
use super::{
    carrier,
    port::Port,
    recovery,
    wiring::Wiring, //
};
use crate::net::{
    Device,
    Rtnl, //
};

/// The faults of all cards of a wiring, a bit each.
pub(crate) fn of_wiring(wiring: &Wiring<Port>, rtnl: &Rtnl) -> u32 {
    let ports = (0..wiring.ends()).filter_map(|end| wiring.registered(end, rtnl));
    ports.fold(0, |all, port| all | port.driver().card().faults.bits())
}

/// Replaces the injected faults of a port's card, and repairs after cleared ones. May sleep.
pub(crate) fn set(dev: &Device<Port>, bits: u32, rtnl: &Rtnl) {
    let port = dev.driver();
    let bits = bits & faults::ALL;
    if bits == port.card().faults.bits() {
        return;
    }
    port.plug.set_faults(bits, rtnl);
    carrier::update_carrier(dev, rtnl);
    recovery::restart(&port.recovery, rtnl);
    // A poll posts receive descriptors that were kept back, and reaps without its interrupt.
    if dev.up(rtnl).is_some() {
        (0..dev.max_queues()).for_each(|queue| dev.test_interrupt(queue));
    }
}
