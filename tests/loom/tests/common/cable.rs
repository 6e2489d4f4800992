// SPDX-License-Identifier: GPL-2.0

//! A transmitter and a receiver with a FIFO between them: a mirror of net/softirq.rs, card/send.rs
//! and cable/arrivals.rs, whose lines are cited.

use super::{
    fifo::{
        self,
        Flying,
        Inlet,
        Outlet,
        Sent, //
    },
    net::{
        turn::Turn,
        SkBuff, //
    }, //
};
use loom::{
    cell::UnsafeCell,
    sync::{
        atomic::{
            AtomicBool,
            AtomicU32,
            Ordering::{
                AcqRel,
                Acquire, //
            }, //
        },
        Arc, //
    },
    thread, //
};

/// The next run that an engine wants.
#[derive(PartialEq)]
pub enum Next {
    Idle,
    At,
}

/// The state that only the engine reaches.
pub trait Machine {
    /// Does the work that there is.
    fn run(&mut self, cable: &Cable) -> Next;

    /// Whether something was passed on since this was asked last.
    fn passes_on(&mut self) -> bool {
        false
    }
}

/// An engine: a machine, the turns that are taken with it, and its timer.
pub struct Engine<M> {
    turn: Turn,
    held: UnsafeCell<M>,
    armed: AtomicBool,
}

/// The engine that sends.
pub struct Transmitter {
    outlet: Outlet,
    /// How many frames it has sent.
    sent: u32,
    sent_to: bool,
}

/// The engine where frames arrive.
pub struct Receiver {
    inlet: Inlet,
    /// How many have arrived.
    taken: u32,
}

/// One direction of a cable.
pub struct Cable {
    pub tx: Engine<Transmitter>,
    pub rx: Engine<Receiver>,
    /// How many frames the driver has posted.
    posted: AtomicU32,
    /// The other engine is not told of frames before a FIFO that is full.
    forgets: bool,
}

impl Transmitter {
    /// The next frame has left the wire. Says whether there was room for it.
    fn leave(&mut self) -> bool {
        // vnet_rs/card/send.rs: let Some(room) = outlet.room() else {
        let Some(room) = self.outlet.room() else {
            return false;
        };
        let what = Flying::Posted(SkBuff(self.sent));
        // vnet_rs/card/send.rs: room.put(Sent { at, cuts, what });
        room.put(Sent {
            at: 0,
            cuts: 0,
            what,
        });
        // vnet_rs/card/send.rs: self.sent_to |= to;
        self.sent_to = true;
        true
    }
}

impl Machine for Transmitter {
    fn run(&mut self, cable: &Cable) -> Next {
        let posted = cable.posted.load(Acquire);
        while self.sent < posted {
            // vnet_rs/card/send.rs: if self.spent >= BATCH || !self.leave(place, now, skb) {
            if !self.leave() {
                self.sent_to &= !cable.forgets;
                // vnet_rs/card/send.rs: return Next::At(now.saturating_add(RETRY_NS));
                return Next::At;
            }
            self.sent += 1;
        }
        Next::Idle
    }

    fn passes_on(&mut self) -> bool {
        // vnet_rs/card/transmitter.rs: core::mem::take(&mut self.sent_to)
        core::mem::take(&mut self.sent_to)
    }
}

impl Machine for Receiver {
    fn run(&mut self, _cable: &Cable) -> Next {
        // vnet_rs/cable/arrivals.rs: while let Some(first) = self.inlet.first() {
        while let Some(first) = self.inlet.first() {
            // vnet_rs/cable/arrivals.rs: let sent = first.take();
            let sent = first.take();
            if let Flying::Posted(skb) = sent.what {
                assert!(skb.0 >= self.taken, "frame doubled: {}", skb.0);
                assert!(skb.0 == self.taken, "order: frame {} too early", skb.0);
            }
            self.taken += 1;
        }
        Next::Idle
    }
}

impl<M: Machine> Engine<M> {
    fn new(machine: M) -> Self {
        Self {
            turn: Turn::new(),
            held: UnsafeCell::new(machine),
            armed: AtomicBool::new(false),
        }
    }

