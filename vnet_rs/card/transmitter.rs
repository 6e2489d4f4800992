// SPDX-License-Identifier: GPL-2.0

//! The transmitting half of a card: the engine that sends the frames in the transmit rings.
//!
//! The doorbell starts an idle engine. The engine puts one frame after the other on the wire, from
//! each queue in turn, and its timer fires when the frame's last bit has left: then the frame is
//! the cable's, the descriptor is complete, and the next frame follows. With empty rings the engine
//! is idle and no timer runs. At rate 0 frames take no time: all that was posted is sent in the
//! doorbell, without a timer unless there are more frames than may be sent at once.
//!
//! The card lives as long as its port, which gives it rings when it comes up
//! ([`Transmitter::attach`]) and takes them away when it goes down. One CPU at a time runs the
//! engine ([`Softirq`](crate::net::Softirq)), and nothing else completes. After its turn the engine
//! kicks the one that gets the frames. Read next: send.rs, tx_rings.rs, wire.rs, moderation.rs,
//! fifo.rs.

use super::super::cable::{
    end::End,
    fifo::Outlet,
    medium::Medium,
    wire::{
        Pace,
        Wire, //
    }, //
};
use super::{
    faults::Fault,
    queues::Board,
    receiver::Receiver,
    tx_rings::{
        CardRings,
        Leaving,
        TxQueues, //
    }, //
};
use crate::net::{
    Machine,
    Next,
    Softirq, //
};
use kernel::sync::Arc;

/// The bit of the far end's engine in [`Transmitter::sent_to`], and that of the card's own
/// receiver.
pub(crate) const FAR: u32 = 1 << 0;
pub(crate) const OWN: u32 = 1 << 1;

/// The state that only the engine reaches.
pub(crate) struct Transmitter {
    pub(crate) rings: Option<CardRings>,
    pub(crate) wire: Wire,
    /// The ends where frames go in: of the cable, and of the way to the card's own receiver.
    pub(crate) over_cable: Outlet,
    pub(crate) back: Outlet,
    /// The time at which the frame on the wire will have left, in ns: the oldest of the queue
    /// `turn`.
    pub(crate) leaves: Option<u64>,
    /// The pace of the wire.
    pub(crate) pace: Pace,
    /// A new pace, and the time from which it holds, in ns, to which the engine has not come yet.
    pub(crate) change: Option<(u64, Pace)>,
    /// The link was broken at the last look.
    pub(crate) broken: bool,
    /// Frames have left the wire that have not gone into the FIFO yet.
    pub(crate) is_behind: bool,
    /// Frames that are sent go to the card's own receiver.
    pub(crate) looped: bool,
    /// The engines that frames have gone to since the kick: [`FAR`], [`OWN`].
    pub(crate) sent_to: u32,
    /// The number of frames sent in this kick, or since the timer fired.
    pub(crate) spent: u32,
}

/// The place of the engine: its end of a cable, and its neighbours.
pub(crate) struct TxPlace {
    /// The medium that both directions of the cable share.
    pub(crate) medium: Arc<Medium>,
    /// The number of its end of the cable.
    pub(crate) end: usize,
    /// The engine at which frames arrive over the cable.
    pub(crate) far: Arc<dyn End>,
    /// The fate of an skb when its frame crosses a perfect link.
    pub(crate) skb: Leaving,
    /// The card's own receiver, which gets frames by the loop, and must know when the cable is cut.
    pub(crate) own: Softirq<Receiver>,
}

impl TxPlace {
    /// The place of a card with this receiver at the end of a cable.
    pub(crate) fn new(
        medium: Arc<Medium>,
        end: usize,
        far: Arc<dyn End>,
        skb: Leaving,
        own: Softirq<Receiver>,
    ) -> Self {
        Self {
            medium,
            end,
            far,
            skb,
            own,
        }
    }
}

impl Transmitter {
    /// A card without rings. Frames go `over_cable`, or `back` while it is looped.
    pub(crate) fn new(over_cable: Outlet, back: Outlet, pace: Pace) -> Self {
        Self {
            rings: None,
            wire: Wire::new(),
            over_cable,
            back,
            leaves: None,
            pace,
            change: None,
            broken: false,
            is_behind: false,
            looped: false,
            sent_to: 0,
            spent: 0,
        }
    }

    /// Gives the card the rings of its port.
    pub(crate) fn attach(&mut self, board: Board, queues: TxQueues) {
        self.rings = Some(CardRings::new(board, queues));
    }

    /// Takes the rings away. All that is left in them has not been sent.
    pub(crate) fn detach(&mut self) {
        self.rings = None;
        self.stop_sending();
    }

    /// Whether no frame that was sent waits in a FIFO for the receiving engine.
    pub(crate) fn is_taken(&self) -> bool {
        self.over_cable.is_empty() && self.back.is_empty()
    }

    /// The queues, to change them.
    pub(crate) fn queues(&mut self) -> Option<&mut TxQueues> {
        self.rings.as_mut().map(|rings| &mut rings.queues)
    }

    /// Removes the frame from the wire, and has the wire idle.
    pub(crate) fn stop_sending(&mut self) {
        self.wire = Wire::new();
        self.leaves = None;
    }

    /// Lets the wire begin anew at `now`, in ns: a card that stood still does not catch up.
    pub(crate) fn goes_on(&mut self, now: u64) {
        self.wire.wait_until(now);
    }

    /// Removes the frame from the wire if its queue is gone.
    pub(crate) fn forget_lost_queues(&mut self) {
        let gone = |rings: &CardRings| rings.turn >= rings.queues.all.len();
        if self.rings.as_ref().is_some_and(gone) {
            self.stop_sending();
        }
    }
}

impl Machine for Transmitter {
    type Shared = TxPlace;

    #[inline]
    fn begin(&mut self) {
        self.spent = 0;
    }

    fn run(&mut self, place: &TxPlace, now: u64, fired: bool) -> Next {
        if let Some(rings) = self.rings.as_ref().filter(|_| fired) {
            rings.counters().timer_fires.add(1);
        }
        let faults = match &self.rings {
            Some(rings) => rings.board.registers.faults.bits(),
            None => 0,
        };
        let was_behind = core::mem::replace(&mut self.is_behind, false);
        let next = if faults & Fault::HangEngine as u32 == 0 {
            self.send_at_pace(place, now)
        } else {
            if let Some((at, pace)) = self.change {
                self.make_change(at, pace);
            }
            Next::Idle
        };
        self.tell_how_far(place, was_behind);
        let due = self.rings.as_mut().and_then(|rings| rings.interrupt(now));
        let wrong = match faults {
            0 => None,
            _ => self.go_wrong(place, now),
        };
        next.or_at(due).or_at(wrong)
    }

    #[inline]
    fn passes_on(&mut self) -> u32 {
        core::mem::take(&mut self.sent_to)
    }

    #[inline]
    fn pass_on(place: &TxPlace, to: u32, now: u64) {
        if to & FAR != 0 {
            place.far.kick(now);
        }
        if to & OWN != 0 {
            place.own.kick(now);
        }
    }
}
