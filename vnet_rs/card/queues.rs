// SPDX-License-Identifier: GPL-2.0

//! A queue as the card sees it, transmit or receive: a ring to complete, and frames that wait for
//! their interrupt.

use super::super::ring::{
    bell::Bell,
    queue::Completer, //
};
use super::{
    faults::Fault,
    moderation::{
        earlier,
        Moderator, //
    },
    registers::Registers,
    trace::{
        self,
        Side, //
    }, //
};
use crate::net::Interrupts;
use kernel::{
    prelude::*,
    sync::Arc, //
};

/// The interrupt lines and registers of an engine while its port is up.
pub(crate) struct Board {
    /// The interrupt lines to the driver.
    pub(crate) lines: Interrupts,
    pub(crate) registers: Arc<Registers>,
}

/// One queue of a card.
pub(crate) struct CardQueue<T> {
    pub(crate) ring: Completer<T>,
    moderator: Moderator,
    /// The times of the doorbell, which a receive ring does not have.
    bell: Option<Arc<Bell>>,
}

impl<T: Send> CardQueue<T> {
    /// The time of the oldest descriptor's doorbell, in ns: it was published no earlier. 0 without
    /// a bell.
    #[inline]
    pub(crate) fn rung_at(&self) -> u64 {
        let bell = self.bell.as_ref();
        bell.map_or(0, |bell| bell.at(self.ring.cursor()))
    }
}

/// All queues of a card in one direction, in the order of their numbers.
pub(crate) struct CardQueues<T> {
    pub(crate) all: KVec<CardQueue<T>>,
    /// The queues with frames that wait for their interrupt, a bit each.
    waiting: u32,
}

impl<T: Send> CardQueues<T> {
    /// No queues yet.
    pub(crate) const fn new() -> Self {
        Self {
            all: KVec::new(),
            waiting: 0,
        }
    }

    /// Adds a queue that completes `ring`, with the bell that a transmit ring has. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn push(&mut self, ring: Completer<T>, bell: Option<Arc<Bell>>) -> Result {
        let moderator = Moderator::new();
        let queue = CardQueue {
            ring,
            moderator,
            bell,
        };
        Ok(self.all.push(queue, GFP_KERNEL)?)
    }

    /// Completes the oldest descriptor of a queue, which the card was done with at the time `at`,
    /// in ns.
    #[inline]
    pub(crate) fn complete(&mut self, number: usize, at: u64) {
        if let Some(queue) = self.all.get_mut(number) {
            queue.ring.complete();
            queue.moderator.frame(at);
            self.waiting |= queue_bit(number);
        }
    }

    /// Raises the interrupts that are due at `now`, by the moderation of this direction. Returns
    /// the time of the next one, in ns.
    #[inline]
    pub(crate) fn interrupt(&mut self, board: &Board, side: Side, now: u64) -> Option<u64> {
        match self.waiting {
            0 => None,
            waiting => self.interrupt_for(waiting, board, side, now),
        }
    }

    #[inline(never)]
    fn interrupt_for(
        &mut self,
        mut waiting: u32,
        board: &Board,
        side: Side,
        now: u64,
    ) -> Option<u64> {
        let setting = match side {
            Side::Tx => board.registers.tx_moderation.get(),
            Side::Rx => board.registers.rx_moderation.get(),
        };
        let mut next = None;
        while waiting != 0 {
            let number = waiting.trailing_zeros();
            waiting &= waiting.wrapping_sub(1);
            let Some(queue) = self.all.get_mut(number as usize) else {
                continue;
            };
            let setting = setting.of_ring(queue.ring.cursors().size());
            match queue.moderator.deadline(now, setting) {
                None => {
                    self.waiting &= !queue_bit(number as usize);
                    raise_unless_lost(board, number, side, &queue.ring);
                }
                deadline => next = earlier(next, deadline),
            }
        }
        next
    }
}

/// The bit of a queue in a `u32`, which has more bits than there are queues.
#[inline]
pub(crate) fn queue_bit(number: usize) -> u32 {
    1_u32.wrapping_shl(number as u32)
}

/// Raises the interrupt of a queue, or counts one that a fault loses.
fn raise_unless_lost<T: Send>(board: &Board, number: u32, side: Side, ring: &Completer<T>) {
    if board.registers.faults.has(Fault::LoseInterrupts) {
        let counters = board.registers.counters.queue(number);
        return match side {
            Side::Tx => counters.tx_interrupts_lost.add(1),
            Side::Rx => counters.rx_interrupts_lost.add(1),
        };
    }
    let raised = board.lines.raise(number);
    trace::interrupt(&board.lines, number, side, raised, ring.cursors());
}
