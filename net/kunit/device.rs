// SPDX-License-Identifier: GPL-2.0

//! Registration: all of a device is there, or nothing of it.

use super::{
    super::{
        bindings,
        DeviceRef,
        Driver,
        LinkOps,
        RtnlLock, //
    },
    book::{
        Book,
        Event, //
    },
    card::Card,
    check,
    plugged::{
        open,
        Plugged, //
    },
    warnings, //
};
use kernel::{
    error::to_result,
    prelude::*,
    sync::{
        atomic::ordering::Relaxed,
        Arc, //
    },
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// Registers a card with a name of its own.
fn add(links: &LinkOps<Card>, name: &CStr, book: &Arc<Book>) -> Result<DeviceRef<Card>> {
    let card = Card::on(book.clone());
    RtnlLock::with(|rtnl| links.add_to(None, name, card, rtnl))?
}

/// Unregisters it.
fn remove(links: &LinkOps<Card>, dev: DeviceRef<Card>) {
    let _ = RtnlLock::with(|rtnl| links.remove(dev, rtnl));
}

/// Whether the book tells of a card of which nothing is left, and how far it came.
fn nothing_left(book: &Book, inits: u32) -> bool {
    let count = |event| book.count(event);
    count(Event::Gone) == 1 && count(Event::Init) == inits && count(Event::Uninit) == inits
}

/// Whether a card can have this name.
fn name_is_free(links: &LinkOps<Card>, name: &CStr) -> bool {
    let Ok(book) = Book::new() else {
        return false;
    };
    let added = add(links, name, &book).map(|dev| remove(links, dev));
    added.is_ok() && nothing_left(&book, 1)
}

/// The end of a card when a notifier refuses an event of it.
fn refused(event: bindings::netdev_cmd, rash: bool) -> Result {
    let links = LinkOps::<Card>::register()?;
    let book = Book::new()?;
    book.rash.store(rash, Relaxed);
    // SAFETY: RTNL is not held. The kind's name is static; the call below ends it.
    to_result(unsafe { bindings::net_kunit_refuse(Card::KIND.as_char_ptr(), event) })?;
    let error = add(&links, c"kunit9", &book).map(|dev| remove(&links, dev));
    // SAFETY: begun above.
    unsafe { bindings::net_kunit_accept() };
    check!(error == Err(EBUSY));
    check!(nothing_left(&book, 1));
    check!(book.in_order(&[Event::Init, Event::Uninit, Event::Gone]));
    check!(name_is_free(&links, c"kunit9"));
    // Work that is still scheduled for it would run now.
    fsleep(Delta::from_millis(20));
    check!(book.count(Event::Work) == 0);
    Ok(())
}

#[kunit_tests(net_device)]
mod suite {
    use super::*;

    #[test]
    fn a_kind_is_registered_once() -> Result {
        let links = LinkOps::<Card>::register()?;
        check!(LinkOps::<Card>::register().err() == Some(EEXIST));
        check!(name_is_free(&links, c"kunit0"));
        drop(links);
        check!(LinkOps::<Card>::register().is_ok());
        Ok(())
    }

    #[test]
    fn registered_and_unregistered() -> Result {
        let links = LinkOps::register()?;
        let book = Book::new()?;
        let dev = add(&links, c"kunit%d", &book)?;
        let name = RtnlLock::with(|rtnl| dev.name(rtnl))?;
        let (inits, up) = (book.count(Event::Init), dev.running());
        remove(&links, dev);
        check!(name.starts_with(b"kunit0\0"));
        check!(inits == 1 && !up);
        check!(nothing_left(&book, 1));
        check!(book.in_order(&[Event::Init, Event::Uninit, Event::Gone]));
        check!(book.count(Event::Open) == 0);
        Ok(())
    }

    /// The core tells the namespace of a device that is still referred to.
    #[test]
    fn its_namespace_stays_while_it_goes() -> Result {
        let mut card = Plugged::new()?;
        let dev = card.device()?;
        let before = RtnlLock::with(|rtnl| dev.keeps_namespace(rtnl))?;
        check!(!before);
        check!(card.removed(|dev, rtnl| dev.keeps_namespace(rtnl))?);
        Ok(())
    }

    #[test]
    fn a_name_is_taken() -> Result {
        let card = Plugged::new()?;
        let links = card.links();
        let book = Book::new()?;
        let error = add(links, c"kunit0", &book).map(|dev| remove(links, dev));
        check!(error == Err(EEXIST));
        check!(nothing_left(&book, 0));
        // The device that has the name has not noticed.
        check!(card.book().count(Event::Uninit) == 0);
        check!(card.open().is_ok());
        Ok(())
    }

    #[test]
    fn a_name_cannot_be() -> Result {
        let links = LinkOps::register()?;
        for name in [c"", c".", c"a/b", c"a b", c"%d%d", c"sixteen-bytes-do"] {
            let book = Book::new()?;
            let error = add(&links, name, &book).map(|dev| remove(&links, dev));
            check!(error == Err(EINVAL));
            check!(nothing_left(&book, 0));
        }
        check!(name_is_free(&links, c"fifteen-bytes-d"));
        Ok(())
    }

    #[test]
    fn the_drivers_data_cannot_be_made() -> Result {
        let links = LinkOps::<Card>::register()?;
        let none = Err::<Card, Error>(ENOSPC);
        let result = RtnlLock::with(|rtnl| links.add_to(None, c"kunit9", none, rtnl).map(drop))?;
        check!(result == Err(ENOSPC));
        check!(name_is_free(&links, c"kunit9"));
        Ok(())
    }

    #[test]
    fn refused_after_its_init() -> Result {
        refused(bindings::netdev_cmd_NETDEV_POST_INIT, false)
    }

    #[test]
    fn refused_although_it_has_work() -> Result {
        refused(bindings::netdev_cmd_NETDEV_POST_INIT, true)?;
        refused(bindings::netdev_cmd_NETDEV_REGISTER, true)
    }

    #[test]
    fn works_until_it_goes() -> Result {
        let mut card = Plugged::new()?;
        let book = card.book().clone();
        card.device()?.schedule_work();
        book.wait(Event::Work, 1)?;
        let carrier = |on| {
            let dev = card.device()?;
            RtnlLock::with(|rtnl| dev.set_carrier(on, rtnl))?;
            Ok::<_, Error>(dev.has_carrier())
        };
        check!(carrier(true)? && !carrier(false)?);
        let carrier = card.removed(|gone, rtnl| {
            gone.schedule_work();
            gone.set_carrier(true, rtnl);
            gone.has_carrier()
        })?;
        fsleep(Delta::from_millis(20));
        check!(!carrier && book.count(Event::Work) == 1);
        Ok(())
    }

    #[test]
    fn refused_when_it_was_registered() -> Result {
        refused(bindings::netdev_cmd_NETDEV_REGISTER, false)
    }

    #[test]
    fn removed_twice() -> Result {
        let links = LinkOps::register()?;
        let book = Book::new()?;
        let one = add(&links, c"kunit%d", &book)?;
        let other = one.clone();
        RtnlLock::with(|rtnl| {
            links.remove(one, rtnl);
            links.remove(other, rtnl);
        })?;
        check!(nothing_left(&book, 1));
        Ok(())
    }

    #[test]
    fn an_open_that_fails() -> Result {
        let card = Plugged::new()?;
        let book = card.book();
        book.refuse.give();
        check!(card.open() == Err(EIO));
        check!(!card.device()?.running());
        check!(book.count(Event::TxGone) == 1 && book.count(Event::PollGone) == 1);
        check!(book.count(Event::Opened) == 0 && book.count(Event::Close) == 0);
        check!(!card.interrupt()?);
        // The card that failed leaves nothing in the way of the next one.
        check!(card.open().is_ok());
        check!(card.interrupt()?);
        Ok(())
    }

    #[test]
    fn a_device_that_the_layer_is_not_for() -> Result {
        let links = LinkOps::<Card>::register()?;
        for premise in 0..3 {
            // SAFETY: the device is new and ours; RTNL is held. A device that failed is freed.
            let result = RtnlLock::with(|_rtnl| unsafe {
                let dev = links.allocate(c"kunit9")?;
                bindings::net_kunit_break(dev, premise);
                let result = to_result(bindings::register_netdevice(dev));
                bindings::free_netdev(dev);
                result
            })?;
            // Had it come further, the driver would have said `EOPNOTSUPP`.
            check!(result == Err(EINVAL));
        }
        check!(name_is_free(&links, c"kunit9"));
        Ok(())
    }

    #[test]
    fn a_kind_that_is_dropped_under_rtnl() -> Result {
        let links = LinkOps::<Card>::register()?;
        // SAFETY: that one is used only if this one stays as it is.
        let again = unsafe { core::ptr::read(&links) };
        let mut locked = Ok(());
        check!(warnings(|| locked = RtnlLock::with(|_rtnl| drop(links))) == 1);
        check!(locked.is_ok());
        check!(LinkOps::<Card>::register().err() == Some(EEXIST));
        // SAFETY: the module was kept above.
        unsafe { bindings::net_kunit_let_module_go() };
        drop(again);
        check!(name_is_free(&LinkOps::register()?, c"kunit9"));
        Ok(())
    }

    #[test]
    fn an_operation_that_takes_rtnl() -> Result {
        let card = Plugged::new()?;
        card.book().relock.give();
        let mut opened = Ok(());
        check!(warnings(|| opened = card.open()) == 1);
        check!(opened.is_ok());
        check!(card.book().count(Event::Refused) == 1);
        Ok(())
    }

    #[test]
    fn data_that_takes_rtnl_when_it_is_dropped() -> Result {
        let card = Plugged::new()?;
        let book = Book::new()?;
        book.relock.give();
        let mut error = Ok(());
        let add = || add(card.links(), c"kunit0", &book).map(drop);
        check!(warnings(|| error = add()) == 1);
        check!(error == Err(EEXIST));
        check!(book.count(Event::Refused) == 1 && nothing_left(&book, 0));
        Ok(())
    }

    #[test]
    fn torn_down_in_order() -> Result {
        let links = LinkOps::register()?;
        let book = Book::new()?;
        let dev = add(&links, c"kunit%d", &book)?;
        let opened = open(&dev);
        // Otherwise the core would wait for the reference.
        drop(dev);
        check!(opened.is_ok());
        drop(links);
        check!(nothing_left(&book, 1));
        let begin = [Event::Init, Event::Open, Event::Opened, Event::Close];
        check!(book.in_order(&begin));
        for part in [Event::TxGone, Event::PollGone, Event::UpGone] {
            check!(book.count(part) == 1);
            check!(book.in_order(&[Event::Close, part, Event::Uninit, Event::Gone]));
        }
        Ok(())
    }
}
