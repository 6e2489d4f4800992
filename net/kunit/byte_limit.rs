// SPDX-License-Identifier: GPL-2.0

//! The bytes in flight, as BQL counts them: a driver that counts wrong does no harm to others.

use super::{
    super::bindings,
    book::{
        wait_until,
        Event, //
    },
    check,
    plugged::Plugged,
    warnings,
    witness::sent, //
};
use kernel::{
    prelude::*,
    sync::atomic::ordering::Relaxed, //
};

/// The most bytes that BQL counts at once.
///
/// C: `DQL_MAX_OBJECT`.
const MOST: u32 = u32::MAX / 16;

/// The bytes in flight.
fn in_flight(card: &Plugged) -> Result<u32> {
    // SAFETY: the device is valid, and the function reads.
    Ok(unsafe { bindings::net_kunit_in_flight(card.device()?.as_ptr()) })
}

/// Sends a frame of 60 bytes, and returns whether the kernel warned.
fn send(card: &Plugged) -> Result {
    let (skb, _witness) = sent(60)?;
    let mut answer = None;
    let complaints = warnings(|| answer = Some(card.xmit(skb, false)));
    check!(complaints == 0);
    check!(answer.ok_or(EIO)??.is_none());
    Ok(())
}

/// Has the frames that were sent complete.
fn poll(card: &Plugged) -> Result {
    let before = card.book().count(Event::Poll);
    check!(card.interrupt()?);
    card.book().wait(Event::Poll, before + 1)?;
    wait_until(|| card.idle())
}

/// Counts as if nothing had been said that is not so.
fn as_new(card: &Plugged) -> Result {
    card.book().sent.store(0, Relaxed);
    card.book().completed.store(0, Relaxed);
    check!(in_flight(card)? == 0);
    send(card)?;
    send(card)?;
    check!(in_flight(card)? == 120);
    poll(card)?;
    check!(in_flight(card)? == 0);
    Ok(())
}

#[kunit_tests(net_byte_limit)]
mod suite {
    use super::*;

    #[test]
    fn the_truth() -> Result {
        as_new(&Plugged::up()?)
    }

    #[test]
    fn more_completes_than_was_sent() -> Result {
        let card = Plugged::up()?;
        for lie in [61, u32::MAX] {
            card.book().completed.store(lie, Relaxed);
            send(&card)?;
            poll(&card)?;
            // And once more, of nothing.
            poll(&card)?;
            as_new(&card)?;
        }
        Ok(())
    }

    #[test]
    fn more_is_sent_than_can_be() -> Result {
        let card = Plugged::up()?;
        card.book().sent.store(u32::MAX, Relaxed);
        send(&card)?;
        check!(in_flight(&card)? == MOST);
        card.book().completed.store(u32::MAX, Relaxed);
        poll(&card)?;
        as_new(&card)
    }

    #[test]
    fn more_is_in_flight_than_can_be_counted() -> Result {
        let card = Plugged::up()?;
        for _ in 0..20 {
            card.book().sent.store(u32::MAX, Relaxed);
            send(&card)?;
            poll(&card)?;
        }
        card.book().completed.store(u32::MAX, Relaxed);
        poll(&card)?;
        as_new(&card)
    }

    #[test]
    fn forgotten_and_then_completed() -> Result {
        let card = Plugged::up()?;
        send(&card)?;
        send(&card)?;
        card.change(|quiet, open| {
            quiet.reset_byte_limit(0);
            (open, ())
        })?;
        wait_until(|| card.idle())?;
        as_new(&card)
    }

    #[test]
    fn completed_while_it_is_quiet() -> Result {
        let card = Plugged::up()?;
        for lie in [60, 61, u32::MAX] {
            send(&card)?;
            card.change(|quiet, open| {
                quiet.completed(0, 1, lie);
                quiet.completed(0, u32::MAX, lie);
                quiet.completed(7, 1, lie);
                (open, ())
            })?;
            wait_until(|| card.idle())?;
            as_new(&card)?;
        }
        Ok(())
    }
}
