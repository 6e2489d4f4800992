// SPDX-License-Identifier: GPL-2.0

//! When interrupts are lost: the driver looks by itself, twice a second.
//!
//! Real drivers have such a timer running all the time, for cards that forget to interrupt. Ours
//! runs only while the card is made to do so (faults.rs): an idle port is to cost nothing.

use super::super::card::{
    faults::{
        self,
        Fault, //
    },
    registers::Registers, //
};
use super::{
    carrier,
    port::Port, //
};
use crate::net::{
    Device,
    DeviceRef,
    Machine,
    Next,
    Rtnl,
    Softirq, //
};
use kernel::{
    prelude::*,
    sync::Arc, //
};

/// How often it looks, in ns.
const PERIOD: u64 = 500_000_000;

/// The timer of one port.
pub(crate) struct Recovery {
    /// While the port is up.
    port: Option<DeviceRef<Port>>,
}

impl Machine for Recovery {
    /// Those of the port's card.
    type Shared = Arc<Registers>;

    fn run(&mut self, registers: &Arc<Registers>, now: u64, _fired: bool) -> Next {
        let Some(port) = &self.port else {
            return Next::Idle;
        };
        if !registers.faults.has(Fault::LoseInterrupts) {
            return Next::Idle;
        }
        for queue in 0..port.max_queues() {
            port.interrupt(queue);
        }
        Next::At(now.saturating_add(PERIOD))
    }
}

/// Makes the timer of a port. May sleep.
///
/// # Errors
///
/// `ENOMEM`.
pub(crate) fn new(registers: &Arc<Registers>) -> Result<Softirq<Recovery>> {
    Softirq::new(Recovery { port: None }, registers.clone())
}

/// Has it look now, and begin or end to look by itself. May sleep.
///
/// To kick it would not do: it may be about to end just now.
fn restart(dev: &Device<Port>, _rtnl: &Rtnl) {
    drop(dev.driver().recovery.stop());
}

/// The port has come up.
pub(crate) fn start(dev: &Device<Port>, rtnl: &Rtnl) {
    dev.driver().recovery.stop().port = dev.get(rtnl);
}

/// The port goes down.
pub(crate) fn stop(dev: &Device<Port>, _rtnl: &Rtnl) {
    dev.driver().recovery.stop().port = None;
}

/// Makes other things wrong with a port's card, and looks after what is not any more.
pub(crate) fn set_faults(dev: &Device<Port>, bits: u32, rtnl: &Rtnl) {
    let port = dev.driver();
    let bits = bits & faults::ALL;
    if bits == port.card().faults.bits() {
        return;
    }
    port.plug.set_faults(bits, rtnl);
    carrier::update_carrier(dev, rtnl);
    restart(dev, rtnl);
    // The poll posts the receive descriptors that were kept back, and reaps what it was not told of.
    if dev.up(rtnl).is_some() {
        (0..dev.max_queues()).for_each(|queue| dev.test_interrupt(queue));
    }
}
