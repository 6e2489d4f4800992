// SPDX-License-Identifier: GPL-2.0

//! The driver's calls when its port goes down, one by one; see driver.rs.

use super::{
    driver::{
        Frame,
        Port,
        Tx,
        LEN, //
    },
    vnet_rs::ring::queue::{
        Completer,
        Reaper, //
    }, //
};
use kernel::{
    mutation::Mutation::*,
    tx_queue::{
        DRV_XOFF,
        STACK_XOFF, //
    }, //
};
use loom::sync::atomic::Ordering::Relaxed;

impl Port {
    /// The port goes down: `quiesce()` and `close()`.
    pub fn shut_down(&self) {
        // net/open.rs: bindings::napi_disable(queue.napi.get());
        let polls_last = self.txq.mutation == PollsLast;
        let ring = (!polls_last).then(|| self.poll.lock().unwrap().take());
        // net/open.rs: unsafe { bindings::net_rs_tx_disable(self.as_ptr()) };
        let stack = self.stack.lock().unwrap();
        // include/linux/netdevice.h:4977 netif_tx_stop_queue(txq);
        self.txq.state.fetch_or(DRV_XOFF, Relaxed);
        drop(stack);
        // net/open.rs: let tx = self.swap_tx(index, queue, None);
        let mut tx = self.stack.lock().unwrap().tx.take().unwrap();
        let ring = ring.unwrap_or_else(|| self.poll.lock().unwrap().take());
        // net/open.rs: T::Rings::close(self, &Quiet::new(self, rtnl, 0), open);
        self.detach(&mut tx, &mut ring.unwrap());
        self.books.shut_down();
    }

    /// The rings are emptied, and taken from the engine.
    fn detach(&self, tx: &mut Tx, ring: &mut Reaper<Frame>) {
        if self.txq.mutation == EngineLeftRunning {
            return self.empty_tx(tx, ring, None);
        }
        // vnet_rs/driver/rings.rs: let mut card = port.plug.hold(quiet.rtnl());
        let mut held = self.nic.lock().unwrap();
        // vnet_rs/driver/rings.rs: empty_tx(&port, quiet, &mut card.tx, &mut open,
        // PurgeReason::Down);
        self.empty_tx(tx, ring, held.as_mut());
        // vnet_rs/driver/rings.rs: card.tx.detach();
        *held = None;
    }

    fn empty_tx(&self, tx: &mut Tx, ring: &mut Reaper<Frame>, nic: Option<&mut Completer<Frame>>) {
        // vnet_rs/driver/rings.rs: tx::reap_quiet(port, quiet, number, pair);
        self.reap_quiet(ring);
        // vnet_rs/driver/rings.rs: pair.tx.ring.publish();
        tx.ring.publish();
        // vnet_rs/driver/rings.rs: tx::complete_all(&mut sender.ring);
        if let Some(nic) = nic {
            // vnet_rs/driver/tx.rs: while ring.front().is_some() {
            while nic.front().is_some() {
                nic.complete();
            }
        }
        // vnet_rs/driver/rings.rs: tx::purge(port, quiet, number, pair, reason);
        self.purge(ring);
    }

    fn reap_quiet(&self, ring: &mut Reaper<Frame>) {
        let mut packets = 0;
        // vnet_rs/driver/tx.rs: while let Some(frame) = pair.poll.tx.reap() {
        while let Some(frame) = ring.reap() {
            packets += 1;
            self.books.freed(frame.0, true);
        }
        // vnet_rs/driver/tx.rs: pair.poll.tx.publish();
        ring.publish();
        // vnet_rs/driver/tx.rs: quiet.completed(queue, packets, bytes);
        self.txq.completed(packets * LEN);
    }

    fn purge(&self, ring: &mut Reaper<Frame>) {
        // vnet_rs/driver/tx.rs: while let Some(mut frame) = pair.poll.tx.reap() {
        while let Some(frame) = ring.reap() {
            self.books.freed(frame.0, false);
        }
        // vnet_rs/driver/tx.rs: pair.poll.tx.publish();
        ring.publish();
        // vnet_rs/driver/tx.rs: quiet.reset_byte_limit(queue);
        // include/linux/netdevice.h:4038 clear_bit(__QUEUE_STATE_STACK_XOFF, &q->state);
        self.txq.state.fetch_and(!STACK_XOFF, Relaxed);
        // lib/dynamic_queue_limits.c:194 dql->num_queued = 0;
        self.txq.num_queued.store(0, Relaxed);
        // lib/dynamic_queue_limits.c:195 dql->num_completed = 0;
        self.txq.num_completed.store(0, Relaxed);
    }
}
