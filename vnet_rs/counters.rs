// SPDX-License-Identifier: GPL-2.0

//! What a port counts, and under which name.
//!
//! # The books
//!
//! Of the transmit ring: `posted = reaped + purged + in the ring`, and `reaped <=
//! completed <= posted`. When the port is idle, `posted = completed = reaped`, if
//! nothing was ever purged. Of the receive ring: `echo_replies = delivered +
//! missed`, and `delivered = received + purged + in the ring`.
//!
//! # What is dropped
//!
//! | when | drop reason | `ip -s link` | `ethtool -S` |
//! |---|---|---|---|
//! | sent to a port that is down | `DEV_READY` | TX dropped | `tx0_down` |
//! | longer than [`MAX_FRAME`](super::port::MAX_FRAME) | `PKT_TOO_BIG` | TX errors | `tx0_too_long` |
//! | shorter than an Ethernet header | `PKT_TOO_SMALL` | TX errors | `tx0_too_short` |
//! | in the ring when the port goes down | `QUEUE_PURGE` | TX dropped | `tx0_purged` |
//! | in the ring at a watchdog reset | `QUEUE_PURGE` | TX errors | `tx0_purged`, `tx0_lost` |
//! | a reply without a credit | `FULL_RING` | RX missed | `rx0_missed` |
//! | a reply in the ring when the port goes down | `QUEUE_PURGE` | RX dropped | `rx0_purged` |
//! | no memory for a reply | (no skb) | RX dropped | `echo_no_memory` |
//!
//! A frame that the far end has and does not answer is not dropped: it has been
//! transmitted, and the `echo_*` counters say what became of it.

use super::port::Port;
use crate::net::ethtool::Stat;
use kernel::sync::atomic::{
    ordering::{
        Acquire,
        Relaxed,
        Release, //
    },
    Atomic, //
};

/// A number that one party at a time adds to, and anybody may read.
///
/// Adding is a load and a store: there is no other writer, by who may add to
/// which counter below. Two would lose counts, and nothing else.
pub(crate) struct Counter(Atomic<u64>);

impl Counter {
    /// Adds to it.
    #[inline]
    pub(crate) fn add(&self, n: u64) {
        self.set(self.0.load(Relaxed).wrapping_add(n));
    }

    /// Sets it.
    #[inline]
    pub(crate) fn set(&self, n: u64) {
        self.0.store(n, Release);
    }

    /// Reads it.
    #[inline]
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Acquire)
    }
}

/// Defines [`Counters`], all of which start at 0.
macro_rules! counters {
    ($($(#[doc = $doc:literal])* $field:ident,)*) => {
        /// The counters of a port.
        pub(crate) struct Counters {
            $($(#[doc = $doc])* pub(crate) $field: Counter,)*
        }

        impl Counters {
            /// Nothing has happened yet.
            pub(crate) const fn new() -> Self {
                Self { $($field: Counter(Atomic::new(0)),)* }
            }
        }
    };
}

counters! {
    // Added to by who holds the xmit lock.
    /// Frames posted to the ring.
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
    /// Interrupts raised by the doorbell, at rate 0.
    doorbell_interrupts,

    // Added to by the engine.
    /// Frames that have left the wire.
    tx_completed,
    /// Their bytes.
    tx_bytes,
    /// Interrupts raised by the engine.
    interrupts,
    /// When the engine last completed something, in ns of the monotonic clock.
    last_progress,
    /// Replies that took a credit.
    rx_delivered,
    /// Replies that found none.
    rx_missed,
    /// Replies that the echo host made.
    echo_replies,
    /// Frames it does not answer.
    echo_ignored,
    /// Frames that contradict themselves.
    echo_malformed,
    /// Frames with a wrong checksum.
    echo_bad_checksum,
    /// Pieces of a packet.
    echo_fragments,
    /// Frames that it had no memory to look at.
    echo_no_memory,

    // Added to by the poll.
    /// Frames taken back after they were completed.
    tx_reaped,
    /// Times the queue was woken.
    tx_wakes,
    /// Polls.
    polls,
    /// Frames handed to the stack.
    rx_received,
    /// Their bytes.
    rx_bytes,

    // Added to under RTNL, while the port is quiet.
    /// Frames in the ring that were never sent.
    tx_purged,
    /// Those of them that a reset lost.
    tx_lost,
    /// Resets by the watchdog.
    tx_timeouts,
    /// Replies in the ring that were never received.
    rx_purged,
}

/// What `ethtool -S` shows, in its order: that of a frame's way.
pub(crate) const SHOWN: &[Stat<Port>] = &[
    ("tx0_posted", |port| port.counters().tx_posted.get()),
    ("tx0_completed", |port| port.counters().tx_completed.get()),
    ("tx0_reaped", |port| port.counters().tx_reaped.get()),
    ("tx0_purged", |port| port.counters().tx_purged.get()),
    ("tx0_doorbells", |port| port.counters().tx_doorbells.get()),
    ("tx0_busy", |port| port.counters().tx_busy.get()),
    ("tx0_stops", |port| port.counters().tx_stops.get()),
    ("tx0_wakes", |port| port.counters().tx_wakes.get()),
    ("tx0_timeouts", |port| port.counters().tx_timeouts.get()),
    ("tx0_lost", |port| port.counters().tx_lost.get()),
    ("tx0_down", |port| port.counters().tx_down.get()),
    ("tx0_too_long", |port| port.counters().tx_too_long.get()),
    ("tx0_too_short", |port| port.counters().tx_too_short.get()),
    ("echo_replies", |port| port.counters().echo_replies.get()),
    ("echo_ignored", |port| port.counters().echo_ignored.get()),
    ("echo_malformed", |port| {
        port.counters().echo_malformed.get()
    }),
    ("echo_bad_checksum", |port| {
        port.counters().echo_bad_checksum.get()
    }),
    ("echo_fragments", |port| {
        port.counters().echo_fragments.get()
    }),
    ("echo_no_memory", |port| {
        port.counters().echo_no_memory.get()
    }),
    ("rx0_delivered", |port| port.counters().rx_delivered.get()),
    ("rx0_missed", |port| port.counters().rx_missed.get()),
    ("rx0_received", |port| port.counters().rx_received.get()),
    ("rx0_purged", |port| port.counters().rx_purged.get()),
    ("q0_interrupts", |port| port.counters().all_interrupts()),
    ("q0_polls", |port| port.counters().polls.get()),
];

impl Counters {
    /// Interrupts, whoever raised them.
    fn all_interrupts(&self) -> u64 {
        self.interrupts.get() + self.doorbell_interrupts.get()
    }
}
