// SPDX-License-Identifier: GPL-2.0

//! Interrupts and polls: enabled while a device is up, one poll for each, within a budget,
//! and none lost.

use super::{
    book::{
        wait_until,
        Event, //
    },
    check,
    plugged::Plugged, //
};
use kernel::{
    prelude::*,
    sync::atomic::ordering::Relaxed, //
};

/// The budget that the core grants a poll.
///
/// C: `NAPI_POLL_WEIGHT`.
const BUDGET: u32 = 64;

#[kunit_tests(net_napi)]
mod suite {
    use super::*;

    #[test]
    fn masked_unless_it_is_up() -> Result {
        let card = Plugged::up()?;
        check!(card.interrupt()?);
        card.book().wait(Event::Poll, 1)?;
        card.close()?;
        check!(!card.interrupt()?);
        check!(card.book().count(Event::Poll) == 1);
        Ok(())
    }

    #[test]
    fn asserted_while_down_comes_when_it_is_up() -> Result {
        let card = Plugged::new()?;
        check!(!card.interrupt()?);
        check!(card.book().count(Event::Poll) == 0);
        card.open()?;
        card.book().wait(Event::Poll, 1)?;
        check!(card.book().count(Event::Interrupt) == 1);
        Ok(())
    }

    #[test]
    fn enabled_and_disabled_in_pairs() -> Result {
        let card = Plugged::new()?;
        for round in 1..=10 {
            card.open()?;
            check!(card.interrupt()?);
            card.book().wait(Event::Poll, round)?;
            card.close()?;
            for event in [Event::Open, Event::Close, Event::PollGone, Event::TxGone] {
                check!(card.book().count(event) == round);
            }
        }
        check!(card.book().count(Event::Interrupt) == 10);
        Ok(())
    }

    #[test]
    fn one_poll_for_an_interrupt() -> Result {
        let card = Plugged::up()?;
        for round in 1..=20 {
            check!(card.interrupt()?);
            card.book().wait(Event::Poll, round)?;
            // The mask goes with the end of the poll, which may be a moment later.
            wait_until(|| card.idle())?;
            check!(card.book().count(Event::Poll) == round);
            check!(card.book().count(Event::Interrupt) == round);
        }
        Ok(())
    }

    #[test]
    fn a_poll_keeps_to_its_budget() -> Result {
        let card = Plugged::up()?;
        let book = card.book();
        book.arriving.store(2 * BUDGET + 1, Relaxed);
        let heard = card.heard(|| {
            check!(card.interrupt()?);
            book.wait(Event::Poll, 3)?;
            wait_until(|| card.idle())
        })?;
        check!(heard == 2 * BUDGET + 1);
        check!(book.most.load(Relaxed) == BUDGET);
        check!(book.count(Event::Poll) == 3);
        // The others were the rest of the first one.
        check!(book.count(Event::Interrupt) == 1);
        Ok(())
    }

    #[test]
    fn less_than_the_budget_is_all() -> Result {
        let card = Plugged::up()?;
        let book = card.book();
        book.arriving.store(BUDGET - 1, Relaxed);
        let heard = card.heard(|| {
            check!(card.interrupt()?);
            book.wait(Event::Poll, 1)?;
            wait_until(|| card.idle())
        })?;
        check!(heard == BUDGET - 1);
        check!(book.count(Event::Poll) == 1);
        Ok(())
    }

    #[test]
    fn an_interrupt_during_a_poll_is_not_lost() -> Result {
        let card = Plugged::up()?;
        let book = card.book();
        book.interrupt.give();
        check!(card.interrupt()?);
        book.wait(Event::Poll, 2)?;
        wait_until(|| card.idle())?;
        // The interrupt was masked then, and came when the poll was done.
        check!(book.raised.load(Relaxed) == 0);
        check!(book.count(Event::Poll) == 2);
        check!(book.count(Event::Interrupt) == 2);
        Ok(())
    }

    #[test]
    fn a_change_keeps_all_and_polls() -> Result {
        let card = Plugged::up()?;
        let book = card.book();
        let pieces = card.change(|quiet, open| {
            let pieces = open.pairs.len();
            let raised = quiet.device().interrupt(0);
            (open, (pieces, raised))
        });
        check!(pieces == Ok((1, false)));
        book.wait(Event::Poll, 1)?;
        wait_until(|| card.idle())?;
        check!(book.count(Event::Poll) == 1 && book.count(Event::Interrupt) == 1);
        for event in [Event::Close, Event::TxGone, Event::PollGone, Event::UpGone] {
            check!(book.count(event) == 0);
        }
        check!(card.interrupt()?);
        book.wait(Event::Poll, 2)?;
        Ok(())
    }
}
