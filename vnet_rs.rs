// SPDX-License-Identifier: GPL-2.0

//! The driver, and the map to it.
//!
//! # Vocabulary
//!
//! - *port*: the driver half, a network device as the stack sees it.
//! - *ring* of *descriptors*: what the two halves share.
//! - *post*: put a frame into a descriptor. *doorbell*: tell the NIC of it.
//! - *engine*: the hardware half. It sends over the *wire* to the *far end*.
//! - *complete*: the NIC is done with a descriptor. *interrupt*: it says so.
//! - *reap*: the driver takes back what completed.
//! - *stop* / *wake*: of the queue, when the ring is full and when it is not.
//! - *credit*: a receive descriptor that waits for a frame.
//! - *inbox*: the receive rings of a port, as the NIC sees them that sends to it.
//! - *deliver*: put a frame into a credit.
//! - *link*: what becomes of a frame between the wire and the far end: its *fate*.
//! - *delay line*: the frames on their way over it.
//! - *cable*: what two NICs are plugged into, or one alone.
//! - *train*: what the stack hands over at once, and the wire carries as many frames.
//! - *item*: a directory in configfs, which describes a port or a pair.
//!
//! # Locks
//!
//! An item's lock is taken first, then RTNL, then a queue's xmit lock. What RTNL's holder
//! does to a port therefore never asks its item. Nothing else is locked: the
//! three parties of a ring meet in its cursors and slots (ring.rs, queue.rs), and
//! an engine belongs to one softirq at a time (net/softirq.rs). To change what an
//! engine works with, RTNL's holder takes the engine from the softirqs for a moment.
//!
//! # Going down
//!
//! 1. NAPI is disabled: no poll is inside any more, to wake a queue.
//! 2. The queues are stopped under their locks: no xmit is.
//! 3. The inbox is taken from the NIC that sends to the port, and the rings from the
//!    port's own, each while its engine is stopped.
//! 4. The rings are emptied, each frame with a reason; BQL is reset.
//!
//! The modules below stand in reading order. The way of a packet, which is the
//! order too, is in README.md.

#![forbid(unsafe_code)]

pub(crate) mod port;

mod frame;

pub(crate) mod ring;

mod queue;

mod bell;

mod tx;

mod block;

mod transmitter;

mod send;

mod trouble;

mod card_rings;

mod wire;

mod random;

mod link;

mod limits;

mod fate;

mod delay_line;

mod path;

mod moderation;

mod card_queue;

mod fifo;

mod arrivals;

mod end;

mod sink;

mod host;

mod prefix;

mod echo;

mod receiver;

mod card;

mod filter;

mod addresses;

mod rss;

mod rx;

mod rings;

mod cable;

pub(crate) mod segment;

mod plug;

mod medium;

mod carrier;

mod counter;

mod counters;

mod card_counters;

mod cable_counters;

mod trace;

mod xmit_trace;

mod train;

mod stats;

mod watchdog;

mod recovery;

mod faults;

mod ethtool;

mod registers;

mod selftest;

mod settings;

pub(crate) mod config;

#[cfg(has_configfs)]
mod description;

#[cfg(has_configfs)]
mod attribute;

#[cfg(has_configfs)]
pub(crate) mod configfs;

#[cfg(has_configfs)]
mod item;
