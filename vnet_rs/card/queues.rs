// SPDX-License-Identifier: GPL-2.0

//! A queue as the card sees it, transmit or receive: a ring to complete, and what is waiting for an
//! interrupt.

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

/// The things that an engine needs besides rings, for as long as the driver has the card up.
pub(crate) struct Board {
    /// The lines to the driver.
    pub(crate) lines: Interrupts,
    pub(crate) registers: Arc<Registers>,
}

/// One queue of a card.
pub(crate) struct CardQueue<T> {
    pub(crate) ring: Completer<T>,
    moderator: Moderator,
    /// When the driver rang for what is in the ring; nobody does for a receive ring.
    bell: Option<Arc<Bell>>,
}

impl<T: Send> CardQueue<T> {
    /// The time before which the oldest descriptor was not published, in ns, if somebody rang.
    #[inline]
    pub(crate) fn rung_at(&self) -> u64 {
        let bell = self.bell.as_ref();
        bell.map_or(0, |bell| bell.at(self.ring.cursor()))
    }
}

/// All queues of a card in one direction, in the order of their numbers.
pub(crate) struct CardQueues<T> {
    pub(crate) all: KVec<CardQueue<T>>,
    /// Those that have something to interrupt for, a bit each.
    waiting: u32,
}

impl<T: Send> CardQueues<T> {
    /// None yet.
    pub(crate) const fn new() -> Self {
        Self {
            all: KVec::new(),
            waiting: 0,
        }
    }

    /// Adds a queue that completes `ring`, and the bell that rings for it. May sleep.
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

    /// The card is done with the oldest descriptor of a queue.
    #[inline]
    pub(crate) fn complete(&mut self, number: usize, at: u64) {
        if let Some(queue) = self.all.get_mut(number) {
            queue.ring.complete();
            queue.moderator.frame(at);
            self.waiting |= queue_bit(number);
        }
    }

    /// Raises the interrupts that are due, by the setting of this direction; returns when the next
    /// one will be, if none comes before.
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

/// The bit of a queue. There are fewer than bits.
#[inline]
pub(crate) fn queue_bit(number: usize) -> u32 {
    1_u32.wrapping_shl(number as u32)
}

/// Raises the interrupt of a queue, if it is not to be lost.
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
