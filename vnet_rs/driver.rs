// SPDX-License-Identifier: GPL-2.0

//! The driver: the part that is written for such a card, with the data sheet at hand.
//!
//! ndo.rs has the operations of the network device, tx.rs and rx.rs the way of a packet, and
//! rings.rs the parts that come and go with the port. The rest is control and reports.

pub(crate) mod cabling;
pub(crate) mod carrier;
pub(crate) mod config;
pub(crate) mod counters;
pub(crate) mod dump;
pub(crate) mod ethtool;
pub(crate) mod faults;
pub(crate) mod ndo;
pub(crate) mod parts;
pub(crate) mod plug;
pub(crate) mod port;
pub(crate) mod recovery;
pub(crate) mod resize;
pub(crate) mod rings;
pub(crate) mod rx;
pub(crate) mod selftest;
pub(crate) mod settings;
pub(crate) mod spread;
pub(crate) mod stats;
pub(crate) mod trace;
pub(crate) mod tx;
pub(crate) mod watchdog;
pub(crate) mod wiring;
