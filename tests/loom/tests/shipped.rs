// SPDX-License-Identifier: GPL-2.0

//! The shipped cursors.rs and queue.rs: right in every interleaving. And the code around them, with
//! one thing done wrong: caught.

#[allow(dead_code)]
#[path = "../../../vnet_rs"]
mod vnet_rs {
    pub(crate) mod ring {
        pub(crate) mod cursors;
        pub(crate) mod queue;
    }
}
/// The parts of net/ that the files import.
mod net {
    pub(crate) use kernel::slots;
}
#[path = "common/books.rs"]
mod books;
#[path = "common/check.rs"]
mod check;
#[path = "common/driver.rs"]
mod driver;
#[path = "common/scenario.rs"]
mod scenario;
#[path = "common/shutdown.rs"]
mod shutdown;

use check::{
    caught,
    holds, //
};
use kernel::mutation::Mutation::{
    self,
    *, //
};
use scenario::{
    observed,
    shutdown,
    three_cpus,
    two_cpus,
    Load, //
};

/// Two frames, one by one, and BQL does not get in the way.
const TWO: Load = Load {
    frames: 2,
    batch: false,
    limit: Some(1000),
    mutation: Nothing,
};
/// One more than the ring has descriptors.
const THREE: Load = Load { frames: 3, ..TWO };
/// In a kernel without BQL.
const NO_BQL: Load = Load { limit: None, ..TWO };
/// BQL stops the queue at the second frame, as the ring does.
const TIGHT: Load = Load {
    limit: Some(driver::LEN),
    ..TWO
};
/// The frames come at once.
const BATCH: Load = Load {
    batch: true,
    ..THREE
};

const fn with(mutation: Mutation, load: Load) -> Load {
    Load { mutation, ..load }
}

#[test]
fn two_cpus_without_bql() {
    holds("2 CPUs, 2 frames, no BQL", None, || two_cpus(NO_BQL));
}

#[test]
fn two_cpus_with_bql() {
    holds("2 CPUs, 2 frames", Some(4), || two_cpus(TWO));
}

#[test]
fn two_cpus_tight_limit() {
    holds("2 CPUs, 2 frames, BQL stops, too", Some(3), || {
        two_cpus(TIGHT)
    });
}

#[test]
fn two_cpus_three_frames() {
    holds("2 CPUs, 3 frames", Some(2), || two_cpus(THREE));
}

#[test]
fn two_cpus_batch() {
    holds("2 CPUs, a batch of 3", None, || two_cpus(BATCH));
}

#[test]
fn three_cpus_without_bql() {
    holds("3 CPUs, 2 frames, no BQL", Some(3), || three_cpus(NO_BQL));
}

#[test]
fn three_cpus_two_frames() {
    holds("3 CPUs, 2 frames", Some(2), || three_cpus(TWO));
}

#[test]
fn three_cpus_three_frames() {
    holds("3 CPUs, 3 frames", Some(2), || three_cpus(THREE));
}

#[test]
fn three_cpus_batch() {
    holds("3 CPUs, a batch of 3", Some(3), || three_cpus(BATCH));
}

#[test]
fn three_cpus_observed() {
    holds("2 CPUs, and one that looks", Some(2), || observed(TWO));
}

#[test]
fn three_cpus_shutdown() {
    holds("3 CPUs, one shuts down", Some(4), || shutdown(TWO));
}

#[test]
fn three_cpus_shutdown_three_frames() {
    holds("3 CPUs, one shuts down, 3 frames", Some(3), || {
        shutdown(THREE)
    });
}

const MODEL: &str = "the model, tx_queue.rs";
const MIRROR: &str = "the mirror of the driver, driver.rs";
const DOWN: &str = "the mirror of the driver, shutdown.rs";

#[test]
fn no_recheck() {
    let load = with(NoRecheck, TWO);
    let scenario = move || two_cpus(load);
    caught(
        "no re-check after stop",
        MODEL,
        "lost wake-up",
        Some(3),
        scenario,
    );
}

#[test]
fn stop_without_barrier() {
    let load = with(StopWithoutBarrier, TWO);
    let scenario = move || two_cpus(load);
    caught(
        "stop without a barrier",
        MODEL,
        "lost wake-up",
        Some(3),
        scenario,
    );
}

#[test]
fn wake_without_barrier() {
    let load = with(WakeWithoutBarrier, NO_BQL);
    let scenario = move || two_cpus(load);
    caught(
        "wake without a barrier",
        MODEL,
        "lost wake-up",
        Some(3),
        scenario,
    );
}

#[test]
fn sent_after_publication() {
    let load = with(SentAfterPublication, TWO);
    let scenario = move || two_cpus(load);
    let property = "BQL completes more than was sent";
    caught(
        "BQL sent after publication",
        MIRROR,
        property,
        Some(3),
        scenario,
    );
}

#[test]
fn wake_before_room() {
    let load = with(WakeBeforeRoom, TWO);
    let scenario = move || two_cpus(load);
    caught(
        "wake before the room is published",
        MIRROR,
        "lost wake-up",
        Some(3),
        scenario,
    );
}

#[test]
fn no_doorbell_when_stopped() {
    let load = with(NoDoorbellWhenStopped, BATCH);
    let scenario = move || two_cpus(load);
    caught(
        "xmit_more, stopped, no doorbell",
        MIRROR,
        "lost wake-up",
        Some(3),
        scenario,
    );
}

#[test]
fn busy_but_kept() {
    let load = with(BusyButKept, TWO);
    let scenario = move || two_cpus(load);
    caught("busy, but kept", MIRROR, "sent twice", Some(3), scenario);
}

#[test]
fn busy_but_kept_and_shut_down() {
    let load = with(BusyButKept, TWO);
    let scenario = move || shutdown(load);
    caught(
        "busy, but kept, as the port goes down",
        MIRROR,
        "freed twice",
        Some(3),
        scenario,
    );
}

#[test]
fn engine_left_running() {
    let load = with(EngineLeftRunning, TWO);
    let scenario = move || shutdown(load);
    let property = "delivered after shutdown";
    caught("the engine runs on", DOWN, property, Some(3), scenario);
}

#[test]
fn polls_last() {
    let load = with(PollsLast, TWO);
    let scenario = move || shutdown(load);
    caught(
        "polls are ended last",
        DOWN,
        "awake after shutdown",
        Some(3),
        scenario,
    );
}
