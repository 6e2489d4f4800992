// SPDX-License-Identifier: GPL-2.0

//! The cursors of a ring against cursors of 64 bits, which never wrap, and under real threads.
//!
//! A processor like x86 hides most wrong memory orders from the threads: those are loom's to find.

#[path = "../../../vnet_rs"]
mod vnet_rs {
    pub(crate) mod ring;
}

use proptest::prelude::*;
use std::{
    cell::Cell,
    sync::atomic::{
        AtomicU32,
        AtomicU64,
        Ordering::{
            Acquire,
            Relaxed,
            Release, //
        }, //
    },
    thread,
    time::{
        Duration,
        Instant, //
    }, //
};
use vnet_rs::ring::{
    start_threshold,
    Cursor,
    Ring,
    STOP_THRESHOLD, //
};

const SIZES: [u32; 4] = [2, 4, 256, 4096];

impl Cursor for AtomicU32 {
    fn new(value: u32) -> Self {
        AtomicU32::new(value)
    }
    fn load(&self) -> u32 {
        AtomicU32::load(self, Acquire)
    }
    fn store(&self, value: u32) {
        AtomicU32::store(self, value, Release);
    }
}

/// Where the cursors of a ring of `size` may start: all but the first wrap within the ring's size.
fn starts(size: u32) -> [u32; 5] {
    let half = size / 2;
    let wraps = [u32::MAX, u32::MAX - 1, u32::MAX - half, u32::MAX - size + 1];
    [0, wraps[0], wraps[1], wraps[2], wraps[3]]
}

/// Calls `test` for every size and start, with an empty ring.
fn for_all(test: impl Fn(Ring<AtomicU32>, u32, u32)) {
    for size in SIZES {
        for start in starts(size) {
            test(Ring::starting_at(size, start), size, start);
        }
    }
}

/// A new ring is empty, has its size and starts at 0.
#[test]
fn a_new_ring_is_empty() {
    for size in SIZES {
        let ring = Ring::<AtomicU32>::new(size);
        assert_eq!(ring.size(), size);
        assert_eq!(ring.free(), size);
        assert_eq!(ring.to_complete(), 0);
        assert!(!ring.has_posted(0) && !ring.has_completed(0));
        assert!(ring.has_posted(1) && ring.has_completed(1));
    }
}

/// After 0, 1, N-1 and N posts the rest is free, and after N+1 (which is one too many) nothing is.
#[test]
fn free_counts_what_is_not_posted() {
    for_all(|ring, size, start| {
        for (posts, free) in [
            (0, size),
            (1, size - 1),
            (size - 1, 1),
            (size, 0),
            (size + 1, 0),
        ] {
            let next = start.wrapping_add(posts);
            assert_eq!(ring.free_before(next), free, "{posts} of {size} at {start}");
            ring.publish_posted(next);
            assert_eq!(ring.free(), free, "{posts} of {size} at {start}");
            assert_eq!(ring.to_complete(), posts);
            assert_eq!(ring.has_posted(start), posts > 0);
        }
    });
}

/// Of 0, 1, N-1 or N posts, any 0, 1, N-1 or N may be completed, and any of these reaped.
#[test]
fn each_cursor_counts_for_itself() {
    for_all(|ring, size, start| {
        let at = |steps| start.wrapping_add(steps);
        let steps = [0, 1, size - 1, size];
        for (i, &posted) in steps.iter().enumerate() {
            ring.publish_posted(at(posted));
            for (j, &completed) in steps[..=i].iter().enumerate() {
                ring.publish_completed(at(completed));
                for &reaped in &steps[..=j] {
                    ring.publish_reaped(at(reaped));
                    let case = format!("{reaped}, {completed}, {posted} of {size} at {start}");
                    assert_eq!(ring.free(), size - (posted - reaped), "{case}");
                    assert_eq!(ring.to_complete(), posted - completed, "{case}");
                    assert_eq!(ring.has_posted(at(completed)), posted > completed, "{case}");
                    assert_eq!(ring.has_completed(at(reaped)), completed > reaped, "{case}");
                }
            }
        }
    });
}

