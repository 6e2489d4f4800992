// SPDX-License-Identifier: GPL-2.0

//! The ends of an skb: each gives up one reference, and the last one says why.

use super::{
    super::{
        bindings,
        DropReason, //
    },
    check,
    plugged::Plugged,
    warnings,
    witness::{
        sent,
        share,
        users, //
    }, //
};
use kernel::{
    error::to_result,
    prelude::*, //
};

#[kunit_tests(net_skb)]
mod suite {
    use super::*;

    #[test]
    fn discarded_once_and_why() -> Result {
        for why in [
            DropReason::DevReady,
            DropReason::QueuePurge,
            DropReason::PktTooBig,
            DropReason::PktTooSmall,
            DropReason::FullRing,
            DropReason::NoMem,
            DropReason::NotSpecified,
        ] {
            let (skb, witness) = sent(60)?;
            check!(witness.alive());
            skb.discard(why);
            check!(witness.dropped_once(why));
        }
        Ok(())
    }

    #[test]
    fn consumed_is_no_drop() -> Result {
        let (skb, witness) = sent(60)?;
        skb.consume();
        check!(witness.consumed_once());
        Ok(())
    }

    #[test]
    fn an_end_is_of_one_reference() -> Result {
        let (skb, witness) = sent(60)?;
        let (second, third) = (share(&skb), share(&skb));
        check!(users(&skb) == 3);
        second.discard(DropReason::NoMem);
        check!(users(&skb) == 2);
        third.consume();
        check!(users(&skb) == 1);
        check!(witness.alive());
        skb.discard(DropReason::FullRing);
        check!(witness.dropped_once(DropReason::FullRing));
        Ok(())
    }

    #[test]
    fn to_let_it_fall_is_a_mistake() -> Result {
        let (skb, witness) = sent(60)?;
        let complaints = warnings(move || drop(skb));
        check!(complaints == i32::from(cfg!(CONFIG_DEBUG_NET)));
        check!(witness.dropped_once(DropReason::NotSpecified));
        Ok(())
    }

    /// KASAN complains if a stamp has the device looked at.
    #[test]
    fn a_stamp_when_its_device_is_gone() -> Result {
        let card = Plugged::new()?;
        let (skb, witness) = sent(60)?;
        // SAFETY: both are valid, and the skb is not shared.
        let stamped =
            unsafe { bindings::net_kunit_stamp_late(skb.as_ptr(), card.device()?.as_ptr()) };
        skb.consume();
        check!(to_result(stamped).is_ok());
        check!(witness.consumed_once());
        Ok(())
    }

    #[test]
    fn head_is_what_there_is() -> Result {
        let (skb, witness) = sent(40)?;
        let mut room = [0; 64];
        let head = skb.head(&mut room);
        let right = head.len() == 40 && head.first() == Some(&0xff) && head.last() == Some(&39);
        let none = skb.head(&mut []).is_empty();
        let mut few = [0; 20];
        let cut = skb.head(&mut few).len() == 20;
        skb.consume();
        check!(right && none && cut);
        check!(witness.consumed_once());
        Ok(())
    }
}
