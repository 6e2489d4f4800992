// SPDX-License-Identifier: GPL-2.0

//! The sink: an end of a cable that drops all frames.
//!
//! On a perfect link frames do not even go there: an skb stays in its descriptor, for the driver to
//! free. On another link frames arrive here, and are counted.

use super::{
    arrivals::{
        Arrival,
        Arrivals, //
    },
    end::{
        Receives,
        BATCH, //
    },
    fifo::Flying, //
};
use crate::net::{
    Machine,
    Next, //
};

/// The engine of a sink.
pub(crate) struct Sink {
    arrivals: Arrivals,
}

impl Sink {
    /// A sink at which `arrivals` arrive.
    pub(crate) fn new(arrivals: Arrivals) -> Self {
        Self { arrivals }
    }
}

impl Receives for Sink {
    fn arrivals(&mut self) -> &mut Arrivals {
        &mut self.arrivals
    }
}

impl Machine for Sink {
    type Shared = ();

    fn run(&mut self, (): &(), now: u64, _fired: bool) -> Next {
        let mut room = BATCH;
        let all = self.arrivals.take(now, &mut room, &mut |what, _| {
            match what {
                Arrival::AtOnce(Flying::Posted(skb)) => skb.consume(),
                Arrival::AtOnce(Flying::Made(frame)) | Arrival::Late(frame) => frame.consume(),
            }
            0
        });
        if all {
            Next::Idle.or_at(self.arrivals.next_at())
        } else {
            Next::At(now)
        }
    }
}
