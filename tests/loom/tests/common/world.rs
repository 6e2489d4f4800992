// SPDX-License-Identifier: GPL-2.0

//! A machine whose turns are those of `turn.rs`, and its callers: a mirror of net/softirq.rs, whose
//! lines are cited.

use super::net::turn::Turn;
use loom::{
    cell::UnsafeCell,
    sync::atomic::{
        AtomicU32,
        Ordering::{
            AcqRel,
            Acquire, //
        }, //
    },
    sync::Arc,
    thread, //
};

/// The next run that the machine wants.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Idle,
    IdleUntil,
    At,
}

/// The machine's state.
struct Held {
    /// How much work it has done.
    done: u32,
    /// The runs that it still wants, the last first.
    wishes: Vec<Next>,
    /// The timer is set as an alarm, as far as the machine knows. There is but one time.
    alarm: bool,
    /// The time that the timer is to be set to, while it has the machine.
    due: u32,
}

/// The times there are.
const NOW: u32 = 1;
const LATER: u32 = 2;
/// The timer is not enqueued.
const OFF: u32 = 0;

/// Everything that the callers can see.
pub struct World {
    turn: Turn,
    held: UnsafeCell<Held>,
    /// How much work has been brought.
    brought: AtomicU32,
    /// The time that the timer is set to.
    armed: AtomicU32,
}

impl World {
    /// A machine whose turn is free, and that wants this after its first runs.
    pub fn new(wishes: &[Next]) -> Arc<Self> {
        Arc::new(Self {
            turn: Turn::new(),
            held: UnsafeCell::new(Held {
                done: 0,
                wishes: wishes.iter().rev().copied().collect(),
                alarm: false,
                due: OFF,
            }),
            brought: AtomicU32::new(0),
            armed: AtomicU32::new(OFF),
        })
    }

    /// Brings work.
    pub fn kick(&self) {
        self.brought.fetch_add(1, AcqRel);
        // net/softirq.rs: if self.0.turn.ring() {
        if self.turn.ring() {
            // net/softirq.rs: self.0.work(now, false);
            self.work();
        }
    }

    /// The timer's callback.
    pub fn fire(&self) {
        // net/softirq.rs: if this.turn.fired() {
        if self.turn.fired() {
            // net/softirq.rs: this.get_ref().work(now(), true);
            self.work();
        }
    }

    /// The timer's callback, if the timer is enqueued.
    pub fn try_fire(&self) {
        if self.armed.swap(OFF, AcqRel) != OFF {
            self.fire();
        }
    }

    fn work(&self) {
        loop {
            // net/softirq.rs: let gone_off = self.turn.begin();
            let gone_off = self.turn.begin();
            match self.run(gone_off) {
                // net/softirq.rs: self.run_at(time);
                Next::At => return self.run_at(LATER),
                // net/softirq.rs: if held.alarm.replace(time) != Some(time) {
                Next::IdleUntil if !self.set_alarm(true) => {
                    self.armed.swap(LATER, AcqRel);
                }
                // net/softirq.rs: if held.alarm.take().is_some() {
                Next::Idle if self.set_alarm(false) => {
                    self.armed.swap(OFF, AcqRel);
                }
                _ => (),
            }
            // net/softirq.rs: let again = self.turn.let_go();
            if !self.turn.let_go() {
                return;
            }
        }
    }

    /// Does all work that has been brought. Loom checks that no other thread has the machine.
    fn run(&self, gone_off: bool) -> Next {
        let brought = self.brought.load(Acquire);
        self.held.with_mut(|held| {
            // SAFETY: the machine lives as long as the world, and loom checks that no other thread
            // reaches it.
            let held = unsafe { &mut *held };
            held.alarm &= !gone_off;
            held.done = brought;
            held.due = OFF;
            held.wishes.pop().unwrap_or(Next::Idle)
        })
    }

    /// Whether there was an alarm before.
    fn set_alarm(&self, on: bool) -> bool {
        // SAFETY: as in `run`.
        let set = |held: *mut Held| unsafe { core::mem::replace(&mut (*held).alarm, on) };
        self.held.with_mut(set)
    }

    fn run_at(&self, mut time: u32) {
        // net/softirq.rs: unsafe { (*self.held.get()).alarm = None };
        self.set_alarm(false);
        loop {
            // SAFETY: as in `run`.
            self.held.with_mut(|held| unsafe { (*held).due = time });
            // net/softirq.rs: self.arm(time);
            self.armed.swap(time, AcqRel);
            // net/softirq.rs: if !self.turn.hand_over() {
            if !self.turn.hand_over() {
                return;
            }
            // net/softirq.rs: time = now();
            time = NOW;
        }
    }

    /// Stops and changes the machine, and brings no work.
    pub fn stop(&self) {
        // net/softirq.rs: while !self.0.turn.seize() {
        while !self.turn.seize() {
            thread::yield_now();
        }
        // SAFETY: as in `run`.
        self.held.with_mut(|held| unsafe { (*held).wishes.clear() });
        // net/softirq.rs: self.inner.run_at(now());
        self.run_at(NOW);
    }

    /// All have come. If the machine counts on an alarm, or on being run at a time, there is one.
    /// The timer fires as long as it is enqueued; then no work is left.
    pub fn settle(&self) {
        // SAFETY: as in `run`.
        let (alarm, due) = self
            .held
            .with(|held| unsafe { ((*held).alarm, (*held).due) });
        let armed = self.armed.load(Acquire);
        assert!(!alarm || armed != OFF, "lost alarm");
        assert!(due == OFF || armed == due, "late timer");
        while self.armed.swap(OFF, AcqRel) != OFF {
            self.fire();
        }
        let brought = self.brought.load(Acquire);
        // SAFETY: as in `run`.
        let done = self.held.with(|held| unsafe { (*held).done });
        assert!(done == brought, "lost work");
    }
}
