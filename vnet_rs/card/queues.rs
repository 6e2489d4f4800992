// SPDX-License-Identifier: GPL-2.0

//! A queue as the card sees it, transmit or receive: a ring to complete, and frames that wait for
//! their interrupt.

use super::super::ring::{
    bell::Bell,
    queue::{
        Completer,
        Front, //
    }, //
};
use super::{
    faults::Fault,
    moderation::{
        earlier,
        Moderation,
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
    /// The deadline of the next interrupt, in ns, by this setting; unless a frame `changed` it.
    until: u64,
    setting: Moderation,
    changed: bool,
}

/// The oldest descriptor of a queue.
pub(crate) struct Descriptor<'a, T> {
    pub(crate) front: Front<'a, T>,
    moderator: &'a mut Moderator,
    bit: u32,
    waiting: &'a mut u32,
    changed: &'a mut bool,
}

impl<T: Send> Descriptor<'_, T> {
    /// Completes the descriptor, which the card was done with at the time `at`, in ns.
    #[inline]
    pub(crate) fn complete(self, at: u64) {
        self.front.complete();
        *self.waiting |= self.bit;
        *self.changed |= self.moderator.frame(at);
    }
}

impl<T: Send> CardQueues<T> {
    /// No queues yet.
    pub(crate) const fn new() -> Self {
        Self {
            all: KVec::new(),
            waiting: 0,
            until: 0,
            setting: Moderation::AT_ONCE,
            changed: false,
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

    /// The oldest descriptor of a queue.
    #[inline]
    pub(crate) fn front(&mut self, number: usize) -> Option<Descriptor<'_, T>> {
        let queue = self.all.get_mut(number)?;
        Some(Descriptor {
            front: queue.ring.front()?,
            moderator: &mut queue.moderator,
            bit: queue_bit(number),
            waiting: &mut self.waiting,
            changed: &mut self.changed,
        })
    }

    /// Raises the interrupts that are due at `now`, by the moderation of this direction. Returns
    /// the time of the next one, in ns.
    #[inline]
    pub(crate) fn interrupt(&mut self, board: &Board, side: Side, now: u64) -> Option<u64> {
        if self.waiting == 0 {
            return None;
        }
        let setting = match side {
            Side::Tx => board.registers.tx_moderation.get(),
            Side::Rx => board.registers.rx_moderation.get(),
        };
        if !self.changed && now < self.until && setting == self.setting {
            return Some(self.until);
        }
        self.interrupt_for(setting, board, side, now)
    }

    #[inline(never)]
    fn interrupt_for(
        &mut self,
        setting: Moderation,
        board: &Board,
        side: Side,
        now: u64,
    ) -> Option<u64> {
        self.setting = setting;
        self.changed = false;
        let mut next = None;
        let mut rest = self.waiting;
        while rest != 0 {
            let number = rest.trailing_zeros();
            rest &= rest.wrapping_sub(1);
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
        self.until = next.unwrap_or(0);
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
