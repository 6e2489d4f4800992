// SPDX-License-Identifier: GPL-2.0

//! The cursors of a ring against cursors of 64 bits, which never wrap.
//!
//! Read next: `ring_threads.rs`.

use crate::vnet_rs::ring::cursors::Ring;
use proptest::prelude::*;
use std::sync::atomic::AtomicU32;

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
        let cursors = [self.posted, self.completed, self.reaped];
        assert_eq!(
            ring.positions(),
            cursors.map(|cursor| cursor as u32),
            "{self:?}"
        );
        assert_eq!(
            ring.to_reap(),
            (self.completed - self.reaped) as u32,
            "{self:?}"
        );
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
