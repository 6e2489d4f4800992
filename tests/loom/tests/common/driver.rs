// SPDX-License-Identifier: GPL-2.0

//! The driver's calls around its ring, one by one.
//!
//! The ring's ends are the shipped ones. The code between them is a mirror, as the driver's needs a
//! kernel to run in. Above each step stands the line of the driver that it mirrors; tests/cites.rs
//! checks that these lines exist, in this order.

use super::{
    books::{
        Books,
        Skb, //
    },
    vnet_rs::ring::{
        cursors::{
            start_threshold,
            STOP_THRESHOLD, //
        },
        queue::{
            self,
            Completer,
            Cursors,
            Poster,
            Reaper, //
        }, //
    }, //
};
use kernel::{
    mutation::Mutation::{
        self,
        *, //
    },
    tx_queue::{
        TxQueue,
        DRV_XOFF,
        STACK_XOFF, //
    },
};
use loom::sync::{
    atomic::{
        AtomicBool,
        Ordering::{
            AcqRel,
            Relaxed,
            Release, //
        }, //
    },
    Mutex, //
};
use std::collections::VecDeque;

/// How long each frame is.
pub const LEN: u32 = 60;

/// The value in a descriptor.
pub struct Frame(pub Skb);

/// The driver's part of a transmit queue: `Tx` in vnet_rs/driver/tx.rs.
pub struct Tx {
    pub ring: Poster<Frame>,
    rung: bool,
}

/// The data that the xmit lock protects: `Tx`, unless the port is down, and the frames that wait.
pub struct Stack {
    pub tx: Option<Tx>,
    pub backlog: VecDeque<Skb>,
}

/// A port with one queue.
pub struct Port {
    pub txq: TxQueue,
    pub books: Books,
    pub stack: Mutex<Stack>,
    /// The lock stands for the turn of the engine.
    pub nic: Mutex<Option<Completer<Frame>>>,
    /// The lock stands for owning the NAPI instance.
    pub poll: Mutex<Option<Reaper<Frame>>>,
    pub rung: AtomicBool,
    pub cursors: Cursors,
    /// The stack sends all that waits as one batch.
    batch: bool,
}

impl Port {
    /// A port whose ring has `size` descriptors, and `frames` that wait.
    pub fn new(size: u32, frames: usize, batch: bool, txq: TxQueue) -> Self {
        let (post, complete, reap) = queue::new(size).unwrap();
        let cursors = post.cursors().clone();
        let tx = Tx {
            ring: post,
            rung: true,
        };
        Self {
            txq,
            books: Books::new(frames),
            stack: Mutex::new(Stack {
                tx: Some(tx),
                backlog: (0..frames).map(Skb).collect(),
            }),
            nic: Mutex::new(Some(complete)),
            poll: Mutex::new(Some(reap)),
            rung: AtomicBool::new(false),
            cursors,
            batch,
        }
    }

    fn has(&self, mutation: Mutation) -> bool {
        self.txq.mutation == mutation
    }

    /// The stack sends the frames that wait, as long as the queue runs: `sch_direct_xmit()`.
    pub fn run_qdisc(&self) {
        let stack = &mut *self.stack.lock().unwrap();
        // net/sched/sch_generic.c:379 if (!netif_xmit_frozen_or_stopped(txq))
        while !self.txq.is_stopped(DRV_XOFF | STACK_XOFF) {
            let Some(skb) = stack.backlog.pop_front() else {
                return;
            };
            let more = self.batch && !stack.backlog.is_empty();
            let result = match &mut stack.tx {
                Some(tx) => self.start_xmit(tx, skb, more),
                // net/xmit.rs: skb.discard(DropReason::DevReady);
                None => {
                    self.books.freed(skb, false);
                    Ok(())
                }
            };
            if let Err(skb) = result {
                stack.backlog.push_front(skb);
                // net/sched/sch_generic.c:209 __netif_schedule(q);
                self.txq.scheduled.swap(true, Relaxed);
                return;
            }
        }
    }

    /// Called by the stack.
    fn start_xmit(&self, tx: &mut Tx, skb: Skb, more: bool) -> Result<(), Skb> {
        // net/xmit.rs: let result = T::start_xmit(device, &mut context, skb);
        let result = self.post(tx, skb, more);
        // net/tx_queue.rs: !self.more || unsafe { bindings::net_rs_tx_queue_stopped(self.txq) }
        let stopped = self.txq.is_stopped(DRV_XOFF) && !self.has(NoDoorbellWhenStopped);
        // net/xmit.rs: if result.is_err() || context.needs_doorbell() {
        if result.is_err() || !more || stopped {
            self.doorbell(tx);
        }
        result
    }

