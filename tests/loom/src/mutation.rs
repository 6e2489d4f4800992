// SPDX-License-Identifier: GPL-2.0

//! Mistakes made on purpose outside of the shipped files, each as real drivers have shipped it.
//! Those inside are in build.rs.

/// One thing done wrong, or [`Mutation::Nothing`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    /// The code as it is shipped.
    Nothing,

    // In the model, tx_queue.rs.
    /// The queue is stopped, without a second look for room.
    NoRecheck,
    /// `smp_mb__after_atomic()` is missing between the stop and that look.
    StopWithoutBarrier,
    /// `smp_mb()` is missing between making room and the look whether the queue is stopped.
    WakeWithoutBarrier,

    // In the mirror of the driver's calls, tests/common/driver.rs.
    /// BQL is told of a frame when the NIC has it already.
    SentAfterPublication,
    /// The queue is woken before the room that was made is published.
    WakeBeforeRoom,
    /// A frame is posted, and the stack is told "busy": it sends it again.
    BusyButKept,
    /// With more frames to come the doorbell waits for them, though the queue is stopped.
    NoDoorbellWhenStopped,
    /// The port is down, and its engine still runs.
    EngineLeftRunning,
    /// The queues are stopped for good while there still are polls, which wake them.
    PollsLast,
}
