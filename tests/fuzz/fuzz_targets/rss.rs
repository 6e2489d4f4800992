// SPDX-License-Identifier: GPL-2.0

//! Receive-side scaling: a key and the start of a frame, whose hash must be that of a second
//! Toeplitz hash, over what a second reader finds in the frame; or a table of queues, to be taken
//! or not.

#![no_main]

#[path = "../input.rs"]
mod input;
#[allow(dead_code)]
#[path = "../../../vnet_rs"]
mod vnet_rs {
    pub(crate) mod cable {
        pub(crate) mod ethernet;
    }
    pub(crate) mod card {
        pub(crate) mod rss;
    }
}
#[path = "../../host/tests/common/rss_oracle.rs"]
mod rss_oracle;

use input::Input;
use vnet_rs::card::rss::{
    Hasher,
    Indirection,
    Key,
    HEADER_ROOM,
    TABLE, //
};

fn check_hash(mut input: Input<'_>) {
    let key = Key(input.bytes());
    let frame = input.0;
    let mut hasher = Hasher::new(key);
    let value = hasher.hash(frame);
    assert_eq!(value, rss_oracle::expected(&key, frame));
    // Nothing behind HEADER_ROOM counts.
    let start = &frame[..frame.len().min(HEADER_ROOM)];
    assert_eq!(value, hasher.hash(start));
}

fn check_table(mut input: Input<'_>) {
    let queues = input.u32();
    let mut table = Indirection::spread(queues);
    assert_eq!(table.entries().count(), TABLE);
    assert!(table.entries().all(|queue| queue < queues.max(1)));

    let before: Vec<_> = table.entries().collect();
    let limit = u32::from(input.u8());
    let entries: Vec<_> = input.0.iter().map(|&queue| u32::from(queue)).collect();
    let good = entries.len() == TABLE && entries.iter().all(|&queue| queue < limit);
    assert_eq!(table.set(&entries, limit), good);
    let after = if good { entries } else { before };
    assert!(table.entries().eq(after.iter().copied()));
    assert_eq!(table.queue(queues), after[queues as usize % TABLE]);
}

input::fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    match input.u8() % 4 {
        0 => check_table(input),
        _ => check_hash(input),
    }
});
