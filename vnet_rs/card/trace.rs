// SPDX-License-Identifier: GPL-2.0

//! The trace events show a frame's way to the outside.
//!
//! | event | when | cursors of |
//! |---|---|---|
//! | `vnet_rs_post` | a frame is put into a descriptor | transmit ring |
//! | `vnet_rs_doorbell` | the card is told of all that was posted | transmit ring |
//! | `vnet_rs_complete` | a frame has left the wire, its descriptor is done | transmit ring |
//! | `vnet_rs_deliver` | a frame is put into a receive descriptor | receive ring |
//! | `vnet_rs_interrupt` | the card asserts an interrupt; `raised=0`: it is masked | either |
//! | `vnet_rs_reap` | the driver takes back a descriptor | transmit ring |
//! | `vnet_rs_drop` | a frame is dropped, and one of the driver's counters says so | either, or 0 |
//!
//! The driver's half is in driver/trace.rs. Drops in net/ (see driver/counters.rs) show in
//! `skb:kfree_skb` alone. A port's self-test goes through the card's half only.
//!
//! The fields are declared in trace.h. A disabled event costs one NOP here, and its arguments are
//! not evaluated.

use super::super::ring::queue::{
    Cursors,
    Front, //
};
use super::frame::{
    Frame,
    RxDescriptor, //
};
use crate::{
    events,
    net::{
        trace::About,
        DropReason,
        Interrupts,
        SkBuff, //
    }, //
};

/// The direction of a ring. trace.h knows the numbers.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    /// The transmit ring.
    Tx = 0,
    /// The receive ring.
    Rx = 1,
}

/// The cause of a drop, named as the counter that counts it (driver/counters.rs). trace.h knows the
/// numbers.
#[derive(Clone, Copy)]
pub(crate) enum DropCause {
    TxDown = 0,
    TxTooLong = 1,
    TxTooShort = 2,
    TxNoCarrier = 3,
    TxPurged = 4,
    RxNoMemory = 5,
    RxMissed = 6,
    RxPurged = 7,
}

impl DropCause {
    /// The reason to free the skb with.
    pub(crate) fn reason(self) -> DropReason {
        match self {
            Self::TxDown | Self::TxNoCarrier => DropReason::DevReady,
            Self::TxTooLong => DropReason::PktTooBig,
            Self::TxTooShort => DropReason::PktTooSmall,
            Self::TxPurged | Self::RxPurged => DropReason::QueuePurge,
            Self::RxNoMemory => DropReason::NoMem,
            Self::RxMissed => DropReason::FullRing,
        }
    }
}

/// Traces a completion, before the far end gets the frame and the driver its descriptor.
#[inline(always)]
pub(crate) fn complete(lines: &Interrupts, queue: usize, descriptor: &Front<'_, Frame>, at: u64) {
    if events::complete::is_on() {
        let [posted, completed, reaped] = descriptor.cursors().positions();
        let (queue, skb, len) = (queue as u32, descriptor.skb.as_ref(), descriptor.len);
        events::complete::emit((lines.into(), queue, posted, completed, reaped, skb, len, at));
    }
}

/// Traces a frame that is in its receive descriptor, before that is completed.
#[inline(always)]
pub(crate) fn deliver(
    lines: &Interrupts,
    queue: u32,
    descriptor: &Front<'_, RxDescriptor>,
    at: u64,
) {
    if events::deliver::is_on() {
        let [posted, completed, reaped] = descriptor.cursors().positions();
        if let Some(frame) = &**descriptor {
            let (skb, len) = (Some(frame.skb()), frame.skb().len());
            events::deliver::emit((lines.into(), queue, posted, completed, reaped, skb, len, at));
        }
    }
}

/// Traces an interrupt that has been asserted; `raised`: it was not masked.
#[inline(always)]
pub(crate) fn interrupt(
    lines: &Interrupts,
    queue: u32,
    side: Side,
    raised: bool,
    cursors: &Cursors,
) {
    if events::interrupt::is_on() {
        let [posted, completed, reaped] = cursors.positions();
        let side = side as u32;
        events::interrupt::emit((lines.into(), queue, side, raised, posted, completed, reaped));
    }
}

/// Traces a drop before the skb is freed, with its queue and the cursors of its ring, if it had got
/// that far.
#[inline(always)]
pub(crate) fn drop<'a>(
    about: impl Into<About<'a>>,
    queue: Option<u32>,
    cause: DropCause,
    cursors: Option<&Cursors>,
    skb: Option<&SkBuff>,
) {
    if events::drop::is_on() {
        let [posted, completed, reaped] = cursors.map_or([0; 3], |ring| ring.positions());
        let queue = queue.map_or(-1, |queue| queue as i32);
        let (reason, cause) = (cause.reason(), cause as u32);
        events::drop::emit((
            about.into(),
            queue,
            cause,
            reason,
            posted,
            completed,
            reaped,
            skb,
        ));
    }
}
