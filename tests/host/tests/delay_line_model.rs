// SPDX-License-Identifier: GPL-2.0

//! The delay line against a list that is looked through from end to end for everything.

use crate::line_model::{
    line,
    Both,
    Step, //
};
use crate::vnet_rs::cable::delay_line::HOLD_NS;
use proptest::prelude::*;

/// Times that are often equal, some near the time for which frames are held, some at the end.
fn time() -> impl Strategy<Value = u64> {
    prop_oneof![
        8 => 0..4u64,
        4 => HOLD_NS - 2..HOLD_NS + 3,
        2 => 0..3 * HOLD_NS,
        1 => u64::MAX - 2 * HOLD_NS..=u64::MAX,
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let short = prop_oneof![4 => 0..4u64, 2 => HOLD_NS - 2..HOLD_NS + 3];
    prop_oneof![
        20 => (prop::bool::weighted(0.3), time(), 0..30u32, any::<bool>())
            .prop_map(|(held, at, bytes, keep)| Step::Add(held, at, bytes, keep)),
        10 => (short, 0..8usize).prop_map(|(time, count)| Step::Wait(time, count)),
        1 => (0..40usize, 0..600u64).prop_map(|(frames, bytes)| Step::Move(frames, bytes)),
        1 => Just(Step::Drain),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn does_what_the_model_does(
        frames in 0..40usize, byte_limit in 0..600u64,
        steps in prop::collection::vec(step(), 1..300),
    ) {
        let mut both = Both::new(frames, byte_limit);
        for (number, step) in (0..).zip(steps) {
            both.step(number, step);
        }
    }

    #[test]
    fn sorts(times in prop::collection::vec(any::<u16>(), 0..2000)) {
        let mut line = line(times.len(), 0);
        for (number, &at) in (0..).zip(&times) {
            prop_assert_eq!(line.enter(at.into(), 0, number, false), Ok(()));
        }
        let mut sorted: Vec<_> = (0..).zip(&times).map(|(number, &at)| (at, number)).collect();
        sorted.sort();
        let drained: Vec<u32> = line.drain().collect();
        prop_assert_eq!(drained, sorted.into_iter().map(|(_, number)| number).collect::<Vec<_>>());
    }
}