/// A full ring is never mistaken for an empty one, whether its descriptors are posted or completed.
#[test]
fn full_is_not_empty() {
    for_all(|ring, size, start| {
        let end = start.wrapping_add(size);
        ring.publish_posted(end);
        assert_eq!(ring.free(), 0, "full of posted descriptors");
        assert!(ring.has_posted(start) && !ring.has_completed(start));
        assert_eq!(ring.to_complete(), size);

        ring.publish_completed(end);
        assert_eq!(ring.free(), 0, "full of completed descriptors");
        assert!(!ring.has_posted(end) && ring.has_completed(start));
        assert_eq!(ring.to_complete(), 0);

        ring.publish_reaped(end);
        assert_eq!(ring.free(), size, "empty, one round later");
        assert!(!ring.has_posted(end) && !ring.has_completed(end));
    });
}

/// A ring that is always full, but for the one descriptor that is just being replaced, goes round
/// and round and across the wrap.
#[test]
fn one_at_a_time_through_a_full_ring() {
    for_all(|ring, size, start| {
        let mut posted = start.wrapping_add(size);
        ring.publish_posted(posted);
        let mut done = start;
        for _ in 0..3 * size {
            assert_eq!((ring.free(), ring.to_complete()), (0, size));
            done = done.wrapping_add(1);
            ring.publish_completed(done);
            assert_eq!((ring.free(), ring.to_complete()), (0, size - 1));
            ring.publish_reaped(done);
            assert_eq!((ring.free(), ring.free_before(posted)), (1, 1));
            posted = posted.wrapping_add(1);
            assert_eq!((ring.free(), ring.free_before(posted)), (1, 0));
            ring.publish_posted(posted);
        }
    });
}

/// A stopped queue wakes later than it stops, and at the latest when the ring is empty.
#[test]
fn stops_and_starts_at_different_levels() {
    const { assert!(STOP_THRESHOLD > 0, "a full ring must stop the queue") };
    for size in (1..=12).map(|order| 1 << order) {
        let start = start_threshold(size);
        assert!(start > STOP_THRESHOLD, "size {size}: stops for each frame");
        assert!(start <= size, "size {size}: never wakes");
    }
    for (size, start) in [(2, 2), (4, 2), (8, 2), (16, 4), (256, 64), (4096, 1024)] {
        assert_eq!(start_threshold(size), start, "size {size}");
    }
}

thread_local! {
    /// How far all cursors have run on.
    static RAN: Cell<u32> = const { Cell::new(0) };
}

/// A cursor that runs on by 5, with all others, whenever one of them is read.
struct Running(Cell<u32>);

impl Cursor for Running {
    fn new(value: u32) -> Self {
        Self(Cell::new(value))
    }

    fn load(&self) -> u32 {
        let ran = RAN.get();
        RAN.set(ran + 5);
        self.0.get().wrapping_add(ran)
    }

    fn store(&self, value: u32) {
        self.0.set(value.wrapping_sub(RAN.get()));
    }
}

/// Whoever asks how much is to complete while the cursors run gets too much, but never less than
/// nothing.
#[test]
fn to_complete_is_not_negative_in_a_race() {
    for start in starts(8) {
        RAN.set(0);
        let ring = Ring::<Running>::starting_at(8, start);
        for _ in 0..10 {
            assert_eq!(ring.to_complete(), 5, "start {start}");
        }
    }
}

/// The six cursors, three private and three published, in 64 bits.
#[derive(Debug)]
struct Model {
    size: u64,
    post: u64,
    posted: u64,
    work: u64,
    completed: u64,
    reap: u64,
    reaped: u64,
}

/// What one of the three parties does next; a count says how many descriptors it takes at most.
#[derive(Clone, Debug)]
enum Step {
    Post(u32),
    PublishPosted,
    Work(u32),
    PublishCompleted,
    Reap(u32),
    PublishReaped,
}

