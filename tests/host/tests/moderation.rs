// SPDX-License-Identifier: GPL-2.0

//! Interrupt moderation: what waits is never forgotten, and never waits for too long.

use crate::vnet_rs::card::moderation::{
    earlier,
    Moderation,
    Moderator,
    LONGEST_WAIT, //
};
use proptest::prelude::*;

const fn setting(usecs: u32, frames: u32) -> Moderation {
    Moderation {
        usecs,
        frames,
        is_adaptive: false,
    }
}

#[test]
fn without_moderation_each_frame_is_due() {
    for at_once in [Moderation::AT_ONCE, setting(0, 1), setting(50, 1)] {
        let mut moderator = Moderator::new();
        for now in 0..5 {
            moderator.frame(now);
            assert_eq!(moderator.deadline(now, at_once), None);
        }
    }
}

#[test]
fn one_limit_is_needed() {
    assert!(Moderation::AT_ONCE.has_limit());
    assert_eq!(Moderation::AT_ONCE, setting(0, 1));
    assert!(setting(1, 0).has_limit());
    assert!(!setting(0, 0).has_limit());
    // The card does not wait forever all the same.
    let mut moderator = Moderator::new();
    moderator.frame(100);
    let limit = 100 + LONGEST_WAIT;
    assert_eq!(moderator.deadline(limit - 1, setting(0, 0)), Some(limit));
    assert_eq!(moderator.deadline(limit, setting(0, 0)), None);
}

#[test]
fn half_a_ring_is_enough_frames() {
    let cases = [
        (setting(1_000_000, 0), 256, setting(1_000_000, 128)),
        (setting(50, 1000), 256, setting(50, 128)),
        (setting(0, 1000), 2, setting(0, 1)),
        (setting(50, 127), 256, setting(50, 127)),
        (setting(50, 128), 256, setting(50, 128)),
        (setting(50, 1), 2, setting(50, 1)),
        (setting(50, 0), 1, setting(50, 1)),
        (setting(50, 0), 0, setting(50, 1)),
        (setting(50, u32::MAX), u32::MAX, setting(50, u32::MAX / 2)),
    ];
    for (asked, size, wanted) in cases {
        assert_eq!(asked.of_ring(size), wanted, "{asked:?} of {size}");
    }
    for size in [0, 1, 2, 4096] {
        assert_eq!(Moderation::AT_ONCE.of_ring(size), Moderation::AT_ONCE);
    }
}

#[test]
fn too_few_frames_do_not_wait_forever() {
    let mut moderator = Moderator::new();
    moderator.frame(100);
    let limit = Some(100 + LONGEST_WAIT);
    assert_eq!(moderator.deadline(100, setting(0, 16)), limit);
    assert_eq!(moderator.deadline(99 + LONGEST_WAIT, setting(0, 16)), limit);
    assert_eq!(moderator.deadline(100 + LONGEST_WAIT, setting(0, 16)), None);
    (0..16).for_each(|_| {
        moderator.frame(200 + LONGEST_WAIT);
    });
    assert_eq!(moderator.deadline(200 + LONGEST_WAIT, setting(0, 16)), None);
}

#[test]
fn enough_frames_are_due_at_once() {
    let mut moderator = Moderator::new();
    for number in 1..=3 {
        moderator.frame(100);
        let wanted = (number < 3).then_some(50_100);
        assert_eq!(moderator.deadline(100, setting(50, 3)), wanted);
    }
    // All starts anew.
    moderator.frame(200);
    assert_eq!(moderator.deadline(200, setting(50, 3)), Some(50_200));
}

#[test]
fn the_first_frame_decides_how_long() {
    let mut moderator = Moderator::new();
    moderator.frame(1_000);
    assert_eq!(moderator.deadline(1_000, setting(50, 0)), Some(51_000));
    moderator.frame(40_000);
    assert_eq!(moderator.deadline(50_999, setting(50, 0)), Some(51_000));
    assert_eq!(moderator.deadline(51_000, setting(50, 0)), None);
}

#[test]
fn no_number_is_enough_if_none_is_set() {
    let mut moderator = Moderator::new();
    (0..100_000).for_each(|_| {
        moderator.frame(0);
    });
    assert_eq!(moderator.deadline(0, setting(1, 0)), Some(1_000));
}

