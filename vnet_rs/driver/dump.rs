// SPDX-License-Identifier: GPL-2.0

//! The card's registers, as `ethtool -d` dumps them: 32-bit words in the machine's byte order.
//!
//! | word | |
//! |---|---|
//! | 0 | status: bit 0 the port is up, bit 1 its engine hangs, bit 2 it is looped back |
//! | 1 | the wire's rate in kbit/s |
//! | 2 | queue pairs |
//! | 3 | words for each queue pair: 8 |
//! | 4, 5 | transmit interrupt: microseconds, frames |
//! | 6, 7 | receive interrupt: microseconds, frames |
//! | 8 + 8 q | queue q, transmit ring: size, posted, completed, reaped |
//! | 12 + 8 q | queue q, receive ring: the same |
//!
//! Cursors run freely and wrap around at 2^32 (ring/cursors.rs). A port that is down has no rings.

use super::super::{
    card::faults::Fault,
    ring::queue::Cursors, //
};
use super::port::Port;
use crate::net::{
    Device,
    Rtnl, //
};

/// The version of this layout.
pub(crate) const VERSION: u32 = 1;

/// The number of words before those of the queues.
const HEAD: usize = 8;
/// The number of words of a queue pair.
const QUEUE: usize = 8;

/// The number of words.
pub(crate) fn count(dev: &Device<Port>, rtnl: &Rtnl) -> usize {
    let queues = dev.up(rtnl).map_or(0, |up| up.cursors.len());
    HEAD + QUEUE * queues
}

/// A ring in four words.
fn ring(cursors: &Cursors) -> [u32; 4] {
    let [posted, completed, reaped] = cursors.positions();
    [cursors.size(), posted, completed, reaped]
}

/// Writes the words to `to`, as many as there is room for.
pub(crate) fn dump(dev: &Device<Port>, rtnl: &Rtnl, to: &mut [u32]) {
    let port = dev.driver();
    let up = dev.up(rtnl);
    let rings = up.map_or(&[][..], |up| &up.cursors);
    let bit = |on, number| u32::from(on) << number;
    let tx = port.card().tx_moderation.get();
    let rx = port.card().rx_moderation.get();
    let head: [u32; HEAD] = [
        bit(up.is_some(), 0)
            | bit(port.card().faults.has(Fault::HangEngine), 1)
            | bit(port.plug.is_looped(), 2),
        port.plug.rate_kbps(),
        rings.len() as u32,
        QUEUE as u32,
        tx.usecs,
        tx.frames,
        rx.usecs,
        rx.frames,
    ];
    let queues = rings.iter().flat_map(|(tx, rx)| [ring(tx), ring(rx)]);
    let words = head.into_iter().chain(queues.flatten());
    for (to, word) in to.iter_mut().zip(words) {
        *to = word;
    }
}
