// SPDX-License-Identifier: GPL-2.0

//! How many queue pairs there are: as many as the driver gives, and the stack knows of no others.

use super::{
    super::{
        bindings,
        Device,
        Open,
        RtnlLock, //
    },
    book::{
        in_softirq,
        wait_until,
        Event, //
    },
    card::{
        pair,
        Card, //
    },
    check,
    plugged::Plugged,
    warnings, //
};
use kernel::{
    prelude::*,
    sync::atomic::ordering::Relaxed, //
};

/// How many queue pairs the stack counts.
fn known(dev: &Device<Card>) -> u32 {
    // SAFETY: the device is valid (type invariant). It is read once, and RTNL's holder writes it.
    unsafe { (&raw const (*dev.as_ptr()).real_num_tx_queues).read_volatile() }
}

/// Whether so many queues, and no others, are polled when they interrupt.
fn polled(card: &Plugged, count: u32) -> Result {
    let (dev, book) = (card.device()?, card.book());
    let idle = || {
        dev.queues()
            .iter()
            .filter(|queue| !queue.masked.load(Relaxed))
    };
    wait_until(|| idle().count() == count as usize)?;
    let before = book.count(Event::Poll);
    let raised = (0..8).filter(|&queue| in_softirq(|| dev.interrupt(queue)));
    check!(raised.count() as u32 == count);
    book.wait(Event::Poll, before + count)?;
    wait_until(|| idle().count() == count as usize)?;
    check!(book.count(Event::Poll) == before + count);
    Ok(())
}

/// Goes up, with as many pairs as asked for, and down again.
fn up_and_down(card: &Plugged, count: u32) -> Result {
    let book = card.book();
    let gone = |event| book.count(event);
    let before = (gone(Event::TxGone), gone(Event::PollGone));
    book.pairs.store(count, Relaxed);
    card.open()?;
    check!(known(card.device()?) == count);
    polled(card, count)?;
    card.close()?;
    let after = (before.0 + count, before.1 + count);
    check!((gone(Event::TxGone), gone(Event::PollGone)) == after);
    check!(!card.interrupt()?);
    Ok(())
}

/// Cannot go up with so many, and is as good as new after that.
fn refused(count: u32) -> Result {
    let card = Plugged::new()?;
    let book = card.book();
    book.pairs.store(count, Relaxed);
    check!(card.open() == Err(EINVAL));
    check!(!card.device()?.running());
    check!(!card.interrupt()?);
    check!(book.count(Event::Close) == 1 && book.count(Event::Opened) == 0);
    check!(book.count(Event::TxGone) == count && book.count(Event::PollGone) == count);
    check!(book.count(Event::UpGone) == 1);
    check!(known(card.device()?) == 1);
    up_and_down(&card, card.device()?.max_queues())?;
    up_and_down(&card, 1)
}

/// Has more pairs, or fewer.
fn with_pairs(card: &Plugged, mut open: Open<Card>, count: u32) -> Open<Card> {
    open.pairs.truncate(count as usize);
    while open.pairs.len() < count as usize {
        let pushed = pair(card.book()).map(|pair| open.pairs.push(pair, GFP_KERNEL));
        if !matches!(pushed, Ok(Ok(()))) {
            break;
        }
    }
    open
}

#[kunit_tests(net_queues)]
mod suite {
    use super::*;

    #[test]
    fn as_many_as_it_goes_up_with() -> Result {
        let card = Plugged::new()?;
        let most = card.device()?.max_queues();
        // The driver has said that it would have one.
        for count in [most, 1, most] {
            up_and_down(&card, count)?;
        }
        Ok(())
    }

    #[test]
    fn not_with_none() -> Result {
        refused(0)
    }

    #[test]
    fn not_with_more_than_there_are() -> Result {
        let most = Plugged::new()?.device()?.max_queues();
        refused(most + 1)?;
        refused(most + 65)
    }

    #[test]
    fn said_while_it_is_down() -> Result {
        let card = Plugged::new()?;
        let dev = card.device()?;
        let most = dev.max_queues();
        let say =
            |count| RtnlLock::with(|rtnl| dev.set_queue_count(count, rtnl)).and_then(|said| said);
        check!(say(0) == Err(EINVAL) && say(most + 1) == Err(EINVAL));
        check!(say(most) == Ok(()) && known(dev) == most);
        card.open()?;
        check!(known(dev) == 1);
        // The device runs with one pair, and the number cannot be changed.
        check!(say(most) == Err(EBUSY) && known(dev) == 1);
        polled(&card, 1)?;
        card.close()?;
        check!(say(most) == Ok(()) && known(dev) == most);
        Ok(())
    }

    #[test]
    fn not_while_it_goes() -> Result {
        let mut card = Plugged::new()?;
        let most = card.device()?.max_queues();
        let said = card.removed(|gone, rtnl| {
            gone.spread_cpus(most, rtnl);
            gone.set_queue_count(1, rtnl)
        })?;
        check!(said == Err(ENODEV));
        Ok(())
    }

    #[test]
    fn a_change_to_more_and_to_fewer() -> Result {
        let card = Plugged::up()?;
        let most = card.device()?.max_queues();
        for count in [most, 1, most] {
            let room = card.change(|quiet, open| {
                let room = quiet.reserve_queues(count);
                (with_pairs(&card, open, count), room)
            })?;
            check!(room == Ok(()));
            check!(known(card.device()?) == count);
            polled(&card, count)?;
        }
        card.close()?;
        check!(!card.interrupt()?);
        Ok(())
    }

    #[test]
    fn room_that_is_not_used() -> Result {
        let card = Plugged::up()?;
        let most = card.device()?.max_queues();
        let room = card.change(|quiet, open| (open, quiet.reserve_queues(most)))?;
        check!(room == Ok(()) && known(card.device()?) == 1);
        polled(&card, 1)
    }

    #[test]
    fn a_change_that_has_no_room() -> Result {
        let card = Plugged::up()?;
        let most = card.device()?.max_queues();
        let room = card.change(|quiet, open| (open, quiet.reserve_queues(most + 1)))?;
        check!(room == Err(EINVAL));
        check!(known(card.device()?) == 1);
        polled(&card, 1)
    }

    #[test]
    fn a_change_to_more_than_there_is_room_for() -> Result {
        let card = Plugged::up()?;
        let mut result = None;
        let complaints = warnings(|| {
            result = Some(card.change(|_quiet, open| (with_pairs(&card, open, 70), ())));
        });
        check!(complaints == 1 && result == Some(Ok(())));
        check!(known(card.device()?) == 1);
        check!(card.book().count(Event::TxGone) == 69);
        polled(&card, 1)?;
        card.close()?;
        up_and_down(&card, 1)
    }

    #[test]
    fn a_change_to_none() -> Result {
        let card = Plugged::up()?;
        let mut result = None;
        let complaints = warnings(|| {
            result = Some(card.change(|_quiet, open| (with_pairs(&card, open, 0), ())));
        });
        check!(complaints == 1 && result == Some(Ok(())));
        check!(!card.interrupt()?);
        card.close()?;
        up_and_down(&card, 1)
    }
}
