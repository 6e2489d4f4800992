// SPDX-License-Identifier: GPL-2.0

//! The parts of a port while it is up, one for each context: see [`Parts`].

use super::super::{
    card::frame::Frame,
    ring::queue::{
        Cursors,
        Reaper, //
    }, //
};
use super::{
    port::Port,
    rx::Rx,
    tx::Tx, //
};
use crate::net::Parts;
use kernel::prelude::*;

/// The part that the poll of a queue has.
pub(crate) struct Poll {
    pub(crate) tx: Reaper<Frame>,
    pub(crate) rx: Rx,
}

/// The part that the control path keeps.
pub(crate) struct Up {
    /// The cursors of the rings of each queue: transmit, receive.
    pub(crate) cursors: KVec<(Cursors, Cursors)>,
}

impl Parts for Port {
    type Tx = Tx;
    type Poll = Poll;
    type Up = Up;
}
