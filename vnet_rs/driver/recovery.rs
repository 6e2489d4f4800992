// SPDX-License-Identifier: GPL-2.0

//! The recovery from lost interrupts: the driver polls by itself, twice a second.
//!
//! Real drivers have such a timer running all the time, for cards that forget to interrupt. Ours
//! runs only while that fault is on (faults.rs): an idle port must cost nothing.

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

/// The time between two looks, in ns.
const PERIOD: u64 = 500_000_000;

/// The timer of one port.
pub(crate) struct Recovery {
    /// The interrupt lines of the port, and the number of its queues, while it is up.
    lines: Option<(Interrupts, u32)>,
}

impl Machine for Recovery {
    /// The registers of the port's card.
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

/// Has the timer look at the faults now, and start or stop accordingly. May sleep.
///
/// A kick would not do: the timer may be about to stop.
pub(crate) fn restart(timer: &Softirq<Recovery>, _rtnl: &Rtnl) {
    drop(timer.stop());
}

/// Gives the timer the interrupt lines of a port that has come up. May sleep.
pub(crate) fn arm<T: Parts>(timer: &Softirq<Recovery>, dev: &Device<T>, rtnl: &Rtnl) {
    timer.stop().lines = dev.interrupts(rtnl).zip(Some(dev.max_queues()));
}

/// Takes the interrupt lines away, as the port goes down. May sleep.
pub(crate) fn disarm(timer: &Softirq<Recovery>, _rtnl: &Rtnl) {
    timer.stop().lines = None;
}
