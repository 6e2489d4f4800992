// SPDX-License-Identifier: GPL-2.0

//! The hardware half: the engine that sends what the driver has posted.
//!
//! The doorbell starts the engine if it is idle. It puts one frame after the other on the wire,
//! from each queue in turn, and its timer fires when the frame's last bit has left: then the far
//! end has it, the descriptor is complete, and the next frame follows. When the rings are empty the
//! engine is idle and no timer runs. At rate 0 no frame takes any time: what is posted is sent in
//! the doorbell, and no timer runs either, unless that is more than may be sent at once.
//!
//! The card is there as long as its port is: going up gives it rings ([`Nic::attach`]), going down
//! takes them away. The engine is one at a time by construction ([`Softirq`](crate::net::Softirq)),
//! and the only one that completes. Read next: card_rings.rs, wire.rs,
//! moderation.rs, then far_end.rs.

use super::{
    card_rings::{
        CardRings,
        TxQueues, //
    },
    far_end::{
        FarEnd,
        Kind, //
    },
    faults::{
        Fault,
        Faults,
        FLAP_NS,
        STORM_NS, //
    },
    medium::Medium,
    moderation::earlier,
    path::Path,
    port::Port,
    wire::{
        Pace,
        Wire, //
    }, //
};
use crate::net::{
    DeviceRef,
    Machine,
    Next,
    Softirq, //
};
use kernel::{
    sync::Arc,
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// How long a change of the pace waits for the one before it, in milliseconds.
const PATIENCE_MS: u32 = 1000;

/// After so many frames the engine lets others run, for which it takes the timer. After fewer, if
/// the receiving ring is smaller: a real card works beside the CPU, so the receiving driver has its
/// turn while frames come. Here the frames of an engine that is late come all at once.
const BATCH: u32 = 64;

/// What the engine works with; only the engine does.
pub(crate) struct Nic {
    rings: Option<CardRings>,
    wire: Wire,
    /// The way from the wire to the far end.
    pub(crate) path: Path,
    pub(crate) far_end: FarEnd,
    /// When the frame on the wire will have left: the oldest of the queue whose turn it is.
    leaves: Option<u64>,
    /// How the wire carries frames.
    pace: Pace,
    /// How it has to since a time, in ns, that we have not come to yet.
    change: Option<(u64, Pace)>,
    /// When we last looked, nothing got through.
    broken: bool,
    /// How many frames have been sent in this kick, or since the timer fired.
    spent: u32,
}

/// What others can see of the engine.
pub(crate) struct NicShared {
    /// What both directions of the cable have in common.
    pub(crate) medium: Arc<Medium>,
    /// Which end of it this is.
    end: usize,
    /// What is wrong with this end.
    pub(crate) faults: Arc<Faults>,
}

impl NicShared {
    /// For an end of a cable.
    pub(crate) fn new(medium: Arc<Medium>, end: usize, faults: Arc<Faults>) -> Self {
        Self {
            medium,
            end,
            faults,
        }
    }
}

impl Nic {
    /// A card without rings, at one end of a cable.
    pub(crate) fn new(kind: Kind, end: u32, pace: Pace) -> Self {
        Self {
            rings: None,
            wire: Wire::new(),
            path: Path::new(end),
            far_end: FarEnd::new(kind, Path::new(end + 2)),
            leaves: None,
            pace,
            change: None,
            broken: false,
            spent: 0,
        }
    }

    /// Gives the card the rings of its port.
    pub(crate) fn attach(&mut self, port: DeviceRef<Port>, queues: TxQueues) {
        self.rings = Some(CardRings::new(port, queues));
    }

    /// Takes them away. What is in them has not been sent; what is on its way does not arrive.
    pub(crate) fn detach(&mut self) {
        if let Some(rings) = self.rings.take() {
            self.path.purge(rings.counters());
            self.far_end.back.purge(rings.counters());
        }
        self.stop_sending();
    }

    /// The queues, to change them.
    pub(crate) fn queues(&mut self) -> Option<&mut TxQueues> {
        self.rings.as_mut().map(|rings| &mut rings.queues)
    }

    /// Takes the frame off the wire.
    pub(crate) fn stop_sending(&mut self) {
        self.wire = Wire::new();
        self.leaves = None;
    }

    /// The card has stood still until `now`, and does not catch up.
    pub(crate) fn goes_on(&mut self, now: u64) {
        self.wire.wait_until(now);
    }

    /// Frames on their way from `peer` arrive by this NIC from now on: its port has closed a loop,
    /// and receives from nobody else.
    pub(crate) fn take_arrivals(&mut self, peer: &mut Nic) {
        let frames = self.far_end.back.take_over(&mut peer.path);
        peer.count_moved(&self.rings, frames);
    }

    /// Gives back what [`take_arrivals`](Self::take_arrivals) has taken, as far as it is still on
    /// its way.
    pub(crate) fn give_arrivals(&mut self, peer: &mut Nic) {
        let frames = peer.path.take_over(&mut self.far_end.back);
        self.count_moved(&peer.rings, frames);
    }

    /// Has the books of both ports balance when so many frames have moved from a line here.
    fn count_moved(&self, to: &Option<CardRings>, frames: u64) {
        if let Some(rings) = &self.rings {
            rings.counters().line_arrived.add(frames);
        }
        if let Some(rings) = to {
            rings.counters().line_entered.add(frames);
        }
    }

    /// Takes the frame off the wire if it is of a queue that is gone.
    pub(crate) fn forget_lost_queues(&mut self) {
        let gone = |rings: &CardRings| rings.turn >= rings.queues.all.len();
        if self.rings.as_ref().is_some_and(gone) {
            self.stop_sending();
        }
    }

    /// How many frames may arrive at once. More than half a ring come only because we are late, or
    /// where frames take no time: then whoever receives is to have his turn in between, with room
    /// for the other half (see moderation.rs).
    fn room(&self) -> u32 {
        let size = self.far_end.ring_size();
        size.map_or(u32::MAX, |size| match self.pace.rate_kbps {
            0 => size,
            _ => (size / 2).max(1),
        })
    }

    /// Makes the change, when all has left the wire that had by then.
    #[cold]
    fn make_change(&mut self, at: u64, pace: Pace) {
        let old = core::mem::replace(&mut self.pace, pace);
        self.change = None;
        let rings = self.rings.as_mut().filter(|_| self.leaves.is_some());
        let Some((train, rings)) = rings.and_then(|rings| Some((rings.on_wire()?, rings))) else {
            return self.wire.wait_until(at);
        };
        let leaves = self.wire.change(at, &train, old, pace);
        self.leaves = Some(leaves);
        rings.counters().last_progress.set(leaves);
    }

    /// Sends what has left the wire by `now`, at the pace that it had then. Returns what to do
    /// next.
    fn send_at_pace(&mut self, now: u64, medium: &Medium, room: &mut u32) -> Next {
        if let Some((at, pace)) = self.change {
            let next = self.send(at, at, medium, room);
            if matches!(next, Next::At(time) if time <= at) {
                return Next::At(now);
            }
            self.make_change(at, pace);
        }
        self.send(now, u64::MAX, medium, room)
    }

    /// Sends what has left the wire by `now`, of the frames whose doorbell rang `until` then.
    /// Returns what to do next.
    ///
    /// A frame starts when the one before it has left, or when its doorbell rang if that was later,
    /// however late we are to look at it.
    fn send(&mut self, now: u64, until: u64, medium: &Medium, room: &mut u32) -> Next {
        let pace = self.pace;
        let Some(rings) = &mut self.rings else {
            return Next::Idle;
        };
        // Nothing is sent over a broken link, and nothing waits for it.
        let broken = !self.far_end.has_link() || medium.is_cut() && !self.far_end.looped;
        if core::mem::replace(&mut self.broken, broken) && !broken {
            self.wire.wait_until(now);
        }
        let batch = BATCH.min(self.spent.saturating_add(*room));
        rings.look();
        loop {
            if let Some(leaves) = self.leaves {
                if leaves > now && !broken {
                    return Next::At(leaves);
                }
                if self.spent >= batch {
                    return Next::At(now);
                }
                let at = leaves.min(now);
                // Or a late timer would change what finds room in the delay line.
                if !self.path.is_clear()
                    && !rings.arrive(&mut self.path, &mut self.far_end, at, room)
                {
                    return Next::At(now);
                }
                self.leaves = None;
                match broken {
                    true => rings.frame_is_lost(at),
                    false => rings.frame_has_left(&mut self.path, &mut self.far_end, at),
                }
                self.spent += 1;
            }
            // Where frames take no time, it is when we look that they are sent.
            let free = match pace.rate_kbps {
                0 if until == u64::MAX => None,
                0 => Some(now),
                _ => Some(self.wire.free_at()),
            };
            let Some((rung, bytes)) = rings.next(free, pace.overhead) else {
                return Next::Idle;
            };
            if rung > until {
                return Next::Idle;
            }
            let leaves = if broken {
                // What was on the wire is not there any more.
                self.wire = Wire::new();
                now
            } else {
                let offered = if pace.rate_kbps == 0 { now } else { rung };
                self.wire.send(offered, bytes, pace.rate_kbps)
            };
            self.leaves = Some(leaves);
            rings.counters().last_progress.set(leaves);
        }
    }

    /// What goes wrong by itself, and not with a frame. Returns when it does again.
    #[cold]
    fn go_wrong(&self, shared: &NicShared, now: u64) -> Option<u64> {
        let rings = self.rings.as_ref()?;
        let storm = shared.faults.has(Fault::StormInterrupts).then(|| {
            for (queue, _) in (0..).zip(&rings.queues.all) {
                rings.port.interrupt(queue);
            }
            now.saturating_add(STORM_NS)
        });
        if !shared.faults.has(Fault::FlapCarrier) {
            return storm;
        }
        let half = now / FLAP_NS;
        if shared.medium.set_cut(shared.end, half % 2 == 0) {
            // The stack is told in process context: see port.rs.
            rings.port.schedule_work();
        }
        earlier(storm, Some((half + 1).saturating_mul(FLAP_NS)))
    }

    /// Lets arrive what has by `now`. Returns when more does.
    ///
    /// If the engine is late and lets others run, the frame that comes next has left before `now`.
    /// Nothing arrives before that has entered that did not by then.
    #[inline(never)]
    fn receive(&mut self, now: u64, hangs: bool, room: &mut u32) -> Option<u64> {
        let rings = self.rings.as_ref()?;
        let by = match self.leaves {
            Some(leaves) if !hangs => leaves.min(now),
            _ => now,
        };
        if !rings.arrive(&mut self.path, &mut self.far_end, by, room) {
            return Some(now);
        }
        earlier(self.path.next_at(), self.far_end.back.next_at())
    }
}

/// Has the pace of the wire that an engine sends over change at the time `at`, which has been. May
/// sleep.
pub(crate) fn change_pace(engine: &Softirq<Nic>, at: u64, pace: Pace) {
    for patience in (0..PATIENCE_MS).rev() {
        let mut nic = engine.stop();
        // An engine that is late may still have the change before this one to make.
        if nic.change.is_none() || patience == 0 {
            nic.change = Some((at, pace));
            return;
        }
        drop(nic);
        fsleep(Delta::from_millis(1));
    }
}

impl Machine for Nic {
    type Shared = NicShared;

    #[inline]
    fn begin(&mut self) {
        self.spent = 0;
    }

    fn run(&mut self, shared: &NicShared, now: u64, fired: bool) -> Next {
        if let Some(rings) = self.rings.as_ref().filter(|_| fired) {
            rings.counters().timer_fires.add(1);
        }
        let hangs = shared.faults.has(Fault::HangEngine);
        let mut room = self.room();
        let next = if !hangs {
            self.send_at_pace(now, &shared.medium, &mut room)
        } else {
            if let Some((at, pace)) = self.change {
                self.make_change(at, pace);
            }
            Next::Idle
        };
        let coming = match self.path.is_clear() && self.far_end.back.is_clear() {
            true => None,
            false => self.receive(now, hangs, &mut room),
        };
        let ours = self.rings.as_mut().and_then(|rings| rings.interrupt(now));
        let theirs = self.far_end.interrupt(now);
        let wrong = match shared.faults.bits() {
            0 => None,
            _ => self.go_wrong(shared, now),
        };
        next.or_at(coming).or_at(ours).or_at(theirs).or_at(wrong)
    }
}
