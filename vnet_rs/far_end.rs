// SPDX-License-Identifier: GPL-2.0

//! Beyond the wire: what becomes of a frame that has left.
//!
//! - *Sink*: nothing. The skb stays in its descriptor, for the driver to free.
//! - *Echo*: a host that answers ([`echo`]). A frame stays the sender's, who may have sent the same
//!   skb in many frames, so the host works on a copy. If that makes a reply, the copy is the reply.
//! - *Peer*: another port. The skb is taken out of its descriptor and goes to the other end as it
//!   is, without its payload being copied.
//!
//! A port that is looped back is its own peer, and no link is between. What arrives takes a credit
//! of the receiving port ([`Inbox`]). A host's replies come back over the same link ([`Path`]).
//! Read next: echo.rs, inbox.rs.

use super::{
    echo::{
        self,
        Host,
        NoReply, //
    },
    frame,
    inbox::Inbox,
    moderation::earlier,
    path::Path,
    port::Port, //
};
use crate::net::{
    Device,
    DropReason,
    RxBuff,
    RxFrame,
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
    /// The way back, of what an echo host replies.
    pub(crate) back: Path,
}

impl FarEnd {
    /// A far end that has no inbox yet.
    pub(crate) fn new(kind: Kind, back: Path) -> Self {
        Self {
            kind,
            looped: false,
            own: None,
            peer: None,
            back,
        }
    }

    /// Whether what is sent gets anywhere.
    pub(crate) fn has_link(&self) -> bool {
        self.looped || self.peer.is_some() || !matches!(self.kind, Kind::Peer)
    }

    /// A frame has arrived at the time `at`. It stays in `frame` if it is the sender's to free.
    pub(crate) fn receive(&mut self, dev: &Device<Port>, frame: &mut Option<SkBuff>, at: u64) {
        let inbox = match (&self.kind, self.looped) {
            (_, true) => &mut self.own,
            (Kind::Peer, false) => &mut self.peer,
            (Kind::Sink, false) => return,
            (Kind::Echo(host), false) => {
                if let Some(frame) = frame {
                    Replies::new(dev, host, &mut self.own, &mut self.back).answer_all(frame, at);
                }
                return;
            }
        };
        // There is one while there is a link.
        if let Some((inbox, frame)) = inbox.as_mut().zip(frame.take()) {
            inbox.arrived(frame, at);
        }
    }

    /// A frame that was on its way has arrived at the time `at`.
    pub(crate) fn receive_late(&mut self, dev: &Device<Port>, frame: RxFrame, at: u64) {
        let counters = &dev.driver().get_ref().counters().port;
        match &self.kind {
            Kind::Sink => frame.consume(),
            Kind::Echo(host) => {
                Replies::new(dev, host, &mut self.own, &mut self.back).answer_all(frame.skb(), at);
                frame.consume();
            }
            Kind::Peer => match &mut self.peer {
                Some(inbox) => inbox.arrived_late(frame, at),
                None => {
                    counters.line_purged.add(1);
                    return frame.discard(DropReason::DevReady);
                }
            },
        }
        counters.line_arrived.add(1);
    }

    /// Takes the replies that have come back by `now`, as far as there is `room`. Returns whether
    /// these were all.
    pub(crate) fn take_replies(&mut self, dev: &Device<Port>, now: u64, room: &mut u32) -> bool {
        let counters = &dev.driver().get_ref().counters().port;
        while *room != 0 {
            let Some((at, reply)) = self.back.pop(now) else {
                return true;
            };
            *room -= 1;
            match &mut self.own {
                Some(inbox) => {
                    counters.line_arrived.add(1);
                    match self.kind {
                        Kind::Peer => inbox.arrived_late(reply, at),
                        _ => inbox.deliver(reply, at),
                    }
                }
                None => {
                    counters.line_purged.add(1);
                    reply.discard(DropReason::DevReady);
                }
            }
        }
        false
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
        let own = self.own.as_mut().and_then(|inbox| inbox.interrupt(now));
        let peer = self.peer.as_mut().and_then(|inbox| inbox.interrupt(now));
        earlier(own, peer)
    }
}

/// What is needed for a reply.
struct Replies<'a> {
    dev: &'a Device<Port>,
    host: &'a Host,
    inbox: &'a mut Option<Inbox>,
    back: &'a mut Path,
}

impl<'a> Replies<'a> {
    fn new(
        dev: &'a Device<Port>,
        host: &'a Host,
        inbox: &'a mut Option<Inbox>,
        back: &'a mut Path,
    ) -> Self {
        Self {
            dev,
            host,
            inbox,
            back,
        }
    }

    /// Answers a frame, or each of those that it is to be cut into.
    #[inline(never)]
    fn answer_all(&mut self, frame: &SkBuff, at: u64) {
        if frame.gso().is_none() {
            return self.answer(frame, at);
        }
        let Some(segments) = frame.segments() else {
            let frames = u64::from(frame::train_of(frame).frames);
            return self.dev.driver().counters().port.echo_no_memory.add(frames);
        };
        for segment in segments {
            self.answer(&segment, at);
            segment.consume();
        }
    }

    /// Answers one frame.
    fn answer(&mut self, frame: &SkBuff, at: u64) {
        let port = self.dev.driver();
        let counters = &port.counters().port;
        // A port that sends has an inbox.
        let Some(inbox) = self.inbox.as_mut() else {
            return counters.echo_ignored.add(1);
        };
        if inbox.has_no_memory() {
            return counters.echo_no_memory.add(1);
        }
        // Room for the reply, which may be longer than the request.
        let room = MIN_FRAME.saturating_sub(frame.len()) + echo::REPLY_ROOM as u32;
        let Some((mut copy, len)) = RxBuff::copy_of(self.dev, frame, room) else {
            return counters.echo_no_memory.add(1);
        };
        match echo::answer(copy.data_mut(), len as usize, self.host) {
            Ok(reply_len) => {
                counters.echo_replies.add(1);
                let Some(reply) = copy.finish(reply_len as u32) else {
                    return;
                };
                return match self.back.is_clear() {
                    true => inbox.deliver(reply, at),
                    false => self.back.enter_frame(counters, reply, at),
                };
            }
            Err(NoReply::Ignored) => counters.echo_ignored.add(1),
            Err(NoReply::Malformed) => counters.echo_malformed.add(1),
            Err(NoReply::BadChecksum) => counters.echo_bad_checksum.add(1),
            Err(NoReply::Fragment) => counters.echo_fragments.add(1),
        }
        copy.consume();
    }
}
