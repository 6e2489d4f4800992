// SPDX-License-Identifier: GPL-2.0

//! The counters of a port's driver.
//!
//! # The books
//!
//! - Each transmit ring: `posted = reaped + purged + in the ring`, and `reaped <= completed <=
//!   posted`. When the port is idle, `posted = completed = reaped`, if nothing was ever purged.
//! - The receive rings of an echo port that stays up, together: `echo_replies = delivered + missed
//!   + filtered + rx_no_memory`, over a perfect link.
//! - Each receive ring: `delivered = received + purged + in the ring`.
//! - The cable, for the port that sends: `entered = arrived + purged + in the delay line`. A frame
//!   on a perfect link is in no line; if it finds no card, it counts as entered and purged.
//!
//! A descriptor may hold a GSO skb of many frames: `posted` to `reaped`, `purged` and `lost` count
//! descriptors. All other counters, and `ip -s link`, count the frames on the wire.
//!
//! # Drops
//!
//! | dropped frame | drop reason | `ip -s link` | `ethtool -S` |
//! |---|---|---|---|
//! | sent to a port that is down | `DEV_READY` | TX dropped | `tx0_down` |
//! | longer than `MAX_FRAME` | `PKT_TOO_BIG` | TX errors | `tx0_too_long` |
//! | shorter than an Ethernet header | `PKT_TOO_SMALL` | TX errors | `tx0_too_short` |
//! | on the wire when the link is broken | `DEV_READY` | TX errors, carrier | `tx0_no_carrier` |
//! | leaves the wire, and the delay line is full | `FULL_RING` | – | `line_full` |
//! | on its way when the cable is cut, or goes | `QUEUE_PURGE`, `DEV_READY` | – | `line_purged` |
//! | arrives where no card receives any more | `DEV_READY` | – | `line_purged` |
//! | leaves the wire, and there is no memory to own, cut or copy it | `NOMEM` | – | `line_no_memory` |
//! | a reply that finds the echo host's queue full, or the cable out | `FULL_RING`, `DEV_READY` | – | `echo_unsent` |
//! | in the ring when the port goes down, or its queue | `QUEUE_PURGE` | TX dropped | `tx0_purged` |
//! | in the ring at a watchdog reset | `QUEUE_PURGE` | TX errors | `tx0_purged`, `tx_lost` |
//! | arrives where no receive descriptor is posted | `FULL_RING` | RX missed | – |
//! | arrived when the port goes down, or its queue | `QUEUE_PURGE` | RX dropped | `rx0_purged` |
//! | arrives and there is no memory to own it | `NOMEM` | RX dropped | `rx_no_memory` |
//! | received, and there is no memory to move its VLAN tag or to sum it up, or nothing behind the tag | `NOMEM` | RX dropped | (the core counts) |
//! | sent to a queue that is not there, or is not locked | `NOT_SPECIFIED` | TX dropped | (the core counts) |
//!
//! A frame that a link loses (`line_lost`) is not dropped: it was sent, and a wire has no drop
//! reasons. Nor is a frame that the echo host does not answer, for lack of memory
//! (`echo_no_memory`) or of a reason to: it was transmitted, and the `echo_*` counters count it.
//! Nor is one that the receive filter does not let pass (`rx_filtered`): it was for another card.
//!
//! stats.rs has the names under which user space sees all this.

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
        // The holder of the xmit lock adds to these.
        /// Frames and GSO skbs posted to the ring.
        tx_posted,
        /// Doorbells that published descriptors.
        tx_doorbells,
        /// The number of times that xmit found the ring full, and returned busy.
        tx_busy,
        /// The number of times that a full ring stopped the queue.
        tx_stops,
        /// Frames that came while the port was down.
        tx_down,
        /// Frames too long for the wire.
        tx_too_long,
        /// Frames shorter than an Ethernet header.
        tx_too_short,

        // The poll adds to these.
        /// Descriptors reaped after they were sent.
        tx_reaped,
        /// The number of times that the queue was woken.
        tx_wakes,
        /// Interrupts that led to a poll.
        interrupts,
        /// Polls.
        polls,
        /// Frames and GSO skbs handed to the stack.
        rx_received,
        /// The frames on the wire in them.
        rx_packets,
        /// The bytes of these frames.
        rx_bytes,
        /// Frames of these that were sent to a group, but not to all.
        rx_multicast,
        /// Frames of these that were broadcast.
        rx_broadcast,

        // The holder of RTNL adds to these, while the port is quiet.
        /// Descriptors in the ring that were never sent.
        tx_purged,
        /// The frames on the wire in these.
        tx_purged_frames,
        /// Descriptors in the ring that were never sent, because the card was reset.
        tx_lost,
        /// The frames on the wire in these.
        tx_lost_frames,
        /// Frames and GSO skbs in the receive ring that were never received.
        rx_purged,
        /// The frames on the wire in them.
        rx_purged_frames,
    }
}

counters! {
    /// The counters of a port as a whole.
    PortCounters {
        // The holder of RTNL adds to these, while the port is quiet.
        /// Resets by the watchdog.
        tx_timeouts,
    }
}

/// The counters of a port's driver.
pub(crate) struct Counters {
    /// The counters of the port as a whole.
    pub(crate) port: PortCounters,
    /// The counters of queues, on the heap: they are many, and a kernel stack is small.
    queues: KVec<QueueCounters>,
    /// Target for queue numbers out of range.
    beyond: QueueCounters,
}

impl Counters {
    /// Counters that are 0. May sleep.
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

    /// The sum of one counter over all queues.
    pub(crate) fn total(&self, one: fn(&QueueCounters) -> &Counter) -> u64 {
        self.queues.iter().map(|queue| one(queue).get()).sum()
    }
}
