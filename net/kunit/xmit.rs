// SPDX-License-Identifier: GPL-2.0

//! A frame's way through a driver: its owners, and its end.

use super::{
    super::DropReason,
    book::Event,
    check,
    plugged::Plugged,
    warnings,
    witness::{
        sent,
        share,
        users, //
    }, //
};
use kernel::prelude::*;

#[kunit_tests(net_xmit)]
mod suite {
    use super::*;

    #[test]
    fn posted_polled_and_consumed() -> Result {
        let card = Plugged::up()?;
        let (skb, witness) = sent(60)?;
        check!(card.xmit(skb, false)?.is_none());
        check!(card.book().count(Event::Doorbell) == 1);
        check!(witness.alive());
        check!(card.interrupt()?);
        card.book().wait(Event::Poll, 1)?;
        check!(witness.consumed_once());
        check!(card
            .book()
            .in_order(&[Event::Xmit, Event::Doorbell, Event::Poll]));
        Ok(())
    }

    #[test]
    fn the_doorbell_waits_for_more() -> Result {
        let card = Plugged::up()?;
        let rings = || card.book().count(Event::Doorbell);
        for (frame, more) in [true, true, false].into_iter().enumerate() {
            let (skb, _witness) = sent(60)?;
            check!(card.xmit(skb, more)?.is_none());
            check!(card.book().count(Event::Xmit) == frame as u32 + 1);
            check!(rings() == u32::from(!more));
        }
        Ok(())
    }

    #[test]
    fn busy_gives_it_back() -> Result {
        let card = Plugged::up()?;
        let (skb, witness) = sent(60)?;
        let place = skb.as_ptr();
        card.book().busy.give();
        // Even if more is to come: it will not, for now.
        let back = card.xmit(skb, true)?.ok_or(EIO)?;
        let rings = card.book().count(Event::Doorbell);
        let (same, left, alive) = (back.is(place), users(&back), witness.alive());
        back.consume();
        check!(rings == 1);
        check!(same && left == 1 && alive);
        check!(witness.consumed_once());
        Ok(())
    }

    #[test]
    fn a_full_ring_is_busy() -> Result {
        let card = Plugged::up()?;
        for _ in 0..4 {
            let (skb, _witness) = sent(60)?;
            check!(card.xmit(skb, false)?.is_none());
        }
        let (skb, witness) = sent(60)?;
        let back = card.xmit(skb, false)?.ok_or(EIO)?;
        check!(card.interrupt()?);
        let polled = card.book().wait(Event::Poll, 1);
        let again = card.xmit(back, false)?;
        check!(polled.is_ok() && again.is_none());
        check!(witness.alive());
        card.close()?;
        check!(witness.dropped_once(DropReason::QueuePurge));
        Ok(())
    }

    #[test]
    fn busy_about_another_one_is_not_passed_on() -> Result {
        let card = Plugged::up()?;
        let (skb, witness) = sent(60)?;
        card.book().swap.give();
        let mut answer = None;
        let complaints = warnings(|| answer = Some(card.xmit(skb, false)));
        check!(complaints == 1);
        check!(answer.ok_or(EIO)??.is_none());
        check!(witness.consumed_once());
        Ok(())
    }

    #[test]
    fn one_skb_in_many_slots() -> Result {
        let card = Plugged::up()?;
        let (skb, witness) = sent(60)?;
        for _ in 0..3 {
            check!(card.xmit(share(&skb), false)?.is_none());
        }
        let posted = users(&skb);
        let raised = card.interrupt()?;
        let polled = card.book().wait(Event::Poll, 1);
        let (left, alive) = (users(&skb), witness.alive());
        skb.consume();
        check!(raised && polled.is_ok());
        check!(posted == 4 && left == 1 && alive);
        check!(witness.consumed_once());
        Ok(())
    }

    #[test]
    fn too_late_while_it_is_down() -> Result {
        let card = Plugged::new()?;
        for round in 1..=2 {
            let (skb, witness) = sent(60)?;
            check!(card.xmit(skb, false)?.is_none());
            check!(witness.dropped_once(DropReason::DevReady));
            check!(card.book().count(Event::Late) == round);
            card.open()?;
            card.close()?;
        }
        check!(card.book().count(Event::Xmit) == 0);
        Ok(())
    }

    #[test]
    fn going_down_purges_what_is_posted() -> Result {
        let card = Plugged::up()?;
        let (one, first) = sent(60)?;
        let (other, second) = sent(60)?;
        check!(card.xmit(one, false)?.is_none());
        check!(card.xmit(other, true)?.is_none());
        check!(first.alive() && second.alive());
        card.close()?;
        check!(first.dropped_once(DropReason::QueuePurge));
        check!(second.dropped_once(DropReason::QueuePurge));
        check!(card
            .book()
            .in_order(&[Event::Xmit, Event::Close, Event::TxGone]));
        Ok(())
    }
}
