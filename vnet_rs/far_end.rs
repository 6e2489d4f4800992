// SPDX-License-Identifier: GPL-2.0

//! Beyond the wire: what becomes of a frame that has left.
//!
//! The far end of every port is a host that answers ([`echo`]). A frame stays the
//! sender's, who may have sent the same skb in many frames, so the host works on a
//! copy. If that makes a reply, the copy is the reply, and takes a credit of the
//! receive ring: so there are never more replies under way than the ring has
//! descriptors, and without a credit the reply is lost, as on any NIC.
//!
//! Replies take no time on the way back. Read next: echo.rs, then rx.rs.

use super::{
    echo::{
        self,
        NoReply, //
    },
    port::Port,
    queue::Completer, //
};
use crate::net::{
    Device,
    DropReason,
    RxBuff,
    SkBuff, //
};

/// A receive descriptor: empty when the driver posts it, a frame inside when the
/// NIC has completed it.
pub(crate) type Credit = Option<RxBuff>;

/// Ethernet's shortest frame, without FCS.
const MIN_FRAME: u32 = 60;

/// The echo host, and our end of the receive ring it answers into.
pub(crate) struct FarEnd {
    rx: Completer<Credit>,
}

impl FarEnd {
    /// A host that answers into `rx`.
    pub(crate) fn new(rx: Completer<Credit>) -> Self {
        Self { rx }
    }

    /// A frame has arrived.
    pub(crate) fn receive(&mut self, dev: &Device<Port>, frame: &SkBuff) {
        let port = dev.driver();
        let counters = port.counters();
        let len = frame.len();
        // Room for the reply, which may be longer than the request.
        let room = MIN_FRAME.saturating_sub(len) + echo::REPLY_ROOM as u32;
        let Some(mut copy) = RxBuff::copy_of(dev, frame, room) else {
            counters.echo_no_memory.add(1);
            return;
        };
        match echo::answer(copy.data_mut(), len as usize, port.far_mac()) {
            Ok(reply_len) => {
                copy.trim(reply_len as u32);
                counters.echo_replies.add(1);
                return self.deliver(&port, copy);
            }
            Err(NoReply::Ignored) => counters.echo_ignored.add(1),
            Err(NoReply::Malformed) => counters.echo_malformed.add(1),
            Err(NoReply::BadChecksum) => counters.echo_bad_checksum.add(1),
            Err(NoReply::Fragment) => counters.echo_fragments.add(1),
        }
        copy.consume();
    }

    /// Puts a frame into the oldest credit.
    fn deliver(&mut self, port: &Port, frame: RxBuff) {
        let counters = port.counters();
        let Some(credit) = self.rx.front() else {
            counters.rx_missed.add(1);
            return frame.discard(DropReason::FullRing);
        };
        *credit = Some(frame);
        counters.rx_delivered.add(1);
        self.rx.complete();
    }
}
