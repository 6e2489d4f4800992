// SPDX-License-Identifier: GPL-2.0

//! The cursors of a ring under real threads.
//!
//! A processor like x86 hides most wrong memory orders from the threads: those are loom's to find.

use crate::vnet_rs::ring::cursors::Ring;
use std::{
    sync::atomic::{
        AtomicU32,
        AtomicU64,
        Ordering::Relaxed, //
    },
    thread,
    time::{
        Duration,
        Instant, //
    }, //
};

/// How many values go through the ring under threads, and from where: the cursors wrap halfway.
const VALUES: u64 = 40_000;
const STRESS_START: u32 = u32::MAX - 20_000;

/// An empty slot; the values start at 1.
const EMPTY: u64 = 0;
/// What the worker adds to a value.
const DONE: u64 = 1 << 63;

/// A ring with slots under it, which only the cursors protect: all access to them is relaxed.
struct Slots {
    ring: Ring<AtomicU32>,
    slots: Vec<AtomicU64>,
    deadline: Instant,
}

/// One of the three ends: the number of values that have passed it.
#[derive(Default)]
struct End(u64);

impl Slots {
    fn new(size: u32) -> Self {
        Slots {
            ring: Ring::starting_at(size, STRESS_START),
            slots: (0..size).map(|_| AtomicU64::new(EMPTY)).collect(),
            deadline: Instant::now() + Duration::from_secs(1200),
        }
    }

    /// What must be in the slot of `next` is `before`; puts `after` there.
    fn replace(&self, next: u32, before: u64, after: u64) {
        let slot = &self.slots[(next & (self.ring.size() - 1)) as usize];
        assert_eq!(slot.load(Relaxed), before, "at {next}");
        slot.store(after, Relaxed);
    }

    /// Lets others run; gives up when that has not helped for long.
    fn wait(&self) {
        assert!(Instant::now() < self.deadline, "stuck");
        thread::yield_now();
    }
}

impl End {
    fn next(&self) -> u32 {
        STRESS_START.wrapping_add(self.0 as u32)
    }

    fn is_through(&self) -> bool {
        self.0 == VALUES
    }

    /// Posts batches of 1, 2, 3, ... values, as far as there is room.
    fn post(&mut self, on: &Slots) {
        let (before, batch) = (self.0, self.0 % 5 + 1);
        for _ in 0..batch {
            if self.is_through() || on.ring.free_before(self.next()) == 0 {
                break;
            }
            on.replace(self.next(), EMPTY, self.0 + 1);
            self.0 += 1;
        }
        let posted = self.0 > before;
        on.ring.publish_posted(self.next());
        if !posted {
            on.wait();
        }
    }

    /// Completes one value.
    fn work(&mut self, on: &Slots) {
        if !on.ring.has_posted(self.next()) {
            return on.wait();
        }
        on.replace(self.next(), self.0 + 1, DONE | (self.0 + 1));
        self.0 += 1;
        on.ring.publish_completed(self.next());
    }

    /// Reaps all that is completed.
    fn reap(&mut self, on: &Slots) {
        if !on.ring.has_completed(self.next()) {
            return on.wait();
        }
        while on.ring.has_completed(self.next()) {
            on.replace(self.next(), DONE | (self.0 + 1), EMPTY);
            self.0 += 1;
        }
        on.ring.publish_reaped(self.next());
    }
}

/// Runs `end` until all values have passed it.
fn run(on: &Slots, end: impl Fn(&mut End, &Slots)) {
    let mut this = End::default();
    while !this.is_through() {
        end(&mut this, on);
    }
}

/// All that went in came out, in order (or a thread would have panicked), and nothing else.
fn check_is_through(on: &Slots) {
    let end = STRESS_START.wrapping_add(VALUES as u32);
    assert!(!on.ring.has_posted(end) && !on.ring.has_completed(end));
    assert_eq!(on.ring.free(), on.ring.size());
    assert_eq!(on.ring.to_complete(), 0);
    assert!(on.slots.iter().all(|slot| slot.load(Relaxed) == EMPTY));
}

/// As in the transmit ring: three threads pass all values through in order, and none is lost.
#[test]
fn three_threads_pass_all_values_in_order() {
    for size in [2, 8] {
        let on = Slots::new(size);
        thread::scope(|scope| {
            scope.spawn(|| run(&on, End::post));
            scope.spawn(|| run(&on, End::work));
            scope.spawn(|| run(&on, End::reap));
        });
        check_is_through(&on);
    }
}

/// As in the receive ring: one thread posts and reaps, another completes, and no value is lost.
#[test]
fn two_threads_pass_all_values_in_order() {
    for size in [2, 8] {
        let on = Slots::new(size);
        thread::scope(|scope| {
            scope.spawn(|| run(&on, End::work));
            scope.spawn(|| {
                let (mut post, mut reap) = (End::default(), End::default());
                while !reap.is_through() {
                    post.post(&on);
                    reap.reap(&on);
                }
            });
        });
        check_is_through(&on);
    }
}