impl Model {
    fn new(size: u32, start: u32) -> Self {
        let (size, start) = (u64::from(size), u64::from(start));
        Model {
            size,
            post: start,
            posted: start,
            work: start,
            completed: start,
            reap: start,
            reaped: start,
        }
    }

    /// Does one step as queue.rs does: only the ring's answers hold a party back.
    fn step(&mut self, ring: &Ring<AtomicU32>, step: &Step) {
        match *step {
            Step::Post(most) => {
                for _ in 0..most {
                    if ring.free_before(self.post as u32) == 0 {
                        break;
                    }
                    self.post += 1;
                    self.check(ring);
                }
            }
            Step::PublishPosted => {
                ring.publish_posted(self.post as u32);
                self.posted = self.post;
            }
            Step::Work(most) => {
                for _ in 0..most {
                    if !ring.has_posted(self.work as u32) {
                        break;
                    }
                    self.work += 1;
                    self.check(ring);
                }
            }
            Step::PublishCompleted => {
                ring.publish_completed(self.work as u32);
                self.completed = self.work;
            }
            Step::Reap(most) => {
                for _ in 0..most {
                    if !ring.has_completed(self.reap as u32) {
                        break;
                    }
                    self.reap += 1;
                    self.check(ring);
                }
            }
            Step::PublishReaped => {
                ring.publish_reaped(self.reap as u32);
                self.reaped = self.reap;
            }
        }
    }

    /// Nobody has overtaken anybody, and the ring says what the 64 bits say.
    fn check(&self, ring: &Ring<AtomicU32>) {
        let order = [
            self.reaped,
            self.reap,
            self.completed,
            self.work,
            self.posted,
            self.post,
            self.reaped + self.size,
        ];
        assert!(order.is_sorted(), "{self:?}");
        let free = |next| (self.size - (next - self.reaped)) as u32;
        assert_eq!(ring.free_before(self.post as u32), free(self.post));
        assert_eq!(ring.free(), free(self.posted), "{self:?}");
        let to_complete = (self.posted - self.completed) as u32;
        assert_eq!(ring.to_complete(), to_complete, "{self:?}");
        let has_posted = self.posted > self.work;
        assert_eq!(ring.has_posted(self.work as u32), has_posted, "{self:?}");
        let has_completed = self.completed > self.reap;
        assert_eq!(ring.has_completed(self.reap as u32), has_completed);
    }
}

/// Every size that is allowed, most often a small one.
fn any_size() -> impl Strategy<Value = u32> {
    prop_oneof![3 => 1..=3, 1 => 4..=12].prop_map(|order| 1u32 << order)
}

/// Any start, most often one that wraps soon.
fn any_start() -> impl Strategy<Value = u32> {
    prop_oneof![2 => (0..64u32).prop_map(|before| u32::MAX - before), 1 => any::<u32>()]
}

/// Any step; a party takes a few descriptors or all it can get.
fn any_step() -> impl Strategy<Value = Step> {
    let most = || prop_oneof![4 => 0..5u32, 1 => Just(u32::MAX)];
    prop_oneof![
        most().prop_map(Step::Post),
        Just(Step::PublishPosted),
        most().prop_map(Step::Work),
        Just(Step::PublishCompleted),
        most().prop_map(Step::Reap),
        Just(Step::PublishReaped),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    /// However the parties take turns, the ring agrees with cursors that never wrap.
    #[test]
    fn any_turns_agree_with_the_model(
        size in any_size(),
        start in any_start(),
        steps in proptest::collection::vec(any_step(), 0..300),
    ) {
        let ring = Ring::starting_at(size, start);
        let mut model = Model::new(size, start);
        model.check(&ring);
        for step in &steps {
            model.step(&ring, step);
            model.check(&ring);
        }
    }
}

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
            deadline: Instant::now() + Duration::from_secs(20),
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
