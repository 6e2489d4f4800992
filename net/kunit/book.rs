// SPDX-License-Identifier: GPL-2.0

//! The book in which a test gives orders to its card, and the card notes events.

use super::super::bindings;
use kernel::{
    prelude::*,
    sync::{
        atomic::{
            ordering::{
                Full,
                Relaxed, //
            },
            Atomic,
            AtomicFlag, //
        },
        Arc, //
    },
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// An event in the life of a card.
#[derive(Clone, Copy)]
pub(super) enum Event {
    /// The card is about to be registered.
    Init,
    /// The card goes up, or was asked to.
    Open,
    /// The card is up.
    Opened,
    /// The card got a frame to send.
    Xmit,
    /// The doorbell rang.
    Doorbell,
    /// The card got a frame while it was down.
    Late,
    /// The card polls.
    Poll,
    /// The card polls after an interrupt.
    Interrupt,
    /// The card is down.
    Close,
    /// The transmit half of its queue was dropped.
    TxGone,
    /// The half of its queue that polls was dropped.
    PollGone,
    /// The rest that it has while it is up was dropped.
    UpGone,
    /// The card is about to be unregistered.
    Uninit,
    /// The driver's data was dropped.
    Gone,
    /// The card was refused RTNL.
    Refused,
    /// The card does scheduled work.
    Work,
}

const EVENTS: usize = Event::Work as usize + 1;

/// The number of times that an event has happened, and the last time.
struct Entry {
    count: Atomic<u32>,
    last: Atomic<u32>,
}

/// See above.
pub(super) struct Book {
    clock: Atomic<u32>,
    entries: [Entry; EVENTS],
    /// Do not go up.
    pub(super) refuse: Order,
    /// Take RTNL in an operation, or when the data is dropped.
    pub(super) relock: Order,
    /// Ask for all there is as soon as there is a device, and as long.
    pub(super) rash: AtomicFlag,
    /// The number of queue pairs of a card that goes up.
    pub(super) pairs: Atomic<u32>,
    /// Say that the next frame was posted nowhere.
    pub(super) busy: Order,
    /// Give another frame back than the one that it was.
    pub(super) swap: Order,
    /// Interrupt in the next poll, and say whether that raised anything.
    pub(super) interrupt: Order,
    /// Say that so many bytes were sent, or have completed, if it is not 0.
    pub(super) sent: Atomic<u32>,
    pub(super) completed: Atomic<u32>,
    /// The number of frames that wait to be received.
    pub(super) arriving: Atomic<u32>,
    /// The most that one poll has received.
    pub(super) most: Atomic<u32>,
    /// The answers of interrupts in a poll.
    pub(super) raised: Atomic<u32>,
}

/// An order to do something once.
pub(super) struct Order(AtomicFlag);

impl Order {
    const fn none() -> Self {
        Self(AtomicFlag::new(false))
    }

    /// Gives the order.
    pub(super) fn give(&self) {
        self.0.store(true, Relaxed);
    }

    /// Whether the order was given since the last call.
    pub(super) fn take(&self) -> bool {
        self.0.xchg(false, Full)
    }
}

impl Book {
    /// A book without events and orders.
    pub(super) fn new() -> Result<Arc<Self>> {
        let entry = || Entry {
            count: Atomic::new(0),
            last: Atomic::new(0),
        };
        let book = Self {
            clock: Atomic::new(0),
            entries: core::array::from_fn(|_| entry()),
            refuse: Order::none(),
            relock: Order::none(),
            rash: AtomicFlag::new(false),
            pairs: Atomic::new(1),
            busy: Order::none(),
            swap: Order::none(),
            interrupt: Order::none(),
            sent: Atomic::new(0),
            completed: Atomic::new(0),
            arriving: Atomic::new(0),
            most: Atomic::new(0),
            raised: Atomic::new(0),
        };
        Ok(Arc::new(book, GFP_KERNEL)?)
    }

    fn entry(&self, event: Event) -> &Entry {
        &self.entries[event as usize]
    }

    /// Writes down that something happens.
    pub(super) fn note(&self, event: Event) {
        let now = self.clock.fetch_add(1, Full) + 1;
        self.entry(event).last.store(now, Relaxed);
        self.entry(event).count.fetch_add(1, Full);
    }

    /// How often it has happened.
    pub(super) fn count(&self, event: Event) -> u32 {
        self.entry(event).count.load(Relaxed)
    }

    /// Whether all of this has happened, and last in this order.
    pub(super) fn in_order(&self, events: &[Event]) -> bool {
        let mut before = 0;
        events.iter().all(|event| {
            let last = self.entry(*event).last.load(Relaxed);
            core::mem::replace(&mut before, last) < last
        })
    }

    /// Waits until it has happened so often, but not for long.
    pub(super) fn wait(&self, event: Event, count: u32) -> Result {
        wait_until(|| self.count(event) >= count)
    }

    /// Takes one of the frames that wait.
    pub(super) fn arrives(&self) -> bool {
        let waiting = self.arriving.load(Relaxed);
        // Only a poll takes, and there is one at a time.
        self.arriving.store(waiting.saturating_sub(1), Relaxed);
        waiting > 0
    }
}

/// The answer to give instead of the truth, if it is not 0.
pub(super) fn said(instead: &Atomic<u32>, truth: u32) -> u32 {
    match instead.load(Relaxed) {
        0 => truth,
        lie => lie,
    }
}

/// Waits for something that other CPUs or softirqs do, but not for long.
pub(super) fn wait_until(done: impl Fn() -> bool) -> Result {
    for _ in 0..1000 {
        if done() {
            return Ok(());
        }
        fsleep(Delta::from_millis(10));
    }
    Err(ETIMEDOUT)
}

/// Runs `f` with bottom halves off, as in a softirq.
pub(super) fn in_softirq<R>(f: impl FnOnce() -> R) -> R {
    // SAFETY: pairs with the call below; nothing in between can skip it.
    unsafe { bindings::net_rs_bh_disable() };
    let result = f();
    // SAFETY: disabled above.
    unsafe { bindings::net_rs_bh_enable() };
    result
}
