// SPDX-License-Identifier: GPL-2.0

//! ring_rs: a card with one ring and a plug that leads back into it.
//!
//! ```text
//!   start_xmit --> [ ring ] --> Card: after a while, done, and an interrupt
//!                     ^                           |
//!                     +---- free ---- poll <------+
//!                                       |
//!                                       +--> the stack: what was sent has arrived
//! ```
//!
//! The driver does all that the driver of a real card has to get right: the queue is stopped when
//! the ring is full and woken when there is room, BQL knows of all frames in the ring, NAPI keeps
//! to its budget, and frames in the ring when the device goes down are freed.

use kernel::{
    prelude::*,
    sync::{
        atomic::{
            ordering::{
                Acquire,
                Release, //
            },
            Atomic, //
        },
        Arc, //
    }, //
};

// The layer is one folder up, and compiled into each module that uses it.
#[path = ".."]
mod layer {
    pub(crate) mod net;
}

use layer::net::{
    now,
    slots,
    Device,
    DeviceRef,
    Driver,
    DropReason,
    LinkOps,
    Machine,
    Next,
    Open,
    Pair,
    Parts,
    PollContext,
    PollDone,
    Quiet,
    Rings,
    Rtnl,
    RxFrame,
    SkBuff,
    Softirq,
    TxBusy,
    TxContext, //
};

module! {
    type: Module,
    name: "ring_rs",
    authors: ["The vnet_rs founders"],
    description: "A network device with a ring, whose plug leads back into it",
    license: "GPL",
    alias: ["rtnl-link-ring_rs"],
}

/// The number of descriptors in the ring.
const SIZE: u32 = 64;
/// The number of free descriptors at which the queue is woken.
const WAKE: u32 = SIZE / 2;
/// The time from the doorbell to the interrupt, in ns.
const DELAY: u64 = 10_000;

/// The loaded module. Its drop unregisters the link kind, with which all devices go.
struct Module {
    _links: LinkOps<Loop>,
}

impl kernel::Module for Module {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let links = LinkOps::register()?;
        links.add(Loop::new()?)?;
        Ok(Self { _links: links })
    }
}

/// The driver's positions in the ring; both numbers wrap.
struct Cursors {
    posted: Atomic<u32>,
    reaped: Atomic<u32>,
}

impl Cursors {
    /// The number of free descriptors. A slot that counts as free has been let go of before.
    fn free(&self) -> u32 {
        let used = self.posted.load(Acquire);
        SIZE.saturating_sub(used.wrapping_sub(self.reaped.load(Acquire)))
    }
}

/// The part that the holder of the xmit lock has.
struct Tx {
    post: slots::Post<SkBuff>,
    cursors: Arc<Cursors>,
    card: Softirq<Card>,
}

/// The part that the poll has.
struct Poll {
    reap: slots::Reap<SkBuff>,
    cursors: Arc<Cursors>,
}

impl Poll {
    /// Takes the next frame that the card has completed.
    fn next(&mut self) -> Option<SkBuff> {
        let at = self.cursors.reaped.load(Acquire);
        let skb = self.reap.take(at)?;
        self.cursors.reaped.store(at.wrapping_add(1), Release);
        Some(skb)
    }
}

/// The hardware, which completes all that was posted a while after the doorbell.
struct Card {
    work: slots::Work<SkBuff>,
    head: u32,
    /// The device to interrupt, while it is up.
    dev: Option<DeviceRef<Loop>>,
}

impl Card {
    fn complete(&mut self) {
        while let Some(posted) = self.work.posted(self.head) {
            posted.complete();
            self.head = self.head.wrapping_add(1);
        }
    }
}

impl Machine for Card {
    type Shared = ();

    fn run(&mut self, _shared: &(), now: u64, fired: bool) -> Next {
        if !fired {
            return Next::At(now.saturating_add(DELAY));
        }
        self.complete();
        if let Some(dev) = &self.dev {
            dev.interrupt(0);
        }
        Next::Idle
    }
}

/// A device, which has no data but the parts above, and those only while it is up.
struct Loop;

impl Parts for Loop {
    type Tx = Tx;
    type Poll = Poll;
    type Up = Softirq<Card>;
}

#[vtable]
impl Driver for Loop {
    type Rings = Self;
    type Ethtool = ();

    const KIND: &'static CStr = c"ring_rs";
    const NAME: &'static CStr = c"ring_rs%d";

    fn new() -> Result<impl Init<Self, Error>> {
        Ok(Ok(Self))
    }

    fn start_xmit(
        _dev: &Device<Self>,
        tx: &mut TxContext<'_, Self>,
        skb: SkBuff,
    ) -> Result<(), TxBusy> {
        let cursors = tx.tx().cursors.clone();
        if cursors.free() == 0 {
            // The queue was stopped when the ring became full, but not all senders look.
            tx.stop(|| cursors.free(), WAKE);
            return Err(skb.into());
        }
        skb.tx_timestamp(tx);
        tx.count(skb.len());
        // BQL must know of the frame before the card can complete it.
        tx.sent(skb.len());
        let at = cursors.posted.load(Acquire);
        cursors.posted.store(at.wrapping_add(1), Release);
        tx.tx_mut().post.put(at, skb)?;
        if cursors.free() == 0 {
            tx.stop(|| cursors.free(), WAKE);
        }
        Ok(())
    }
}

#[vtable]
impl Rings<Self> for Loop {
    fn open(_dev: &Device<Self>, _rtnl: &Rtnl) -> Result<Open<Self>> {
        let (post, work, reap) = slots::new(SIZE)?;
        let dev = None;
        let card = Softirq::new(Card { work, head: 0, dev }, ())?;
        let none = Cursors {
            posted: Atomic::new(0),
            reaped: Atomic::new(0),
        };
        let cursors = Arc::new(none, GFP_KERNEL)?;
        let tx = Tx {
            post,
            cursors: cursors.clone(),
            card: card.clone(),
        };
        let poll = Poll { reap, cursors };
        let mut pairs = KVec::new();
        pairs.push(Pair { tx, poll }, GFP_KERNEL)?;
        Ok(Open { pairs, up: card })
    }

    fn opened(dev: &Device<Self>, rtnl: &Rtnl) {
        if let Some(card) = dev.up(rtnl) {
            card.stop().dev = dev.get(rtnl);
        }
        dev.set_carrier(true, rtnl);
    }

    fn close(_dev: &Device<Self>, quiet: &Quiet<'_, Self>, open: Open<Self>) {
        let mut card = open.up.stop();
        card.dev = None;
        card.complete();
        drop(card);
        for mut pair in open.pairs {
            while let Some(skb) = pair.poll.next() {
                skb.discard(DropReason::QueuePurge);
            }
        }
        quiet.reset_byte_limit(0);
    }

    fn has_room(tx: &Tx) -> bool {
        tx.cursors.free() != 0
    }

    fn doorbell(_dev: &Device<Self>, tx: &mut TxContext<'_, Self>) {
        tx.tx().card.kick(now());
    }

    fn poll<'a>(mut poll: PollContext<'a, Self>) -> PollDone<'a> {
        let (mut packets, mut bytes) = (0, 0);
        while poll.may_receive() {
            let Some(skb) = poll.poll_mut().next() else {
                break;
            };
            packets += 1;
            bytes += skb.len();
            // A frame that was sent goes back up, or is dropped if there is no memory for that.
            if let Some(frame) = RxFrame::arrived(skb) {
                poll.count(frame.skb().len());
                poll.receive(frame);
            }
        }
        poll.completed(packets, bytes, |poll| poll.cursors.free(), WAKE);
        poll.done()
    }
}