#[test]
fn a_shorter_time_counts_at_once() {
    let mut moderator = Moderator::new();
    moderator.frame(0);
    let long = Some(1_000_000_000);
    assert_eq!(moderator.deadline(10, setting(1_000_000, 0)), long);
    assert_eq!(moderator.deadline(2_000, setting(1, 0)), None);
}

/// The deadlines of so many frames, each `pause` ns after the one before, where each interrupt that is
/// due is raised. They are in ns from the first frame that waits.
fn waits(moderator: &mut Moderator, start: u64, count: u64, pause: u64) -> Vec<Option<u64>> {
    let mut first = None;
    let mut one = |now| {
        moderator.frame(now);
        let since = *first.get_or_insert(now);
        let deadline = moderator.deadline(now, Moderation::ADAPTIVE);
        if deadline.is_none() {
            first = None;
        }
        deadline.map(|deadline| deadline - since)
    };
    (0..count).map(|at| one(start + at * pause)).collect()
}

#[test]
fn what_adapts_lets_no_lone_frame_wait() {
    for pause in [15_000, 25_000, 99_999, 100_000, 1_000_000, 1_000_000_000] {
        let mut moderator = Moderator::new();
        let waits = waits(&mut moderator, 5_000_000, 1000, pause);
        assert!(waits.iter().all(Option::is_none), "{pause}");
    }
}

#[test]
fn what_adapts_collects_frames_under_load() {
    let mut moderator = Moderator::new();
    let mut now = 5_000_000;
    for (pause, together) in [(1_000, 32), (2_000, 32), (10_000, 8), (12_000, 7)] {
        let load = waits(&mut moderator, now, 1000, pause);
        now += 1000 * pause;
        let due: Vec<_> = (300..1000).filter(|&at| load[at].is_none()).collect();
        assert!(
            due.windows(2).all(|two| two[1] - two[0] == together),
            "{pause} {due:?}"
        );
        assert!(load[300..].iter().flatten().all(|&wait| wait == 64_000));
    }
    // And no more when that is over.
    assert_eq!(waits(&mut moderator, now + 200_000, 1, 0), [None]);
}

#[test]
fn the_earlier_of_two() {
    assert_eq!(earlier(None, None), None);
    assert_eq!(earlier(Some(1), None), Some(1));
    assert_eq!(earlier(None, Some(2)), Some(2));
    assert_eq!(earlier(Some(3), Some(2)), Some(2));
    assert_eq!(earlier(Some(2), Some(3)), Some(2));
}

proptest! {
    #[test]
    fn what_waits_has_a_deadline(
        frames in prop::collection::vec((0..10_000u64, 0..10_000u64), 1..100),
        usecs in 0..20u32, enough in 0..10u32
    ) {
        let mut moderator = Moderator::new();
        let (mut now, mut waiting, mut first) = (0, 0, 0);
        for (pause, late) in frames {
            now += pause;
            moderator.frame(now);
            if waiting == 0 {
                first = now;
            }
            waiting += 1;
            let asked = now + late;
            let limit = first + match usecs {
                0 => LONGEST_WAIT,
                _ => u64::from(usecs) * 1000,
            };
            let wanted = asked >= limit || (enough != 0 && waiting >= enough);
            let deadline = moderator.deadline(asked, setting(usecs, enough));
            prop_assert_eq!(deadline, (!wanted).then_some(limit));
            if wanted {
                waiting = 0;
            }
            now = asked;
        }
    }

    /// A card asks only when it is told that there is another answer, or when the time has come.
    #[test]
    fn who_asks_less_misses_nothing(
        pauses in prop::collection::vec(0..30_000u64, 1..300), scale in 0..3u64,
        usecs in 0..80u32, frames in 1..40u32, is_adaptive: bool
    ) {
        let setting = Moderation { usecs, frames, is_adaptive };
        let (mut one, mut other) = (Moderator::new(), Moderator::new());
        let (mut now, mut until) = (1_000_000, None);
        for pause in pauses {
            now += pause * scale;
            one.frame(now);
            let expected = one.deadline(now, setting);
            if other.frame(now) || until.is_none_or(|until| now >= until) {
                until = other.deadline(now, setting);
            }
            prop_assert_eq!(until, expected);
        }
    }

    #[test]
    fn no_time_makes_it_wrap(at: u64, now: u64, usecs: u32, enough: u32) {
        let mut moderator = Moderator::new();
        moderator.frame(at);
        let deadline = moderator.deadline(now, setting(usecs, enough));
        prop_assert!(deadline.is_none_or(|deadline| deadline > now));
    }
}
