// SPDX-License-Identifier: GPL-2.0

//! The counters of a cable, for each end: of the frames that were sent there, and of their replies.

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
        // The engine where frames arrive adds to these.
        /// Frames that the link lost.
        lost,
        /// Frames of which the link flipped one bit.
        corrupted,
        /// Frames that the link duplicated.
        duplicated,
        /// Frames that were held, to be overtaken by the next one.
        reordered,
        /// Frames that were put into a delay line.
        entered,
        /// Frames of these that arrived at the far end.
        arrived,
        /// Frames for which a delay line had no room.
        full,
        /// Frames of these that were on their way when the cable was cut, or found no card.
        purged,
        /// Frames, or copies of them, that there was no memory for.
        no_memory,
    }
}

counters! {
    /// The answers of an echo host, and the reasons for none.
    EchoCounters {
        // The host's engine adds to these.
        /// Replies that have left.
        replies,
        /// Well-formed frames that the host does not answer.
        ignored,
        /// Frames that are truncated, or contradict themselves.
        malformed,
        /// Frames with a wrong checksum.
        bad_checksum,
        /// Fragments of packets.
        fragments,
        /// Frames that there was no memory to look at.
        no_memory,
        /// Replies that found the host's queue full, or the cable cut.
        unsent,
    }
}

/// The counters of the frames that a card sends, and of their replies.
#[derive(Clone)]
pub(crate) struct EndCounters {
    /// The counters of the way from the card.
    pub(crate) out: Arc<LineCounters>,
    /// The counters of the way back from an echo host.
    pub(crate) back: Arc<LineCounters>,
    pub(crate) echo: Arc<EchoCounters>,
}

impl EndCounters {
    /// Counters that are 0. May sleep.
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

    /// The sum of one counter over the ways out and back.
    pub(crate) fn line(&self, one: fn(&LineCounters) -> &Counter) -> u64 {
        one(&self.out).get() + one(&self.back).get()
    }
}
