// SPDX-License-Identifier: GPL-2.0

//! An skb that is sent becomes one that arrives: it is not shared, and its other owners do not
//! notice.

use super::{
    super::{
        bindings,
        DropReason,
        RxFrame,
        SkBuff, //
    },
    book::in_softirq,
    check,
    warnings,
    witness::{
        bytes,
        cloned,
        same_bytes,
        sent,
        share,
        users,
        Witness, //
    }, //
};
use kernel::{
    error::to_result,
    prelude::*, //
};

/// The frame that arrives at the other end of a cable.
fn arrived(skb: SkBuff) -> Result<RxFrame> {
    in_softirq(|| RxFrame::arrived(skb)).ok_or(ENOMEM)
}

/// Adds a listener for the skb's end, as a socket has that has sent it.
fn own(skb: &SkBuff) {
    // SAFETY: valid by its type invariant, and not shared yet.
    unsafe { bindings::net_kunit_own(skb.as_ptr()) };
    // The traces of earlier tests are not of interest.
    orphaned();
}

/// The number of times that the listener was told.
fn orphaned() -> u32 {
    // SAFETY: callable in any context.
    unsafe { bindings::net_kunit_orphaned() }
}

/// How many bits of two skbs differ, as far as we look.
fn difference(one: &SkBuff, other: &SkBuff) -> u32 {
    let (one, other) = (bytes(one), bytes(other));
    let pairs = one.iter().zip(other);
    pairs.map(|(one, other)| (one ^ other).count_ones()).sum()
}

#[kunit_tests(net_rx_frame)]
mod suite {
    use super::*;

    #[test]
    fn the_same_skb_if_it_is_nobody_elses() -> Result {
        let (skb, witness) = sent(60)?;
        own(&skb);
        let place = skb.as_ptr();
        let frame = arrived(skb)?;
        let same = frame.skb().is(place);
        let told = orphaned();
        let alive = witness.alive();
        frame.consume();
        check!(same);
        check!(told == 1 && orphaned() == 0);
        check!(alive && witness.consumed_once());
        Ok(())
    }

    #[test]
    fn what_the_sender_noted_stays_behind() -> Result {
        // With one reference, and as a clone that shares its head.
        for shared in [false, true] {
            let (skb, _witness) = sent(60)?;
            let clone = shared.then(|| cloned(&skb)).transpose()?;
            own(&skb);
            // SAFETY: valid by its type invariant, and not shared yet.
            to_result(unsafe { bindings::net_kunit_note_all(skb.as_ptr()) })?;
            let frame = arrived(skb)?;
            let raw = frame.skb().as_ptr();
            // SAFETY: valid by its type invariant.
            let (in_skb, in_shinfo, fresh) = unsafe {
                (
                    bindings::net_kunit_note_in_skb(raw),
                    bindings::net_kunit_note_in_shinfo(raw),
                    bindings::net_kunit_is_fresh(raw),
                )
            };
            let (destination, len) = (frame.destination(), frame.skb().len());
            frame.consume();
            if let Some(clone) = clone {
                clone.consume();
            }
            if in_skb >= 0 || in_shinfo >= 0 {
                pr_err!("net: a note is left: skb byte {in_skb}, shared info byte {in_shinfo}\n");
            }
            check!(in_skb < 0 && in_shinfo < 0);
            check!(fresh && orphaned() == 1);
            check!(destination == [0xff; 6] && len == 60);
        }
        Ok(())
    }

    #[test]
    fn how_to_cut_it_is_no_note() -> Result {
        let (skb, _witness) = sent(1000)?;
        // SAFETY: valid by its type invariant, and not shared yet.
        unsafe { bindings::net_kunit_make_gso(skb.as_ptr()) };
        let frame = arrived(skb)?;
        // SAFETY: valid by its type invariant.
        let is_gso = unsafe { bindings::net_kunit_is_gso(frame.skb().as_ptr()) };
        frame.consume();
        check!(is_gso);
        Ok(())
    }

