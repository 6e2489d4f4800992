// SPDX-License-Identifier: GPL-2.0

//! A queue as the card sees it, transmit or receive: a ring to complete, and what is waiting for an
//! interrupt.

use super::{
    faults::Fault,
    moderation::{
        earlier,
        Moderation,
        Moderator, //
    },
    port::Port,
    queue::Completer,
    trace::{
        self,
        Side, //
    }, //
};
use crate::net::Device;

/// One queue of a card.
pub(crate) struct CardQueue<T> {
    pub(crate) ring: Completer<T>,
    pub(crate) moderator: Moderator,
}

impl<T: Send> CardQueue<T> {
    /// A queue that completes `ring`.
    pub(crate) fn new(ring: Completer<T>) -> Self {
        Self {
            ring,
            moderator: Moderator::new(),
        }
    }
}

/// Raises the interrupts of `dev` that are due for these queues; returns when the next one will be,
/// if none comes before.
pub(crate) fn interrupt<T: Send>(
    queues: &mut [CardQueue<T>],
    dev: &Device<Port>,
    side: Side,
    setting: Moderation,
    now: u64,
) -> Option<u64> {
    let port = dev.driver();
    let counters = port.counters();
    let lost = port.plug.faults().has(Fault::LoseInterrupts);
    let mut next = None;
    for (number, queue) in (0..).zip(queues) {
        if queue.moderator.is_due(now, setting) {
            if lost {
                let counters = counters.queue(number);
                match side {
                    Side::Tx => counters.tx_interrupts_lost.add(1),
                    Side::Rx => counters.rx_interrupts_lost.add(1),
                }
            } else {
                let raised = dev.interrupt(number);
                trace::interrupt(dev, number, side, raised, queue.ring.cursors());
            }
        }
        next = earlier(next, queue.moderator.deadline());
    }
    next
}
