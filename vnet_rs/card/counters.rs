// SPDX-License-Identifier: GPL-2.0

//! The counters of a card.

use super::super::cable::counter::{
    counters,
    Counter, //
};
use kernel::prelude::*;

/// The most queue pairs of a card.
pub(crate) const MAX_QUEUES: u32 = 16;

counters! {
    /// The counters of one queue pair.
    CardQueueCounters {
        // The transmitter adds to these.
        /// Transmit descriptors that the card has completed.
        tx_completed,
        /// Frames that have left over a link that is not broken.
        tx_packets,
        /// The bytes of those frames.
        tx_bytes,
        /// Frames that were lost because the link was broken.
        tx_no_carrier,
        /// Transmit interrupts that a fault lost.
        tx_interrupts_lost,

        // The receiver adds to these.
        /// GSO skbs and frames that took a receive descriptor.
        rx_delivered,
        /// Frames that found no receive descriptor.
        rx_missed,
        /// Receive interrupts that a fault lost.
        rx_interrupts_lost,
    }
}

counters! {
    /// The counters of a card as a whole.
    CardTotals {
        // The transmitter adds to these.
        /// The time at which the last frame put on the wire leaves, in ns of the monotonic clock.
        last_progress,
        /// The number of times that the transmitter's timer has fired.
        timer_fires,

        // The receiver adds to these.
        /// Frames that the filter did not take.
        rx_filtered,
        /// Frames that were lost because there was no memory for them.
        rx_no_memory,
    }
}

/// The counters of a card.
pub(crate) struct CardCounters {
    pub(crate) card: CardTotals,
    queues: KVec<CardQueueCounters>,
    /// Target for queue numbers out of range.
    beyond: CardQueueCounters,
}

impl CardCounters {
    /// Counters that are 0. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn new() -> Result<Self> {
        let mut queues = KVec::with_capacity(MAX_QUEUES as usize, GFP_KERNEL)?;
        for _ in 0..MAX_QUEUES {
            queues.push(CardQueueCounters::new(), GFP_KERNEL)?;
        }
        Ok(Self {
            card: CardTotals::new(),
            queues,
            beyond: CardQueueCounters::new(),
        })
    }

    /// The counters of a queue pair, whether it is in use or not.
    #[inline]
    pub(crate) fn queue(&self, number: u32) -> &CardQueueCounters {
        self.queues.get(number as usize).unwrap_or(&self.beyond)
    }

    /// The sum of one counter over all queues.
    pub(crate) fn total(&self, one: fn(&CardQueueCounters) -> &Counter) -> u64 {
        self.queues.iter().map(|queue| one(queue).get()).sum()
    }
}
