// SPDX-License-Identifier: GPL-2.0

//! The receiving half of a card: the engine that takes frames in from the cable.
//!
//! Read next: rx_rings.rs.

use super::super::cable::{
    arrivals::{
        Arrival,
        Arrivals, //
    },
    end::{
        Receives,
        BATCH, //
    },
    fifo::Inlet, //
};
use super::rx_rings::RxRings;
use crate::net::{
    Machine,
    Next, //
};

/// The receiving half of a card: the state that only the engine reaches.
pub(crate) struct Receiver {
    /// The frames that come over the cable.
    arrivals: Arrivals,
    /// The frames that come from the card's own transmitter.
    back: Inlet,
    rings: Option<RxRings>,
    /// The number of frames taken in in this kick, or since the timer fired.
    spent: u32,
}

impl Receiver {
    /// A card without rings.
    pub(crate) fn new(arrivals: Arrivals, back: Inlet) -> Self {
        Self {
            arrivals,
            back,
            rings: None,
            spent: 0,
        }
    }

    /// Gives the card the rings of its port, or takes them away.
    pub(crate) fn attach(&mut self, rings: Option<RxRings>) {
        self.rings = rings;
    }

    /// The rings, to change them.
    pub(crate) fn rings(&mut self) -> Option<&mut RxRings> {
        self.rings.as_mut()
    }

    /// The number of frames that may be taken in at once: half a ring, or all of it where frames
    /// take no time. More wait only because an engine is late. A real card works beside the CPU, so
    /// its driver polls while frames arrive; here the driver polls in between, with room for the
    /// other half.
    fn room(&self) -> u32 {
        let left = BATCH.saturating_sub(self.spent);
        let size = self.rings.as_ref().map(RxRings::ring_size);
        size.map_or(left, |size| {
            if self.arrivals.take_time() {
                left.min((size / 2).max(1))
            } else {
                left.min(size)
            }
        })
    }
}

impl Receives for Receiver {
    fn arrivals(&mut self) -> &mut Arrivals {
        &mut self.arrivals
    }
}

impl Machine for Receiver {
    type Shared = ();

    #[inline]
    fn begin(&mut self) {
        self.spent = 0;
    }

    fn run(&mut self, (): &(), now: u64, _fired: bool) -> Next {
        let most = self.room();
        let mut room = most;
        let rings = &mut self.rings;
        let mut end = |what: Arrival, at| match rings {
            Some(rings) => {
                rings.arrived(what, at);
                0
            }
            None => what.discard(),
        };
        let all_back = loop {
            let Some(first) = self.back.first() else {
                break true;
            };
            if room == 0 {
                break false;
            }
            room -= 1;
            let sent = first.take();
            end(Arrival::AtOnce(sent.what), sent.at);
        };
        let all = self.arrivals.take(now, &mut room, &mut end) && all_back;
        self.spent += most - room;
        // Others run before the frames that are late already.
        let next = if all {
            Next::Idle.or_at(self.arrivals.next_at())
        } else {
            Next::At(now)
        };
        next.or_at(self.rings.as_mut().and_then(|rings| rings.interrupt(now)))
    }
}
