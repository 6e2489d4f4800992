// SPDX-License-Identifier: GPL-2.0

//! A machine whose turns are `turn.rs`'s, and those who come to it: what net/softirq.rs does, cited
//! where it does it.

use super::net::turn::Turn;
use loom::{
    cell::UnsafeCell,
    sync::atomic::{
        AtomicBool,
        AtomicU32,
        Ordering::{
            AcqRel,
            Acquire,
            Release, //
        }, //
    },
    sync::Arc,
    thread, //
};

/// What the machine has: how much work it has done, and how often it still wants the timer.
pub struct Machine {
    done: u32,
    waits: u32,
}

/// Everything that those who come can see.
pub struct World {
    turn: Turn,
    machine: UnsafeCell<Machine>,
    /// How much work has been brought.
    brought: AtomicU32,
    /// The timer is enqueued.
    armed: AtomicBool,
}

impl World {
    /// A machine that nobody has, and that is to wait for its timer after so many runs.
    pub fn new(waits: u32) -> Arc<Self> {
        Arc::new(Self {
            turn: Turn::new(),
            machine: UnsafeCell::new(Machine { done: 0, waits }),
            brought: AtomicU32::new(0),
            armed: AtomicBool::new(false),
        })
    }

    /// One who brings work.
    pub fn kick(&self) {
        self.brought.fetch_add(1, AcqRel);
        // net/softirq.rs: if self.turn.ring() {
        if self.turn.ring() {
            // net/softirq.rs: self.work(false);
            self.work();
        }
    }

    /// The timer's callback.
    pub fn fire(&self) {
        // net/softirq.rs: if this.turn.fired() {
        if self.turn.fired() {
            // net/softirq.rs: this.get_ref().work(true);
            self.work();
        }
    }

    /// The same, if the timer is enqueued.
    pub fn try_fire(&self) {
        if self.armed.swap(false, AcqRel) {
            self.fire();
        }
    }

    fn work(&self) {
        loop {
            // net/softirq.rs: let gone_off = self.turn.begin();
            self.turn.begin();
            if self.run() {
                // net/softirq.rs: Next::At(time) => return self.run_at(time),
                return self.run_later();
            }
            // net/softirq.rs: if !self.turn.let_go() {
            if !self.turn.let_go() {
                return;
            }
        }
    }

    /// Does all that has been brought; says whether the machine wants the timer now. That nobody
    /// else has it is for loom to see.
    fn run(&self) -> bool {
        let brought = self.brought.load(Acquire);
        self.machine.with_mut(|machine| {
            // SAFETY: it lives as long as the world, and loom sees who else reaches it.
            let machine = unsafe { &mut *machine };
            machine.done = brought;
            let waits = machine.waits > 0;
            machine.waits = machine.waits.saturating_sub(1);
            waits
        })
    }

    fn run_later(&self) {
        // net/softirq.rs: self.turn.hand_over();
        self.turn.hand_over();
        // net/softirq.rs: self.arm(time);
        self.armed.store(true, Release);
    }

    /// One who changes the machine, and brings no work.
    pub fn stop(&self) {
        // net/softirq.rs: while !self.turn.seize() {
        while !self.turn.seize() {
            thread::yield_now();
        }
        // SAFETY: as in `run`.
        self.machine
            .with_mut(|machine| unsafe { (*machine).waits = 0 });
        // net/softirq.rs: self.softirq.run_at(now());
        self.run_later();
    }

    /// All have come. The timer fires as long as it is enqueued; then no work is left.
    pub fn settle(&self) {
        while self.armed.swap(false, AcqRel) {
            self.fire();
        }
        let brought = self.brought.load(Acquire);
        // SAFETY: as in `run`.
        let done = self.machine.with(|machine| unsafe { (*machine).done });
        assert_eq!(done, brought, "lost work");
    }
}
