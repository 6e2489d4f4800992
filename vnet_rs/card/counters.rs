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
        // Added to by the card that sends.
        /// Descriptors the card is done with.
        tx_completed,
        /// Frames that have left the wire and arrived.
        tx_packets,
        /// Their bytes.
        tx_bytes,
        /// Frames that were lost because the link is broken.
        tx_no_carrier,
        /// Interrupts for frames sent that were not raised, because the card loses them.
        tx_interrupts_lost,

        // Added to where frames for the card arrive.
        /// GSO skbs and frames that took a receive descriptor.
        rx_delivered,
        /// Frames that found none.
        rx_missed,
        /// Interrupts for frames that have arrived that were not raised, because the card loses
        /// them.
        rx_interrupts_lost,
    }
}

counters! {
    /// The counters of a card as a whole.
    CardTotals {
        // Added to by the card that sends.
        /// When the last frame that it put on the wire leaves, in ns of the monotonic clock.
        last_progress,
        /// Times its timer has fired.
        timer_fires,

        // Added to where frames for the card arrive.
        /// Frames for somebody else.
        rx_filtered,
        /// Frames that there was no memory for.
        rx_no_memory,
    }
}

/// The counters of a card.
pub(crate) struct CardCounters {
    pub(crate) card: CardTotals,
    queues: KVec<CardQueueCounters>,
    /// Those of a queue number that is out of range.
    beyond: CardQueueCounters,
}

impl CardCounters {
    /// Nothing has happened yet. May sleep.
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

    /// A counter of all queues together.
    pub(crate) fn total(&self, one: fn(&CardQueueCounters) -> &Counter) -> u64 {
        self.queues.iter().map(|queue| one(queue).get()).sum()
    }
}