    #[test]
    fn short_ones_are_padded() -> Result {
        for (len, tag, padded) in [
            (14, 0, 60),
            (59, 0, 60),
            (60, 0, 60),
            (61, 0, 61),
            (42, 5, 56),
        ] {
            let (skb, _witness) = sent(len)?;
            if tag != 0 {
                // SAFETY: valid by its type invariant, and not shared.
                unsafe { bindings::net_kunit_tag(skb.as_ptr(), tag) };
            }
            let frame = arrived(skb)?;
            let is = frame.skb().len();
            let padding = bytes(frame.skb());
            let zero = padding.iter().skip(len as usize).all(|byte| *byte == 0);
            frame.consume();
            check!(is == padded && zero);
        }
        Ok(())
    }

    #[test]
    fn a_shared_skb_stays_the_senders() -> Result {
        let (skb, witness) = sent(60)?;
        let place = skb.as_ptr();
        let frame = arrived(share(&skb))?;
        let another = !frame.skb().is(place) && !same_bytes(frame.skb(), &skb);
        let (left, differ) = (users(&skb), difference(frame.skb(), &skb));
        frame.discard(DropReason::NoMem);
        let alive = witness.alive();
        skb.consume();
        check!(another);
        check!(left == 1 && differ == 0);
        check!(alive && witness.consumed_once());
        Ok(())
    }

    #[test]
    fn a_cloned_head_is_copied() -> Result {
        let (skb, _witness) = sent(60)?;
        let clone = cloned(&skb)?;
        let together = same_bytes(&skb, &clone);
        let frame = arrived(skb)?;
        let apart = !same_bytes(frame.skb(), &clone);
        let differ = difference(frame.skb(), &clone);
        frame.consume();
        clone.consume();
        check!(together && apart && differ == 0);
        Ok(())
    }

    #[test]
    fn too_short_for_a_header() -> Result {
        for len in [0, 1, 13] {
            let (skb, witness) = sent(len)?;
            check!(arrived(skb).is_err());
            check!(witness.dropped_once(DropReason::NoMem));
        }
        let (skb, witness) = sent(14)?;
        arrived(skb)?.consume();
        check!(witness.consumed_once());
        Ok(())
    }

    #[test]
    fn a_duplicate_has_its_own_end() -> Result {
        let (skb, first) = sent(60)?;
        let frame = arrived(skb)?;
        let second = in_softirq(|| frame.duplicate());
        let Some(second) = second else {
            frame.consume();
            return Err(ENOMEM);
        };
        let watched = Witness::of(second.skb());
        let differ = difference(frame.skb(), second.skb());
        let apart = !same_bytes(frame.skb(), second.skb());
        frame.consume();
        let one = first.consumed_once() && watched.as_ref().is_ok_and(Witness::alive);
        second.discard(DropReason::QueuePurge);
        check!(differ == 0 && apart);
        check!(one && watched?.dropped_once(DropReason::QueuePurge));
        check!(first.consumed_once());
        Ok(())
    }

    #[test]
    fn rewritten_in_a_copy() -> Result {
        let (skb, witness) = sent(60)?;
        let clone = cloned(&skb)?;
        let frame = arrived(skb)?;
        let mut given = 0;
        let rewritten = in_softirq(|| {
            frame.rewritten(|bytes| {
                given = bytes.len();
                bytes[59] ^= 1;
            })
        });
        let consumed = witness.consumed_once();
        let Some(rewritten) = rewritten else {
            clone.consume();
            return Err(ENOMEM);
        };
        let differ = difference(rewritten.skb(), &clone);
        let wrong = bytes(rewritten.skb())[59] ^ bytes(&clone)[59];
        rewritten.consume();
        clone.consume();
        check!(given == 60);
        check!(consumed);
        check!(differ == 1 && wrong == 1);
        Ok(())
    }

    #[test]
    fn what_is_still_to_be_cut_is_not_rewritten() -> Result {
        let (skb, witness) = sent(60)?;
        // SAFETY: valid by its type invariant, and not shared yet.
        unsafe { bindings::net_kunit_mark_as_gso(skb.as_ptr()) };
        let frame = arrived(skb)?;
        let mut given = false;
        let mut rewritten = None;
        let complaints = warnings(|| rewritten = in_softirq(|| frame.rewritten(|_| given = true)));
        let none = rewritten.is_none() && !given;
        rewritten.into_iter().for_each(RxFrame::consume);
        check!(complaints == 0 && none);
        check!(witness.dropped_once(DropReason::NotSpecified));
        Ok(())
    }
}
