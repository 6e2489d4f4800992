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
//! - *deliver*: put a frame into a credit.
//!
//! # Locks
//!
//! RTNL is taken first, then a queue's xmit lock. Nothing else is locked: the
//! three parties of a ring meet in its cursors and slots (ring.rs, queue.rs), and
//! the engine belongs to one softirq at a time (net/softirq.rs).
//!
//! # Going down
//!
//! 1. NAPI is disabled: no poll is inside any more, to wake a queue.
//! 2. The queue is stopped under its lock: no xmit is.
//! 3. The engine is stopped, its timer cancelled.
//! 4. The rings are emptied, each frame with a reason; BQL is reset.
//!
//! The modules below stand in reading order. The way of a packet, which is the
//! order too, is in README.md.

#![forbid(unsafe_code)]

pub(crate) mod port;

pub(crate) mod ring;

mod queue;

mod tx;

mod nic;

mod wire;

mod far_end;

mod echo;

mod rx;

mod counters;

mod watchdog;

mod ethtool;

pub(crate) mod config;
