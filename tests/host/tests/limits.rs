// SPDX-License-Identifier: GPL-2.0

//! How much a delay line holds where nobody has said it, and when that is too little.

use crate::vnet_rs::cable::{
    limits::{
        Limits,
        Written,
        MAX_LINE_BYTES,
        MAX_LINE_FRAMES,
        MIN_LINE_BYTES, //
    },
    link::{
        JitterModel,
        Link,
        MAX_DELAY_NS,
        MAX_PPM, //
    }, //
};
use proptest::prelude::*;

const GIGABIT: u32 = 1_000_000;
const MS: u64 = 1_000_000;

fn late(latency_ns: u64) -> Link {
    Link {
        latency_ns,
        ..Link::PERFECT
    }
}

fn follows(link: &Link, rate: u32) -> Limits {
    Written::NOTHING.limits(link, rate)
}

#[test]
fn a_written_limit_stays() {
    let written = Written {
        frames: 10,
        bytes: MIN_LINE_BYTES,
    };
    for rate in [0, 1, GIGABIT, 400_000_000] {
        for latency in [0, 1, 250 * MS, MAX_DELAY_NS] {
            let limits = written.limits(&late(latency), rate);
            assert_eq!((limits.frames, limits.bytes), (10, MIN_LINE_BYTES));
        }
    }
    assert_eq!(written.as_limits(), written.limits(&late(0), 0));
}

#[test]
fn one_limit_follows_where_the_other_was_written() {
    let link = late(250 * MS);
    let free = follows(&link, GIGABIT);
    let frames = Written {
        frames: 7,
        bytes: 0,
    };
    let bytes = Written {
        frames: 0,
        bytes: MAX_LINE_BYTES,
    };
    assert_eq!(frames.limits(&link, GIGABIT), Limits { frames: 7, ..free });
    let limits = bytes.limits(&link, GIGABIT);
    assert_eq!((limits.frames, limits.bytes), (free.frames, MAX_LINE_BYTES));
    assert_eq!(frames.as_limits().bytes, u64::MAX);
    assert_eq!(bytes.as_limits().frames, u32::MAX);
}

#[test]
fn a_short_link_has_the_least() {
    for (latency, rate) in [(0, 0), (0, GIGABIT), (250 * MS, 1000), (1000, GIGABIT)] {
        assert_eq!(follows(&late(latency), rate), Limits::LEAST);
    }
}

#[test]
fn a_satellite_carries_its_rate() {
    // 31.25 MB: 20,318 full frames. Of the short ones there are too many for all to have room.
    let limits = follows(&late(250 * MS), GIGABIT);
    assert_eq!(limits.frames, (1 << 17) + 128);
    assert_eq!(limits.bytes, 31_250_000 + MIN_LINE_BYTES);
    // 3.1 MB: all of them have.
    let limits = follows(&late(250 * MS), GIGABIT / 10);
    assert_eq!(limits.frames, 3_125_000 / 60 + 128);
    assert_eq!(limits.bytes, Limits::LEAST.bytes);
}

#[test]
fn jitter_and_reordering_take_room() {
    let link = late(100 * MS);
    let bytes = follows(&link, GIGABIT).bytes;
    let uniform = Link {
        jitter_ns: 50 * MS,
        ..link
    };
    let normal = Link {
        jitter_model: JitterModel::Normal,
        ..uniform
    };
    let reordered = Link {
        reorder_ppm: 1,
        ..uniform
    };
    let ms = |more: u64| 125_000 * more + MIN_LINE_BYTES;
    assert_eq!(bytes, Limits::LEAST.bytes.max(ms(100)));
    assert_eq!(follows(&uniform, GIGABIT).bytes, ms(150));
    assert_eq!(follows(&normal, GIGABIT).bytes, ms(300));
    assert_eq!(follows(&reordered, GIGABIT).bytes, ms(160));
}

#[test]
fn without_a_rate_it_is_ten_gigabits() {
    let link = late(100 * MS);
    assert_eq!(follows(&link, 0), follows(&link, 10 * GIGABIT));
}

#[test]
fn what_would_do_is_said() {
    let link = late(250 * MS);
    let enough = Written {
        frames: 20_318,
        bytes: 31_250_000,
    };
    let needs = Limits {
        frames: enough.frames + 128,
        bytes: enough.bytes + MIN_LINE_BYTES,
    };
    let lack = |frames, bytes, memory| {
        let lack = Written { frames, bytes }.lack(&link, GIGABIT, memory);
        lack.map(|lack| lack.needs)
    };
    let (frames, bytes) = (enough.frames, enough.bytes);
    for (frames, bytes) in [(frames, bytes), (needs.frames, needs.bytes), (0, 0)] {
        assert_eq!(lack(frames, bytes, u64::MAX), None);
    }
    assert_eq!(lack(frames - 1, bytes, u64::MAX), Some(needs));
    assert_eq!(lack(0, bytes - 1, u64::MAX), Some(needs));
    assert_eq!(lack(0, 0, bytes), None);
    assert_eq!(lack(0, 0, bytes - 1), Some(needs));
    let text = enough.lack(&link, GIGABIT, 5).unwrap().to_string();
    let told =
        "at 1000000 kbit/s 20446 frames or 31381072 bytes can be on their way, and there is \
                room for 20318 frames and 5 bytes: more is lost (line_full, line_no_memory)";
    assert_eq!(text, told);
}

#[test]
fn what_is_not_late_needs_no_room() {
    let lossy = Link {
        loss_ppm: 1,
        ..Link::PERFECT
    };
    let one = Written {
        frames: 1,
        bytes: MIN_LINE_BYTES,
    };
    assert_eq!(one.lack(&lossy, GIGABIT, 0), None);
    assert_eq!(one.lack(&late(MAX_DELAY_NS), 0, 0), None);
}

#[test]
fn more_than_any_line_holds_is_lacking() {
    let longest = late(MAX_DELAY_NS);
    let lack = Written::NOTHING.lack(&longest, 400_000_000, u64::MAX);
    assert!(lack.is_some_and(|lack| lack.needs.frames > MAX_LINE_FRAMES));
    assert_eq!(Written::NOTHING.lack(&longest, 100_000, u64::MAX), None);
}

proptest! {
    #[test]
    fn whatever_follows_is_a_limit_that_could_be_written(
        latency_ns: u64, jitter_ns: u64, normal: bool, reorder_ppm in 0..=MAX_PPM, rate: u32,
    ) {
        let jitter_model = match normal {
            true => JitterModel::Normal,
            false => JitterModel::Uniform,
        };
        let link = Link { latency_ns, jitter_ns, jitter_model, reorder_ppm, ..Link::PERFECT };
        let limits = follows(&link, rate);
        prop_assert!((1024..=MAX_LINE_FRAMES).contains(&limits.frames));
        prop_assert!((16 << 20..=MAX_LINE_BYTES).contains(&limits.bytes));
        // It is enough, but where no line is.
        if limits.frames < MAX_LINE_FRAMES && limits.bytes < MAX_LINE_BYTES {
            prop_assert_eq!(Written::NOTHING.lack(&link, rate, u64::MAX), None);
        }
    }
}
