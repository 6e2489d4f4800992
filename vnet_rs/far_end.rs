// SPDX-License-Identifier: GPL-2.0

//! Beyond the wire: what becomes of a frame that has left.
//!
//! - *Sink*: nothing. The skb stays in its descriptor, for the driver to free.
//! - *Echo*: a host that answers ([`echo`]). A frame stays the sender's, who may have sent the same
//!   skb in many frames, so the host works on a copy. If that makes a reply, the copy is the reply.
//! - *Peer*: another port. The skb is taken out of its descriptor and goes to the other end as it
//!   is, without its payload being copied.
//!
//! A port that is looped back is its own peer. What arrives takes a credit of the receiving port
//! ([`Inbox`]), and takes no time on its way back. Read next: echo.rs, inbox.rs.

use super::{
    echo::{
        self,
        Host,
        NoReply, //
    },
    inbox::Inbox,
    moderation::earlier,
    port::Port, //
};
use crate::net::{
    Device,
    RxBuff,
    SkBuff, //
};

/// Ethernet's shortest frame, without FCS.
const MIN_FRAME: u32 = 60;

/// What is at the other end of the cable.
pub(crate) enum Kind {
    /// Nothing that answers.
    Sink,
    /// A host that does.
    Echo(Host),
    /// Another port.
    Peer,
}

/// The far end, as the NIC sees it.
pub(crate) struct FarEnd {
    kind: Kind,
    /// What is sent comes back.
    pub(crate) looped: bool,
    /// The inbox of the NIC's own port, if that is where frames go.
    pub(crate) own: Option<Inbox>,
    /// The inbox of the port at the other end, while that is up.
    pub(crate) peer: Option<Inbox>,
}

impl FarEnd {
    /// A far end that has no inbox yet.
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            looped: false,
            own: None,
            peer: None,
        }
    }

    /// Whether what is sent gets anywhere.
    pub(crate) fn has_link(&self) -> bool {
        self.looped || self.peer.is_some() || !matches!(self.kind, Kind::Peer)
    }

    /// A frame has arrived at the time `at`. It stays in `frame` if it is the sender's to free.
    /// Says whether it has arrived anywhere.
    pub(crate) fn receive(
        &mut self,
        dev: &Device<Port>,
        frame: &mut Option<SkBuff>,
        at: u64,
    ) -> bool {
        let inbox = match (&self.kind, self.looped) {
            (_, true) => &mut self.own,
            (Kind::Peer, false) => &mut self.peer,
            (Kind::Sink, false) => return true,
            (Kind::Echo(host), false) => {
                if let Some(frame) = frame {
                    answer_all(dev, frame, host, &mut self.own, at);
                }
                return true;
            }
        };
        let Some(inbox) = inbox else {
            return false;
        };
        if let Some(frame) = frame.take() {
            inbox.arrived(frame, at);
        }
        true
    }

    /// How many frames a ring holds that frames go to, if they go to one.
    pub(crate) fn ring_size(&self) -> Option<u32> {
        let inbox = match (&self.kind, self.looped) {
            (Kind::Peer, false) => &self.peer,
            (Kind::Sink, false) => return None,
            _ => &self.own,
        };
        inbox.as_ref().map(Inbox::ring_size)
    }

    /// Raises the interrupts that are due at the receiving ports; returns when the next will be.
    pub(crate) fn interrupt(&mut self, now: u64) -> Option<u64> {
        let mut next = None;
        for inbox in [&mut self.own, &mut self.peer].into_iter().flatten() {
            next = earlier(next, inbox.interrupt(now));
        }
        next
    }
}

/// Answers a frame, or each of those that it is to be cut into.
fn answer_all(dev: &Device<Port>, frame: &SkBuff, host: &Host, inbox: &mut Option<Inbox>, at: u64) {
    if frame.gso().is_none() {
        return answer(dev, frame, host, inbox, at);
    }
    let Some(segments) = frame.segments() else {
        return dev.driver().counters().port.echo_no_memory.add(1);
    };
    for segment in segments {
        answer(dev, &segment, host, inbox, at);
        segment.consume();
    }
}

/// Answers one frame.
fn answer(dev: &Device<Port>, frame: &SkBuff, host: &Host, inbox: &mut Option<Inbox>, at: u64) {
    let port = dev.driver();
    let counters = &port.counters().port;
    // A port that sends has an inbox.
    let Some(inbox) = inbox else {
        return counters.echo_ignored.add(1);
    };
    // Room for the reply, which may be longer than the request.
    let room = MIN_FRAME.saturating_sub(frame.len()) + echo::REPLY_ROOM as u32;
    let Some((mut copy, len)) = RxBuff::copy_of(dev, frame, room) else {
        return counters.echo_no_memory.add(1);
    };
    match echo::answer(copy.data_mut(), len as usize, host) {
        Ok(reply_len) => {
            counters.echo_replies.add(1);
            if let Some(reply) = copy.finish(reply_len as u32) {
                inbox.deliver(reply, at);
            }
            return;
        }
        Err(NoReply::Ignored) => counters.echo_ignored.add(1),
        Err(NoReply::Malformed) => counters.echo_malformed.add(1),
        Err(NoReply::BadChecksum) => counters.echo_bad_checksum.add(1),
        Err(NoReply::Fragment) => counters.echo_fragments.add(1),
    }
    copy.consume();
}
