// SPDX-License-Identifier: GPL-2.0

//! The counters of a port's driver.
//!
//! # The books
//!
//! Of each transmit ring: `posted = reaped + purged + in the ring`, and `reaped <= completed <=
//! posted`. When the port is idle, `posted = completed = reaped`, if nothing was ever purged. Of
//! the receive rings together, at an echo port that stays up: `echo_replies = delivered + missed +
//! filtered + rx_no_memory`, over a perfect link; and of each, `delivered = received + purged + in the ring`.
//!
//! Of the cable, by the port that sends: `entered = arrived + purged + in the delay line`. A frame
//! that crosses a perfect link is not in a line; if it finds no card, it counts as entered and purged.
//!
//! A descriptor may hold a GSO skb of many frames: `posted` to `reaped`, `purged` and `lost` count
//! descriptors, all others the frames on the wire, and so does `ip -s link`.
//!
//! # What is dropped
//!
//! | when | drop reason | `ip -s link` | `ethtool -S` |
//! |---|---|---|---|
//! | sent to a port that is down | `DEV_READY` | TX dropped | `tx0_down` |
//! | longer than `MAX_FRAME` | `PKT_TOO_BIG` | TX errors | `tx0_too_long` |
//! | shorter than an Ethernet header | `PKT_TOO_SMALL` | TX errors | `tx0_too_short` |
//! | on the wire when the link is broken | `DEV_READY` | TX errors, carrier | `tx0_no_carrier` |
//! | leaves the wire, and the delay line is full | `FULL_RING` | – | `line_full` |
//! | on its way when the cable is cut, or goes | `QUEUE_PURGE`, `DEV_READY` | – | `line_purged` |
//! | arrives where no card receives any more | `DEV_READY` | – | `line_purged` |
//! | leaves the wire, and there is no memory to own, cut or copy it | `NOMEM` | – | `line_no_memory` |
//! | in the ring when the port goes down, or its queue | `QUEUE_PURGE` | TX dropped | `tx0_purged` |
//! | in the ring at a watchdog reset | `QUEUE_PURGE` | TX errors | `tx0_purged`, `tx_lost` |
//! | arrives where no receive descriptor is posted | `FULL_RING` | RX missed | – |
//! | arrived when the port goes down, or its queue | `QUEUE_PURGE` | RX dropped | `rx0_purged` |
//! | arrives and there is no memory to own it | `NOMEM` | RX dropped | `rx_no_memory` |
//! | received, and there is no memory to move its VLAN tag or to sum it up, or nothing behind the tag | `NOMEM` | RX dropped | (the core counts) |
//! | sent to a queue that is not there, or is not locked | `NOT_SPECIFIED` | TX dropped | (the core counts) |
//!
//! What a link loses (`line_lost`) is not dropped: it was sent, and a wire has no drop reasons.
//!
//! A frame that the far end has and does not answer, for lack of memory (`echo_no_memory`) or of a
//! reason to, is not dropped: it has been transmitted, and the `echo_*` counters say what became of
//! it. Nor is one that the receive filter does not let through (`rx_filtered`): it was for somebody
//! else.
//!
//! Under which names others see all this stands in stats.rs.

use super::super::{
    cable::counter::{
        counters,
        Counter, //
    },
    card::counters::MAX_QUEUES, //
};
use kernel::prelude::*;

counters! {
    /// The counters of one queue pair.
    QueueCounters {
        // Added to by who holds the xmit lock.
        /// Frames and GSO skbs posted to the ring.
        tx_posted,
        /// Doorbells that had something to tell.
        tx_doorbells,
        /// Times the ring was full and the stack was told so.
        tx_busy,
        /// Times the queue was stopped because the ring was full.
        tx_stops,
        /// Frames that came while the port was down.
        tx_down,
        /// Frames too long for the wire.
        tx_too_long,
        /// Frames too short to be one.
        tx_too_short,

        // Added to by the poll.
        /// Descriptors taken back after they were completed.
        tx_reaped,
        /// Times the queue was woken.
        tx_wakes,
        /// Interrupts, each of which has led to a poll.
        interrupts,
        /// Polls.
        polls,
        /// What was handed to the stack.
        rx_received,
        /// The frames in it.
        rx_packets,
        /// Their bytes.
        rx_bytes,
        /// Those of them that were sent to a group, but not to all.
        rx_multicast,
        /// Those of them that were sent to all.
        rx_broadcast,

        // Added to under RTNL, while the port is quiet.
        /// Descriptors in the ring that were never sent.
        tx_purged,
        /// The frames in them.
        tx_purged_frames,
        /// Descriptors in the ring that were never sent, because the card was reset.
        tx_lost,
        /// The frames in them.
        tx_lost_frames,
        /// What was in the receive ring and never received.
        rx_purged,
        /// The frames in it.
        rx_purged_frames,
    }
}

counters! {
    /// The counters of a port as a whole.
    PortCounters {
        // Added to under RTNL, while the port is quiet.
        /// Resets by the watchdog.
        tx_timeouts,
    }
}

/// The counters of a port.
pub(crate) struct Counters {
    /// Those of the port as a whole.
    pub(crate) port: PortCounters,
    /// On the heap: they are many, and a kernel stack is small.
    queues: KVec<QueueCounters>,
    /// For what happens on no queue that there could be, which is nothing.
    beyond: QueueCounters,
}

impl Counters {
    /// Nothing has happened yet. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn new() -> Result<Self> {
        let mut queues = KVec::with_capacity(MAX_QUEUES as usize, GFP_KERNEL)?;
        for _ in 0..MAX_QUEUES {
            queues.push(QueueCounters::new(), GFP_KERNEL)?;
        }
        Ok(Self {
            port: PortCounters::new(),
            queues,
            beyond: QueueCounters::new(),
        })
    }

    /// The counters of a queue pair, whether it is in use or not.
    #[inline]
    pub(crate) fn queue(&self, number: u32) -> &QueueCounters {
        self.queues.get(number as usize).unwrap_or(&self.beyond)
    }

    /// A counter of all queues together.
    pub(crate) fn total(&self, one: fn(&QueueCounters) -> &Counter) -> u64 {
        self.queues.iter().map(|queue| one(queue).get()).sum()
    }
}
