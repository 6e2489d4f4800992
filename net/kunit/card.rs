// SPDX-License-Identifier: GPL-2.0

//! The smallest driver that has rings: a queue pair or two, whose hardware has sent a frame by the
//! next poll. It obeys the orders in its [`Book`].

use super::{
    super::{
        slots,
        Device,
        Driver,
        DropReason,
        Features,
        Open,
        Pair,
        Parts,
        PollContext,
        PollDone,
        Quiet,
        Rings,
        Rtnl,
        RtnlLock,
        RxBuff,
        SkBuff,
        TxBusy,
        TxContext, //
    },
    book::{
        said,
        Book,
        Event, //
    }, //
};
use kernel::{
    prelude::*,
    sync::{
        atomic::ordering::Relaxed,
        Arc, //
    }, //
};

/// Descriptors in the ring.
const RING: u32 = 4;
/// So that the cursors wrap in every test that sends more than a frame.
const START: u32 = u32::MAX;

/// The driver's data.
pub(super) struct Card {
    book: Arc<Book>,
}

impl Card {
    /// A card that obeys `book`.
    pub(super) fn on(book: Arc<Book>) -> impl Init<Self, Error> {
        Ok::<_, Error>(Self { book })
    }

    /// How often it has polled.
    pub(super) fn polls(&self) -> u64 {
        self.book.count(Event::Poll).into()
    }

    /// The book of a device.
    fn book(dev: &Device<Self>) -> &Arc<Book> {
        &dev.driver().get_ref().book
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        self.book.note(Event::Gone);
        relock(&self.book);
    }
}

/// Takes RTNL, if that is asked for.
fn relock(book: &Book) {
    if book.relock.take() && RtnlLock::with(|_rtnl| ()) == Err(EDEADLK) {
        book.note(Event::Refused);
    }
}

/// Says when it is dropped.
pub(super) struct Part(Arc<Book>, Event);

impl Drop for Part {
    fn drop(&mut self) {
        self.0.note(self.1);
    }
}

/// The end of the ring that posts.
pub(super) struct Tx {
    post: slots::Post<SkBuff>,
    tail: u32,
    _part: Part,
}

/// The ends of the hardware and of the reaper. The hardware runs in a poll only, which keeps this
/// driver small.
pub(super) struct Poll {
    work: slots::Work<SkBuff>,
    reap: slots::Reap<SkBuff>,
    head: u32,
    _part: Part,
}

impl Poll {
    /// The next frame that was sent.
    fn next(&mut self) -> Option<SkBuff> {
        self.work.posted(self.head)?.complete();
        let skb = self.reap.take(self.head)?;
        self.head = self.head.wrapping_add(1);
        Some(skb)
    }
}

impl Parts for Card {
    type Tx = Tx;
    type Poll = Poll;
    type Up = Part;
}

#[vtable]
impl Driver for Card {
    type Rings = Self;
    type Ethtool = Self;

    const KIND: &'static CStr = c"net_kunit";
    const NAME: &'static CStr = c"kunit%d";
    const MAX_QUEUES: u32 = 2;
    const FEATURES: Features = Features::SG;
    const MORE_FEATURES: Features = Features::LOOPBACK;

    fn init(dev: &Device<Self>) -> u32 {
        let book = Self::book(dev);
        book.note(Event::Init);
        if book.rash.load(Relaxed) {
            dev.schedule_work();
        }
        1
    }

    fn uninit(dev: &Device<Self>, rtnl: &Rtnl) {
        let book = Self::book(dev);
        book.note(Event::Uninit);
        if book.rash.load(Relaxed) {
            dev.schedule_work();
            dev.set_carrier(!dev.has_carrier(), rtnl);
            dev.spread_cpus(2, rtnl);
            let _ = dev.set_queue_count(1, rtnl);
        }
    }

    fn start_xmit(
        dev: &Device<Self>,
        context: &mut TxContext<'_, Self>,
        skb: SkBuff,
    ) -> Result<(), TxBusy> {
        let book = Self::book(dev);
        book.note(Event::Xmit);
        if book.busy.take() {
            return Err(skb.into());
        }
        if book.swap.take() {
            // Out of the ring, where the test has posted one before.
            return Err(other(skb).into());
        }
        let len = skb.len();
        let tx = context.tx_mut();
        tx.post.put(tx.tail, skb)?;
        tx.tail = tx.tail.wrapping_add(1);
        context.sent(said(&book.sent, len));
        Ok(())
    }

