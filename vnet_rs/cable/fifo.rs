// SPDX-License-Identifier: GPL-2.0

//! The FIFO of a direction, between the engine that sends and the one that receives.
//!
//! The [`Outlet`] belongs to the sending engine, and the [`Inlet`] to the receiving one. A slot
//! belongs to one of them at a time (net/slots.rs), so neither waits for the other. The receiving
//! end knows how long a frame is on its way: see arrivals.rs.

use crate::net::{
    slots::{
        self,
        Post,
        Posted,
        Vacant,
        Work, //
    },
    DropReason,
    RxFrame,
    SkBuff, //
};
use core::ops::Deref;
use kernel::prelude::*;

/// The most skbs in a FIFO. The receiving engine is kicked for each batch, so a FIFO fills up only
/// while that engine is stopped, and then the sender waits.
const SIZE: u32 = 256;

/// An skb or a frame that crosses a cable.
pub(crate) enum Flying {
    /// An skb as the stack has handed it over: a frame, or a GSO skb.
    Posted(SkBuff),
    /// A frame that was made beyond the wire.
    Made(RxFrame),
}

impl Flying {
    /// The length of the skb, in bytes.
    pub(crate) fn len(&self) -> u32 {
        match self {
            Self::Posted(skb) => skb.len(),
            Self::Made(frame) => frame.skb().len(),
        }
    }

    /// Drops the frame.
    pub(crate) fn discard(self, reason: DropReason) {
        match self {
            Self::Posted(skb) => skb.discard(reason),
            Self::Made(frame) => frame.discard(reason),
        }
    }
}

/// A frame, or a GSO skb, that has left the wire.
pub(crate) struct Sent {
    /// The time at which its last bit left, in ns.
    pub(crate) at: u64,
    /// The number of times that the cable had been cut by then.
    pub(crate) cuts: u32,
    pub(crate) what: Flying,
}

/// The end of a FIFO where frames go in.
pub(crate) struct Outlet {
    slots: Post<Sent>,
    next: u32,
}

/// The end of a FIFO where frames come out.
pub(crate) struct Inlet {
    slots: Work<Sent>,
    next: u32,
}

/// The time after which an engine looks again for room in a FIFO that was full, in ns.
pub(crate) const RETRY_NS: u64 = 20_000;

/// Makes an empty FIFO. May sleep.
///
/// # Errors
///
/// `ENOMEM`.
pub(crate) fn new() -> Result<(Outlet, Inlet)> {
    let (post, work, _) = slots::new(SIZE)?;
    let outlet = Outlet {
        slots: post,
        next: 0,
    };
    let inlet = Inlet {
        slots: work,
        next: 0,
    };
    Ok((outlet, inlet))
}

impl Outlet {
    /// Whether there is room for one more.
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.slots.is_free(self.next)
    }

    /// Whether all frames have been taken out.
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_free(self.next.wrapping_sub(1))
    }

    /// Puts a frame in. Without room, which [`has_room`](Self::has_room) tells, the frame is
    /// dropped.
    pub(crate) fn put(&mut self, sent: Sent) {
        match self.room() {
            Some(room) => room.put(sent),
            None => {
                kernel::warn_on!(true);
                sent.what.discard(DropReason::FullRing);
            }
        }
    }

    /// The room for one more frame, if there is any.
    #[inline]
    pub(crate) fn room(&mut self) -> Option<Room<'_>> {
        Some(Room {
            slot: self.slots.vacant(self.next)?,
            next: &mut self.next,
        })
    }
}

/// The room for one frame.
pub(crate) struct Room<'a> {
    slot: Vacant<'a, Sent>,
    next: &'a mut u32,
}

impl Room<'_> {
    /// Puts a frame in.
    #[inline]
    pub(crate) fn put(self, sent: Sent) {
        self.slot.put(sent);
        *self.next = self.next.wrapping_add(1);
    }
}

impl Inlet {
    /// The next frame that comes out.
    #[inline]
    pub(crate) fn first(&mut self) -> Option<First<'_>> {
        Some(First {
            slot: self.slots.posted(self.next)?,
            next: &mut self.next,
        })
    }
}

/// The next frame that comes out.
pub(crate) struct First<'a> {
    slot: Posted<'a, Sent>,
    next: &'a mut u32,
}

impl Deref for First<'_> {
    type Target = Sent;

    #[inline]
    fn deref(&self) -> &Sent {
        &self.slot
    }
}

impl First<'_> {
    /// Takes the frame out.
    #[inline]
    pub(crate) fn take(self) -> Sent {
        *self.next = self.next.wrapping_add(1);
        self.slot.take()
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        while let Some(first) = self.first() {
            first.take().what.discard(DropReason::QueuePurge);
        }
    }
}