    /// A frame is posted.
    fn post(&self, tx: &mut Tx, skb: Skb, more: bool) -> Result<(), Skb> {
        // vnet_rs/driver/ndo.rs: if tx.tx().ring.free() == 0 {
        if tx.ring.free() == 0 {
            // vnet_rs/driver/ndo.rs: tx::stop_queue(&port, tx);
            self.stop(tx);
            return Err(skb);
        }
        let again = Skb(skb.0);
        // vnet_rs/driver/ndo.rs: if let Err(frame) = tx.tx_mut().ring.post(frame) {
        tx.ring.post(Frame(skb)).map_err(|frame| frame.0)?;
        // vnet_rs/driver/ndo.rs: tx.tx_mut().rung = false;
        tx.rung = false;
        if self.has(SentAfterPublication) {
            self.doorbell(tx);
        }
        // vnet_rs/driver/ndo.rs: tx.sent(len);
        self.txq.sent(LEN, more);
        // vnet_rs/driver/ndo.rs: if tx.tx().ring.free() < STOP_THRESHOLD && !never_stop {
        if tx.ring.free() < STOP_THRESHOLD {
            // vnet_rs/driver/ndo.rs: tx::stop_queue(&port, tx);
            self.stop(tx);
            if self.has(BusyButKept) {
                return Err(again);
            }
        }
        Ok(())
    }

    fn stop(&self, tx: &mut Tx) {
        // vnet_rs/driver/tx.rs: tx.tx_mut().publish(port.plug.is_timed().then(net::now));
        tx.ring.publish();
        // vnet_rs/driver/tx.rs: let start = start_threshold(ring.cursors().size());
        let start = start_threshold(tx.ring.cursors().size());
        // vnet_rs/driver/tx.rs: if tx.stop(|| ring.free(), start) == Stop::Stopped {
        self.txq.try_stop(|| tx.ring.free(), start);
    }

    fn doorbell(&self, tx: &mut Tx) {
        // vnet_rs/driver/ndo.rs: if core::mem::replace(&mut half.rung, true) {
        if core::mem::replace(&mut tx.rung, true) {
            return;
        }
        // vnet_rs/driver/ndo.rs: half.publish(port.plug.is_timed().then_some(now));
        tx.ring.publish();
        // vnet_rs/driver/ndo.rs: port.plug.ring(now);
        // There it is a store. But loom (0.5) may order one before a read-modify-write that has
        // read an older one, which no machine does.
        self.rung.swap(true, Release);
    }

    /// The engine, if the doorbell has rung: sends all that is posted. Says whether it had.
    pub fn run_nic(&self) -> bool {
        let mut ring = self.nic.lock().unwrap();
        // vnet_rs/card/send.rs: let Some(rings) = &mut self.rings else {
        let Some(ring) = &mut *ring else {
            return false;
        };
        if !self.rung.swap(false, AcqRel) {
            return false;
        }
        while let Some(frame) = ring.front() {
            self.books.sent(&frame.0);
            ring.complete();
        }
        true
    }

    /// A poll: reaps all that is completed. Says whether there was something.
    pub fn run_poll(&self) -> bool {
        let mut ring = self.poll.lock().unwrap();
        let Some(ring) = &mut *ring else {
            return false;
        };
        let mut packets = 0;
        // vnet_rs/driver/tx.rs: while let Some(frame) = poll.poll_mut().tx.reap() {
        while let Some(frame) = ring.reap() {
            packets += 1;
            // vnet_rs/driver/tx.rs: skb.consume_napi(poll);
            self.books.freed(frame.0, true);
        }
        // vnet_rs/driver/tx.rs: if packets == 0 {
        if packets == 0 {
            return false;
        }
        if !self.has(WakeBeforeRoom) {
            // vnet_rs/driver/tx.rs: poll.poll_mut().tx.publish();
            ring.publish();
        }
        // vnet_rs/driver/tx.rs: let start = start_threshold(poll.poll().tx.cursors().size());
        let start = start_threshold(ring.cursors().size());
        // vnet_rs/driver/tx.rs: if poll.completed(packets, bytes, |poll| poll.tx.cursors().free(),
        // start) {
        self.txq
            .completed_wake(packets * LEN, || ring.cursors().free(), start);
        ring.publish();
        true
    }
}
