// SPDX-License-Identifier: GPL-2.0

//! A registered card, and the stack's operations on it.

use super::{
    super::{
        bindings,
        Device,
        DeviceRef,
        Driver,
        LinkOps,
        Open,
        Quiet,
        Rtnl,
        RtnlLock,
        SkBuff, //
    },
    book::{
        in_softirq,
        Book, //
    },
    card::Card, //
};
use core::ptr;
use kernel::{
    error::to_result,
    prelude::*,
    sync::{
        atomic::ordering::Relaxed,
        Arc, //
    }, //
};

/// A card that is registered until the value is dropped. RTNL must not be held then.
pub(super) struct Plugged {
    // Not there only in `drop`.
    dev: Option<DeviceRef<Card>>,
    links: LinkOps<Card>,
    book: Arc<Book>,
}

impl Plugged {
    /// Registers a card, which is down.
    pub(super) fn new() -> Result<Self> {
        let links = LinkOps::register()?;
        let book = Book::new()?;
        let card = Card::on(book.clone());
        let dev = RtnlLock::with(|rtnl| links.add_to(None, Card::NAME, card, rtnl))??;
        Ok(Self {
            dev: Some(dev),
            links,
            book,
        })
    }

    /// A registered card that is up.
    pub(super) fn up() -> Result<Self> {
        let card = Self::new()?;
        card.open()?;
        Ok(card)
    }

    /// The events that have happened to it.
    pub(super) fn book(&self) -> &Arc<Book> {
        &self.book
    }

    /// The device.
    pub(super) fn device(&self) -> Result<&Device<Card>> {
        self.dev.as_deref().ok_or(ENODEV)
    }

    /// The link kind, to add more devices.
    pub(super) fn links(&self) -> &LinkOps<Card> {
        &self.links
    }

    /// Whether its interrupt is unmasked: no poll is due, or running.
    pub(super) fn idle(&self) -> bool {
        let queue = self.dev.as_deref().and_then(|dev| dev.queues().first());
        queue.is_some_and(|queue| !queue.masked.load(Relaxed))
    }

    /// Takes it up, as `ip link set up` does.
    pub(super) fn open(&self) -> Result {
        open(self.device()?)
    }

    /// Takes it down.
    pub(super) fn close(&self) -> Result {
        let dev = self.device()?.as_ptr();
        // SAFETY: the device is valid and registered, and RTNL is held.
        RtnlLock::with(|_rtnl| unsafe { bindings::dev_close(dev) })
    }

    /// Changes it while it is up, as an operation of the core does.
    pub(super) fn change<R>(
        &self,
        change: impl FnOnce(&Quiet<'_, Card>, Open<Card>) -> (Open<Card>, R),
    ) -> Result<R> {
        let dev = self.device()?;
        let result = RtnlLock::with(|_rtnl| {
            // SAFETY: `rtnl_lock()` has been called, and RTNL is held while the value exists.
            let mut rtnl = unsafe { Rtnl::assume_held() };
            dev.change(&mut rtnl, change)
        })?;
        result.ok_or(ENODEV)
    }

    /// Unregisters it. `f` gets it while it goes.
    pub(super) fn removed<R>(&mut self, f: impl FnOnce(&Device<Card>, &Rtnl) -> R) -> Result<R> {
        let dev = self.dev.take().ok_or(ENODEV)?;
        RtnlLock::with(|rtnl| {
            let gone = dev.clone();
            self.links.remove(dev, rtnl);
            f(&gone, rtnl)
        })
    }

    /// Raises its interrupt, as hardware does. Says whether it was raised.
    pub(super) fn interrupt(&self) -> Result<bool> {
        let dev = self.device()?;
        Ok(in_softirq(|| dev.interrupt(0)))
    }

    /// Has it send a frame, with `more` to come. If it is busy, the frame comes back.
    pub(super) fn xmit(&self, skb: SkBuff, more: bool) -> Result<Option<SkBuff>> {
        let dev = self.device()?.as_ptr();
        let raw = skb.into_raw();
        // SAFETY: the device is valid and registered; our reference goes to the function.
        let answer = unsafe { bindings::net_kunit_start_xmit(dev, raw.as_ptr(), more) };
        if answer == bindings::netdev_tx_NETDEV_TX_BUSY {
            // SAFETY: after `NETDEV_TX_BUSY` the reference is still the caller's.
            return Ok(Some(unsafe { SkBuff::from_raw(raw) }));
        }
        Ok(None)
    }

    /// How many frames it hands to the stack while `f` runs.
    pub(super) fn heard(&self, f: impl FnOnce() -> Result) -> Result<u32> {
        // SAFETY: the device is valid and registered, and stays so until the call below,
        // which waits for callbacks that still run.
        unsafe { bindings::net_kunit_listen(self.device()?.as_ptr()) };
        let result = f();
        // SAFETY: pairs with the call above.
        let heard = unsafe { bindings::net_kunit_deafen() };
        result.map(|()| heard)
    }
}

/// Takes a device up, as `ip link set up` does. RTNL must not be held.
pub(super) fn open(dev: &Device<Card>) -> Result {
    let dev = dev.as_ptr();
    // SAFETY: the device is valid and registered, and RTNL is held.
    RtnlLock::with(|_rtnl| to_result(unsafe { bindings::dev_open(dev, ptr::null_mut()) }))?
}

impl Drop for Plugged {
    fn drop(&mut self) {
        if let Some(dev) = self.dev.take() {
            let _ = RtnlLock::with(|rtnl| self.links.remove(dev, rtnl));
        }
    }
}
