// SPDX-License-Identifier: GPL-2.0

//! When interrupts are lost: the driver looks by itself, twice a second.
//!
//! Real drivers have such a timer running all the time, for cards that forget to interrupt. Ours
//! runs only while the card is made to do so (faults.rs): an idle port is to cost nothing.

use super::super::card::{
    faults::Fault,
    registers::Registers, //
};
use crate::net::{
    Device,
    Interrupts,
    Machine,
    Next,
    Parts,
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
    /// The interrupt lines of the port, and the number of its queues, while it is up.
    lines: Option<(Interrupts, u32)>,
}

impl Machine for Recovery {
    /// Those of the port's card.
    type Shared = Arc<Registers>;

    fn run(&mut self, registers: &Arc<Registers>, now: u64, _fired: bool) -> Next {
        let Some((lines, queues)) = &self.lines else {
            return Next::Idle;
        };
        if !registers.faults.has(Fault::LoseInterrupts) {
            return Next::Idle;
        }
        for queue in 0..*queues {
            lines.raise(queue);
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
    Softirq::new(Recovery { lines: None }, registers.clone())
}

/// Has the timer look now, and begin or end to look by itself. May sleep.
///
/// To kick it would not do: it may be about to end just now.
pub(crate) fn restart(timer: &Softirq<Recovery>, _rtnl: &Rtnl) {
    drop(timer.stop());
}

/// A port has come up.
pub(crate) fn arm<T: Parts>(timer: &Softirq<Recovery>, dev: &Device<T>, rtnl: &Rtnl) {
    timer.stop().lines = dev.interrupts(rtnl).zip(Some(dev.max_queues()));
}

/// The port goes down.
pub(crate) fn disarm(timer: &Softirq<Recovery>, _rtnl: &Rtnl) {
    timer.stop().lines = None;
}