    fn work(dev: &Device<Self>, _rtnl: &mut Rtnl) {
        Self::book(dev).note(Event::Work);
    }
}

#[vtable]
impl Rings<Self> for Card {
    fn open(dev: &Device<Self>, _rtnl: &Rtnl) -> Result<Open<Self>> {
        let book = Self::book(dev);
        book.note(Event::Open);
        relock(book);
        let mut pairs = KVec::new();
        for _ in 0..book.pairs.load(Relaxed) {
            pairs.push(pair(book)?, GFP_KERNEL)?;
        }
        if book.refuse.take() {
            return Err(EIO);
        }
        let up = Part(book.clone(), Event::UpGone);
        Ok(Open { pairs, up })
    }

    fn opened(dev: &Device<Self>, _rtnl: &Rtnl) {
        Self::book(dev).note(Event::Opened);
    }

    fn close(dev: &Device<Self>, quiet: &Quiet<'_, Self>, open: Open<Self>) {
        Self::book(dev).note(Event::Close);
        for mut pair in open.pairs {
            while let Some(skb) = pair.poll.next() {
                skb.discard(DropReason::QueuePurge);
            }
        }
        quiet.reset_byte_limit(0);
    }

    fn has_room(_tx: &Tx) -> bool {
        true
    }

    fn doorbell(dev: &Device<Self>, _tx: &mut TxContext<'_, Self>) {
        Self::book(dev).note(Event::Doorbell);
    }

    fn xmit_while_down(dev: &Device<Self>, _queue: u32, _skb: &SkBuff) {
        Self::book(dev).note(Event::Late);
    }

    fn poll<'a>(mut poll: PollContext<'a, Self>) -> PollDone<'a> {
        let dev = poll.device();
        let book = Self::book(dev);
        if poll.by_interrupt() {
            book.note(Event::Interrupt);
        }
        let (mut packets, mut bytes) = (0, 0);
        while let Some(skb) = poll.poll_mut().next() {
            packets += 1;
            bytes += skb.len();
            skb.consume_napi(&poll);
        }
        poll.completed(packets, said(&book.completed, bytes), |_| RING, 1);
        receive(book, &mut poll);
        if book.interrupt.take() && dev.interrupt(poll.queue()) {
            book.raised.fetch_add(1, Relaxed);
        }
        book.note(Event::Poll);
        poll.done()
    }
}

/// A queue pair with an empty ring.
pub(super) fn pair(book: &Arc<Book>) -> Result<Pair<Card>> {
    let part = |gone| Part(book.clone(), gone);
    let (post, work, reap) = slots::new(RING)?;
    Ok(Pair {
        tx: Tx {
            post,
            tail: START,
            _part: part(Event::TxGone),
        },
        poll: Poll {
            work,
            reap,
            head: START,
            _part: part(Event::PollGone),
        },
    })
}

/// A frame of its own, instead of `skb`, which it keeps no longer.
fn other(skb: SkBuff) -> SkBuff {
    let Some(other) = RxBuff::zeroed(60) else {
        return skb;
    };
    skb.consume();
    other.into_skb()
}

/// Receives the frames that wait, as far as the budget allows.
fn receive(book: &Book, poll: &mut PollContext<'_, Card>) {
    let mut received = 0;
    while poll.may_receive() && book.arrives() {
        let Some(mut buff) = RxBuff::zeroed(60) else {
            continue;
        };
        if let Some((header, _)) = buff.data_mut().split_first_chunk_mut::<14>() {
            // To all, of the protocol that the test listens to.
            *header = [255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 0x88, 0xb5];
        }
        if let Some(frame) = buff.finish(60) {
            poll.receive(frame);
            received += 1;
        }
    }
    // One poll runs at a time, so there is one writer.
    book.most
        .store(book.most.load(Relaxed).max(received), Relaxed);
}
