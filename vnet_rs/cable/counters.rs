// SPDX-License-Identifier: GPL-2.0

//! The counters of a cable, for each of its ends: of the frames that were sent there, and of their
//! replies.

use super::counter::{
    counters,
    Counter, //
};
use kernel::{
    prelude::*,
    sync::Arc, //
};

counters! {
    /// The fates of frames between the wire and the far end.
    LineCounters {
        // Added to by the engine where they arrive.
        /// Frames that the link has lost.
        lost,
        /// Frames of which it has made one bit wrong.
        corrupted,
        /// Frames that it has made arrive twice.
        duplicated,
        /// Frames that are to be overtaken by the next one.
        reordered,
        /// Frames that were put into a delay line.
        entered,
        /// Those of them that came out at the far end.
        arrived,
        /// Frames for which a delay line had no room.
        full,
        /// Those of them that were on their way when the cable was cut, or found no card.
        purged,
        /// Frames, or copies of them, that there was no memory for.
        no_memory,
    }
}

counters! {
    /// The answers of an echo host, and the reasons for none.
    EchoCounters {
        // Added to by the host's engine.
        /// Replies.
        replies,
        /// Frames it does not answer.
        ignored,
        /// Frames that contradict themselves.
        malformed,
        /// Frames with a wrong checksum.
        bad_checksum,
        /// Pieces of a packet.
        fragments,
        /// Frames that it had no memory to look at.
        no_memory,
        /// Replies that found its queue full, or the cable out.
        unsent,
    }
}

/// The counters of the frames that a card sends, and of their replies.
#[derive(Clone)]
pub(crate) struct EndCounters {
    /// On their way from the card.
    pub(crate) out: Arc<LineCounters>,
    /// On their way back, where a host replies.
    pub(crate) back: Arc<LineCounters>,
    pub(crate) echo: Arc<EchoCounters>,
}

impl EndCounters {
    /// Nothing has happened yet. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            out: Arc::new(LineCounters::new(), GFP_KERNEL)?,
            back: Arc::new(LineCounters::new(), GFP_KERNEL)?,
            echo: Arc::new(EchoCounters::new(), GFP_KERNEL)?,
        })
    }

    /// A counter of the lines, out and back.
    pub(crate) fn line(&self, one: fn(&LineCounters) -> &Counter) -> u64 {
        one(&self.out).get() + one(&self.back).get()
    }
}