    /// Calls `f` with the machine. Loom checks that no other thread has it.
    fn with<R>(&self, f: impl FnOnce(&mut M) -> R) -> R {
        // SAFETY: the machine lives as long as the engine, and loom checks that no other thread
        // reaches it.
        self.held.with_mut(|held| f(unsafe { &mut *held }))
    }

    /// Something was passed on to this engine.
    pub fn kick(&self, cable: &Cable) {
        // net/softirq.rs: if self.0.turn.ring() {
        if self.turn.ring() {
            // net/softirq.rs: self.0.work(now, false);
            self.work(cable);
        }
    }

    /// The timer fires, if it is enqueued.
    pub fn try_fire(&self, cable: &Cable) -> bool {
        let was_armed = self.armed.swap(false, AcqRel);
        // net/softirq.rs: if this.turn.fired() {
        if was_armed && self.turn.fired() {
            // net/softirq.rs: this.get_ref().work(now(), true);
            self.work(cable);
        }
        was_armed
    }

    fn work(&self, cable: &Cable) {
        loop {
            // net/softirq.rs: let gone_off = self.turn.begin();
            self.turn.begin();
            // net/softirq.rs: let next = held.machine.run(&self.shared, now, fired && round == 0);
            let next = self.with(|machine| machine.run(cable));
            // net/softirq.rs: let to = held.machine.passes_on();
            let to = self.with(M::passes_on);
            if next == Next::At {
                // net/softirq.rs: self.run_at(time);
                self.run_at();
                // net/softirq.rs: return self.pass_on(to, now);
                return cable.pass_on(to);
            }
            // net/softirq.rs: let again = self.turn.let_go();
            let again = self.turn.let_go();
            // net/softirq.rs: self.pass_on(to, now);
            cable.pass_on(to);
            if !again {
                return;
            }
        }
    }

    fn run_at(&self) {
        loop {
            // net/softirq.rs: self.arm(time);
            self.armed.swap(true, AcqRel);
            // net/softirq.rs: if !self.turn.hand_over() {
            if !self.turn.hand_over() {
                return;
            }
        }
    }

    /// Takes the machine away from everybody.
    pub fn stop(&self) {
        // net/softirq.rs: while !self.0.turn.seize() {
        while !self.turn.seize() {
            thread::yield_now();
        }
    }

    /// Lets the machine go on.
    pub fn go_on(&self) {
        // net/softirq.rs: self.inner.run_at(now());
        self.run_at();
    }
}

impl Cable {
    /// Nothing has been sent. The second: see [`Cable::forgets`].
    pub fn new(forgets: bool) -> Arc<Self> {
        let (outlet, inlet) = fifo::new().unwrap();
        Arc::new(Self {
            tx: Engine::new(Transmitter {
                outlet,
                sent: 0,
                sent_to: false,
            }),
            rx: Engine::new(Receiver { inlet, taken: 0 }),
            posted: AtomicU32::new(0),
            forgets,
        })
    }

    fn pass_on(&self, to: bool) {
        if to {
            // vnet_rs/card/transmitter.rs: place.far.kick(now);
            self.rx.kick(self);
        }
    }

    /// The driver posts so many frames and rings the doorbell.
    pub fn send(&self, frames: u32) {
        self.posted.fetch_add(frames, AcqRel);
        self.tx.kick(self);
    }

    /// All have come, and the timers fire that are enqueued, a few times in turn: a transmitter
    /// that finds the FIFO full comes again. Then all that was posted has arrived.
    pub fn settle(&self) {
        for _ in 0..4 {
            self.tx.try_fire(self);
            self.rx.try_fire(self);
        }
        let posted = self.posted.load(Acquire);
        let sent = self.tx.with(|tx| tx.sent);
        let taken = self.rx.with(|rx| rx.taken);
        assert!(taken == sent, "lost wake-up: {taken} of {sent} taken");
        assert!(sent == posted, "lost doorbell: {sent} of {posted} sent");
        assert!(self.tx.with(|tx| tx.outlet.is_empty()), "frame lost");
    }
}
