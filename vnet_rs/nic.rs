// SPDX-License-Identifier: GPL-2.0

//! The hardware half: the engine that sends what the driver has posted.
//!
//! The doorbell starts the engine if it is idle. It puts one frame after the other
//! on the wire, and its timer fires when the frame's last bit has left: then the
//! far end has it, the descriptor is complete, and the next frame follows. When
//! the ring is empty the engine is idle and no timer runs.
//!
//! At rate 0 no frame takes any time. The doorbell raises the interrupt, and the
//! poll that follows runs the engine before it reaps: no timer at all.
//!
//! Interrupts are not moderated: one is raised whenever frames have been
//! completed, unless the driver has it masked. A busy engine still completes in
//! batches, because its timer is late then and several frames have left.
//!
//! The engine is one at a time by construction ([`Softirq`]), and the only one
//! that completes. Read next: wire.rs, then far_end.rs.

use super::{
    far_end::FarEnd,
    port::Port,
    queue::{
        Completer,
        Cursors, //
    },
    wire::Wire, //
};
use crate::net::{
    Device,
    DeviceRef,
    Machine,
    Next,
    SkBuff,
    Turn, //
};

/// After so many frames the engine lets others run.
const BATCH: u32 = 64;

/// A frame in the transmit ring.
pub(crate) struct Frame {
    /// The frame. It is the NIC's to read and the driver's to free.
    pub(crate) skb: SkBuff,
    /// Its length when it was posted, in bytes: what BQL was told.
    pub(crate) len: u32,
}

/// What the engine works with; only the engine does.
pub(crate) struct Nic {
    tx: Completer<Frame>,
    wire: Wire,
    far_end: FarEnd,
    /// When the frame at the front of the ring will have left; [`None`] if it has
    /// not been put on the wire.
    leaves: Option<u64>,
    /// The next frame does not follow another without a gap.
    idle: bool,
}

/// What others can see of the engine.
pub(crate) struct NicShared {
    /// The port, for its interrupt and its counters.
    port: DeviceRef<Port>,
    /// The cursors of the transmit ring.
    pub(crate) tx: Cursors,
}

impl NicShared {
    /// The view of an engine that sends for `port` what is posted to `tx`.
    pub(crate) fn new(port: DeviceRef<Port>, tx: Cursors) -> Self {
        Self { port, tx }
    }
}

impl Nic {
    /// An idle engine.
    pub(crate) fn new(tx: Completer<Frame>, far_end: FarEnd) -> Self {
        Self {
            tx,
            wire: Wire::new(),
            far_end,
            leaves: None,
            idle: true,
        }
    }

    /// Takes the frame off the wire, as a reset of the card does. What was posted is completed without being sent,
    /// for the driver to purge.
    pub(crate) fn reset(&mut self) {
        self.wire = Wire::new();
        self.leaves = None;
        self.idle = true;
        while self.tx.front().is_some() {
            self.tx.complete();
        }
    }

    /// Sends what has left the wire by `now`. Returns what to do next, and
    /// whether anything has left.
    fn send(&mut self, dev: &Device<Port>, now: u64) -> (Next, bool) {
        let rate = dev.driver().config().rate_kbps;
        let mut sent = 0;
        loop {
            if let Some(leaves) = self.leaves {
                if leaves > now {
                    return (Next::At(leaves), sent > 0);
                }
                if sent == BATCH {
                    return (Next::Yield, true);
                }
                self.leaves = None;
                self.frame_has_left(dev);
                sent += 1;
            }
            let Some(frame) = self.tx.front() else {
                self.idle = true;
                return (Next::Idle, sent > 0);
            };
            // While the wire is busy a frame follows the one before it, however
            // late we are to look at it; else it starts now.
            let offered = if self.idle { now } else { 0 };
            self.idle = false;
            self.leaves = Some(self.wire.send(offered, frame.len, rate));
        }
    }

    /// The frame at the front is at the far end: its descriptor is complete.
    fn frame_has_left(&mut self, dev: &Device<Port>) {
        let Some(frame) = self.tx.front() else {
            return;
        };
        let port = dev.driver();
        let counters = port.counters();
        counters.tx_completed.add(1);
        counters.tx_bytes.add(u64::from(frame.len));
        self.far_end.receive(dev, &frame.skb);
        self.tx.complete();
    }
}

impl Machine for Nic {
    type Shared = NicShared;

    fn run(&mut self, shared: &NicShared, now: u64, turn: Turn) -> Next {
        let port = shared.port.driver();
        if port.engine_hangs() {
            // Time passes on the wire meanwhile; what comes after does not catch up.
            self.idle = true;
            return Next::Idle;
        }
        let (next, sent) = self.send(&shared.port, now);
        if sent {
            port.counters().last_progress.set(now);
            // A poll that runs the engine looks at what it has done right after.
            if turn == Turn::Own && shared.port.interrupt() {
                port.counters().interrupts.add(1);
            }
        }
        match next {
            // Only the poll can see to it that it runs again.
            Next::Yield if turn == Turn::Own => Next::At(now),
            next => next,
        }
    }

    fn pending(shared: &NicShared) -> bool {
        let port = shared.port.driver();
        shared.tx.to_complete() > 0 && !port.engine_hangs()
    }
}
