// SPDX-License-Identifier: GPL-2.0

//! The driver, and the map to it.
//!
//! ```text
//!   driver/    the operations of a network device, rings, NAPI, ethtool, watchdog
//!     |  \
//!     |   ring/    the descriptor ring that driver and card share
//!     |  /
//!   card/      a transmitter and a receiver, each an engine of its own; registers, filter, faults
//!     |
//!   cable/     for each direction a FIFO and a link; and an end that is no card: echo host, sink
//!
//!   control/   configfs: descriptions of all this
//! ```
//!
//! Each imports those below it, and none above (tests/check). The drawing of two cards and a cable,
//! and the reasons, are in docs/design.md.
//!
//! # Vocabulary
//!
//! - *port*: a network device as the stack sees it, and the driver's data of it.
//! - *card*: the hardware of a port. *engine*: a half of a card that works in softirq.
//! - *ring* of *descriptors*: the memory that driver and card share.
//! - *post*: put a frame, or an empty receive descriptor, into a ring. *doorbell*: tell the card.
//! - *complete*: the card is done with a descriptor. *interrupt*: the card says so.
//! - *reap*: the driver takes back a completed descriptor.
//! - *stop* / *wake* the queue: when the ring is full, and when it has room again.
//! - *wire*: the transmitter's, which has a rate. *link*: the way from there to the far end, on
//!   which a frame meets its *fate*. *delay line*: the frames on their way.
//! - *cable*: both directions. *wiring*: a cable with the cards and ports at its ends.
//! - *wire frames*: the frames that an skb is on the wire; of a GSO skb, as many as segments.
//! - *item*: a directory in configfs, which describes a port or a pair.
//!
//! # Locks
//!
//! An item's lock is taken first, then RTNL, then a queue's xmit lock. So the holder of RTNL never
//! asks a port's item. The three parties of a ring meet in its cursors and slots (ring/queue.rs),
//! the two of a direction in the slots of its FIFO (cable/fifo.rs), and an engine belongs to one
//! softirq at a time (net/softirq.rs). To change the things an engine works with, the holder of
//! RTNL takes the engine from the softirqs for a moment.
//!
//! # Going down
//!
//! 1. NAPI is disabled: no poll runs any more that could wake a queue.
//! 2. The queues are stopped under their locks: no xmit runs any more.
//! 3. The rings are taken from the card, while both of its engines are stopped.
//! 4. The rings are emptied, each frame with a reason; BQL is reset.
//! 5. Frames that have left are the cable's, and need neither the port nor its namespace.
//!
//! The modules stand in reading order, in each part as well: the way of a packet, as in README.md.

#![forbid(unsafe_code)]

pub(crate) mod driver;

pub(crate) mod ring;

pub(crate) mod card;

pub(crate) mod cable;

#[cfg(has_configfs)]
pub(crate) mod control;
