// SPDX-License-Identifier: GPL-2.0

//! The shipped cursors.rs and queue.rs with one thing done wrong (see build.rs): caught.

/// The parts of net/ that the files import.
mod net {
    pub(crate) use kernel::slots;
}
#[allow(dead_code)]
#[path = "common/check.rs"]
mod check;

/// A copy with one thing done wrong, and all that uses it.
macro_rules! mutated {
    ($name:ident) => {
        #[allow(dead_code, unused_imports, clippy::duplicate_mod)]
        #[path = "common"]
        mod $name {
            pub mod books;
            pub mod driver;
            pub mod scenario;
            pub mod shutdown;
            pub mod vnet_rs {
                pub mod ring {
                    pub mod cursors {
                        include!(concat!(
                            env!("OUT_DIR"),
                            "/",
                            stringify!($name),
                            "/cursors.rs"
                        ));
                    }
                    pub mod queue {
                        include!(concat!(
                            env!("OUT_DIR"),
                            "/",
                            stringify!($name),
                            "/queue.rs"
                        ));
                    }
                }
            }
            /// The frames that are sent.
            pub const LOAD: scenario::Load = scenario::Load {
                frames: 3,
                batch: false,
                limit: Some(1000),
                mutation: kernel::mutation::Mutation::Nothing,
            };
        }
    };
}
mutated!(used_and_mask);
mutated!(reaps_what_is_posted);
mutated!(posted_read_first);
mutated!(room_before_reaped);
mutated!(store_without_release);
mutated!(load_without_acquire);

use check::caught;

const RING: &str = "cursors.rs";
const QUEUE: &str = "queue.rs";
/// Loom's words for two parties at one descriptor.
const RACE: &str = "Causality violation";
const BOUND: Option<usize> = Some(2);

#[test]
fn used_and_mask() {
    use used_and_mask::*;
    let scenario = || scenario::three_cpus(LOAD);
    caught("`used & mask`", RING, "skb lost", BOUND, scenario);
}

#[test]
fn reaps_what_is_posted() {
    use reaps_what_is_posted::*;
    let scenario = || scenario::three_cpus(LOAD);
    caught("reaps what is posted", RING, RACE, BOUND, scenario);
}

#[test]
fn posted_read_first() {
    use posted_read_first::*;
    let scenario = || scenario::observed(LOAD);
    caught(
        "positions, `posted` before `completed`",
        RING,
        "positions",
        BOUND,
        scenario,
    );
}

#[test]
fn room_before_reaped() {
    use room_before_reaped::*;
    let scenario = || scenario::three_cpus(LOAD);
    caught(
        "room before the descriptor is reaped",
        QUEUE,
        RACE,
        BOUND,
        scenario,
    );
}

#[test]
fn store_without_release() {
    use store_without_release::*;
    let scenario = || scenario::three_cpus(LOAD);
    caught(
        "a cursor moves without release",
        QUEUE,
        RACE,
        BOUND,
        scenario,
    );
}

#[test]
fn load_without_acquire() {
    use load_without_acquire::*;
    let scenario = || scenario::three_cpus(LOAD);
    caught(
        "a cursor is read without acquire",
        QUEUE,
        RACE,
        BOUND,
        scenario,
    );
}
