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

use kernel::sync::atomic::{
    ordering::Relaxed,
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
        self.set(self.get().wrapping_add(n));
    }

    /// Sets it.
    #[inline]
    pub(crate) fn set(&self, n: u64) {
        self.0.store(n, Relaxed);
    }

    /// Reads it.
    #[inline]
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
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

/// The names that `ethtool -S` shows, in its order.
pub(crate) const NAMES: [&str; 25] = [
    "tx0_posted",
    "tx0_completed",
    "tx0_reaped",
    "tx0_purged",
    "tx0_doorbells",
    "tx0_busy",
    "tx0_stops",
    "tx0_wakes",
    "tx0_timeouts",
    "tx0_lost",
    "tx0_down",
    "tx0_too_long",
    "tx0_too_short",
    "rx0_delivered",
    "rx0_received",
    "rx0_missed",
    "rx0_purged",
    "q0_interrupts",
    "q0_polls",
    "echo_replies",
    "echo_ignored",
    "echo_malformed",
    "echo_bad_checksum",
    "echo_fragments",
    "echo_no_memory",
];

impl Counters {
    /// The values to [`NAMES`].
    ///
    /// Each is true when it is read, and later ones are read later: a frame on
    /// its way may be counted in one place and not yet in the next, so they are
    /// read against the way that frames take.
    pub(crate) fn values(&self) -> [u64; NAMES.len()] {
        let reaped = self.tx_reaped.get();
        let completed = self.tx_completed.get();
        let posted = self.tx_posted.get();
        [
            posted,
            completed,
            reaped,
            self.tx_purged.get(),
            self.tx_doorbells.get(),
            self.tx_busy.get(),
            self.tx_stops.get(),
            self.tx_wakes.get(),
            self.tx_timeouts.get(),
            self.tx_lost.get(),
            self.tx_down.get(),
            self.tx_too_long.get(),
            self.tx_too_short.get(),
            self.rx_delivered.get(),
            self.rx_received.get(),
            self.rx_missed.get(),
            self.rx_purged.get(),
            self.interrupts.get() + self.doorbell_interrupts.get(),
            self.polls.get(),
            self.echo_replies.get(),
            self.echo_ignored.get(),
            self.echo_malformed.get(),
            self.echo_bad_checksum.get(),
            self.echo_fragments.get(),
            self.echo_no_memory.get(),
        ]
    }
}
