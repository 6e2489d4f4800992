// SPDX-License-Identifier: GPL-2.0

//! The scenarios: threads that run at the same time, and the state that must hold afterwards.

use super::driver::Port;
use kernel::{
    mutation::Mutation,
    tx_queue::{
        TxQueue,
        DRV_XOFF, //
    }, //
};
use loom::{
    sync::{
        atomic::{
            AtomicBool,
            AtomicU32,
            Ordering::Relaxed, //
        },
        Arc, //
    },
    thread, //
};

/// How many descriptors the ring has.
const SIZE: u32 = 2;

/// The frames that are sent, and the kernel.
#[derive(Clone, Copy)]
pub struct Load {
    /// How many frames wait.
    pub frames: usize,
    /// All of them are one batch (`xmit_more`).
    pub batch: bool,
    /// BQL's limit, in bytes; [`None`]: a kernel without BQL.
    pub limit: Option<u32>,
    pub mutation: Mutation,
}

/// A port that has not sent anything.
fn port(load: Load) -> Arc<Port> {
    let [num_queued, num_completed] = [0; 2].map(AtomicU32::new);
    let txq = TxQueue {
        mutation: load.mutation,
        limit: load.limit,
        state: AtomicU32::new(0),
        scheduled: AtomicBool::new(false),
        num_queued,
        num_completed,
        adj_limit: AtomicU32::new(load.limit.unwrap_or(0)),
    };
    Arc::new(Port::new(SIZE, load.frames, load.batch, txq))
}

/// Runs `f` on a CPU of its own.
fn cpu(port: &Arc<Port>, f: fn(&Port)) -> thread::JoinHandle<()> {
    let port = port.clone();
    thread::spawn(move || f(&port))
}

/// The softirqs that a wake has raised.
fn net_tx_action(port: &Port) {
    if port.txq.scheduled.swap(false, Relaxed) {
        port.run_qdisc();
    }
}

/// NAPI, twice, and the stack, if it is woken.
fn polls(port: &Port) {
    for _ in 0..2 {
        port.run_poll();
        net_tx_action(port);
    }
}

/// The engine, twice.
fn engine(port: &Port) {
    for _ in 0..2 {
        port.run_nic();
    }
}

/// The engine and NAPI, on one CPU.
fn softirqs(port: &Port) {
    for _ in 0..2 {
        port.run_nic();
        port.run_poll();
        net_tx_action(port);
    }
}

/// All that would still happen by itself happens. Then nothing may wait.
fn settle(port: &Port) {
    for _ in 0..16 {
        let sent = port.run_nic();
        let reaped = port.run_poll();
        let scheduled = port.txq.scheduled.swap(false, Relaxed);
        if scheduled {
            port.run_qdisc();
        }
        if !sent && !reaped && !scheduled {
            break;
        }
    }
    let waits = port.stack.lock().unwrap().backlog.len();
    let stopped = port.txq.state.load(Relaxed);
    assert!(
        waits == 0 && stopped == 0,
        "lost wake-up: state {stopped}, {waits} frames wait"
    );
    let in_flight = port.txq.num_queued.load(Relaxed) - port.txq.num_completed.load(Relaxed);
    assert!(in_flight == 0, "BQL: bytes in flight in an empty ring");
    port.books.check();
}

/// The stack sends; the engine and NAPI have another CPU.
pub fn two_cpus(load: Load) {
    let port = port(load);
    let other = cpu(&port, softirqs);
    port.run_qdisc();
    other.join().unwrap();
    settle(&port);
}

/// The stack, the engine and NAPI have a CPU each.
pub fn three_cpus(load: Load) {
    let port = port(load);
    let others = [cpu(&port, engine), cpu(&port, polls)];
    port.run_qdisc();
    others.map(|other| other.join().unwrap());
    settle(&port);
}

/// A reader of the cursors while the stack sends, and the engine and NAPI run.
pub fn observed(load: Load) {
    let port = port(load);
    let others = [cpu(&port, Port::run_qdisc), cpu(&port, softirqs)];
    let [posted, completed, reaped] = port.cursors.positions();
    let ahead = |one: u32, other: u32| one.wrapping_sub(other) <= SIZE;
    assert!(
        ahead(completed, reaped),
        "positions: reaped before completed"
    );
    assert!(
        ahead(posted, completed),
        "positions: completed before posted"
    );
    others.map(|other| other.join().unwrap());
    settle(&port);
}

/// The port goes down while the stack sends, and the engine and NAPI run.
pub fn shutdown(load: Load) {
    let port = port(load);
    let others = [cpu(&port, Port::run_qdisc), cpu(&port, softirqs)];
    port.shut_down();
    others.map(|other| other.join().unwrap());
    // A later caller finds nothing to do.
    softirqs(&port);
    assert!(port.txq.is_stopped(DRV_XOFF), "awake after shutdown");
    for skb in port.stack.lock().unwrap().backlog.drain(..) {
        port.books.freed(skb, false);
    }
    port.books.check();
}
