// SPDX-License-Identifier: GPL-2.0

//! The echo host at an end of a cable.
//!
//! The host turns a copy of each frame into the reply ([`echo`]): on a perfect link the skb itself
//! is still in its descriptor, for the driver to free. Replies leave by the host's own wire
//! (replies.rs).

use super::{
    arrivals::{
        Arrival,
        Arrivals, //
    },
    counters::EchoCounters,
    echo::{
        self,
        NoReply, //
    },
    end::{
        End,
        Receives,
        BATCH, //
    },
    ethernet::ETH_ZLEN,
    fifo::{
        Flying,
        RETRY_NS, //
    },
    replies::Replies,
    skb_frames::wire_frames, //
};
use crate::net::{
    Machine,
    Next,
    RxBuff,
    SkBuff, //
};
use kernel::sync::Arc;

/// The engine of an echo host.
pub(crate) struct EchoHost {
    arrivals: Arrivals,
    answers: Answers,
    /// The number of skbs taken in in this kick, or since the timer fired.
    spent: u32,
}

/// The answering part of the engine.
struct Answers {
    host: echo::Host,
    replies: Replies,
    counters: Arc<EchoCounters>,
}

impl EchoHost {
    /// A host at which `arrivals` arrive.
    pub(crate) fn new(
        host: echo::Host,
        arrivals: Arrivals,
        replies: Replies,
        counters: Arc<EchoCounters>,
    ) -> Self {
        Self {
            arrivals,
            answers: Answers {
                host,
                replies,
                counters,
            },
            spent: 0,
        }
    }
}

impl Receives for EchoHost {
    fn arrivals(&mut self) -> &mut Arrivals {
        &mut self.arrivals
    }
}

impl Machine for EchoHost {
    /// The card that gets the replies.
    type Shared = Arc<dyn End>;

    #[inline]
    fn begin(&mut self) {
        self.spent = 0;
    }

    fn run(&mut self, _card: &Self::Shared, now: u64, _fired: bool) -> Next {
        let answers = &mut self.answers;
        let mut all = false;
        loop {
            // The host takes no more frames than the cable takes replies: so none is lost while the
            // card stands still.
            if !answers.replies.send(now) {
                return Next::At(now.saturating_add(RETRY_NS));
            }
            if all {
                let next = Next::Idle.or_at(self.arrivals.next_at());
                return next.or_at(answers.replies.next_at());
            }
            if self.spent >= BATCH {
                return Next::At(now);
            }
            self.spent += 1;
            let mut room = 1;
            all = self.arrivals.take(now, &mut room, &mut |what, at| {
                answers.answer_all(what, at);
                0
            });
        }
    }

    #[inline]
    fn passes_on(&mut self) -> u32 {
        u32::from(core::mem::take(&mut self.answers.replies.have_left))
    }

    #[inline]
    fn pass_on(card: &Self::Shared, _to: u32, now: u64) {
        card.kick(now);
    }
}

impl Answers {
    /// Answers a frame, or each segment of a GSO skb.
    fn answer_all(&mut self, what: Arrival, at: u64) {
        match what {
            Arrival::AtOnce(Flying::Posted(skb)) => {
                self.look_at(&skb, at);
                skb.consume();
            }
            Arrival::AtOnce(Flying::Made(frame)) | Arrival::Late(frame) => {
                self.look_at(frame.skb(), at);
                frame.consume();
            }
        }
    }

    fn look_at(&mut self, skb: &SkBuff, at: u64) {
        if skb.gso().is_none() {
            return self.answer(skb, at);
        }
        match skb.segments() {
            Some(segments) => {
                for segment in segments {
                    self.answer(&segment, at);
                    segment.consume();
                }
            }
            None => {
                let frames = u64::from(wire_frames(skb).frames);
                self.counters.no_memory.add(frames);
            }
        }
    }

    /// Answers one frame.
    fn answer(&mut self, frame: &SkBuff, at: u64) {
        let counters = &self.counters;
        // The reply may be longer than the request.
        let room = ETH_ZLEN.saturating_sub(frame.len()) + echo::REPLY_ROOM as u32;
        let Some((mut copy, len)) = RxBuff::copy_of(frame, room) else {
            return counters.no_memory.add(1);
        };
        match echo::answer(copy.data_mut(), len as usize, &self.host) {
            Ok(reply_len) => {
                if let Some(reply) = copy.finish(reply_len as u32) {
                    self.replies.take(reply, at);
                }
                return;
            }
            Err(NoReply::Ignored) => counters.ignored.add(1),
            Err(NoReply::Malformed) => counters.malformed.add(1),
            Err(NoReply::BadChecksum) => counters.bad_checksum.add(1),
            Err(NoReply::Fragment) => counters.fragments.add(1),
        }
        copy.consume();
    }
}
