// SPDX-License-Identifier: GPL-2.0

//! The cursors of a ring case by case: every size and every start near the wrap, empty, full and
//! between.
//!
//! Read next: `ring_model.rs`, cases that nobody chose.

use crate::vnet_rs::ring::cursors::{
    start_threshold,
    Cursor,
    Ring,
    STOP_THRESHOLD, //
};
use std::{
    cell::Cell,
    sync::atomic::AtomicU32, //
};

const SIZES: [u32; 4] = [2, 4, 256, 4096];

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
