// SPDX-License-Identifier: GPL-2.0

//! Frames that are made.

use super::{
    super::{
        bindings,
        DropReason,
        RxBuff, //
    },
    check,
    witness::{
        sent,
        Witness, //
    }, //
};
use kernel::prelude::*;

#[kunit_tests(net_rx_buff)]
mod suite {
    use super::*;

    #[test]
    fn so_many_zeroes() -> Result {
        for len in [0, 1, 60, 1514, 1 << 16] {
            let mut buff = RxBuff::zeroed(len).ok_or(ENOMEM)?;
            let right = buff.data_mut().len() == len as usize;
            let zero = buff.data_mut().iter().all(|byte| *byte == 0);
            buff.consume();
            check!(right && zero);
        }
        check!(RxBuff::zeroed((1 << 16) + 1).is_none());
        check!(RxBuff::zeroed(u32::MAX).is_none());
        Ok(())
    }

    #[test]
    fn a_frame_is_as_long_as_it_says() -> Result {
        for (len, wanted) in [(60, 60), (100, 60), (60, 100), (14, 14)] {
            let buff = RxBuff::zeroed(len).ok_or(ENOMEM)?;
            let frame = buff.finish(wanted).ok_or(EINVAL)?;
            let is = frame.skb().len();
            frame.consume();
            check!(is == len.min(wanted));
        }
        Ok(())
    }

    #[test]
    fn too_short_for_a_header() -> Result {
        for (len, wanted) in [(60, 13), (13, 60), (0, 0)] {
            let skb = RxBuff::zeroed(len).ok_or(ENOMEM)?;
            let witness = Witness::of(&skb.0);
            check!(skb.finish(wanted).is_none());
            check!(witness?.dropped_once(DropReason::PktTooSmall));
        }
        Ok(())
    }

    #[test]
    fn a_copy_leaves_the_original_alone() -> Result {
        let (skb, witness) = sent(60)?;
        let copy = RxBuff::copy_of(&skb, 4);
        let mut room = [0; 60];
        let same = copy.map(|(mut copy, len)| {
            let data = copy.data_mut();
            let same = len == 60 && data.len() == 64 && data[60..] == [0; 4];
            let same = same && data[..60] == *skb.head(&mut room);
            copy.consume();
            same
        });
        let alive = witness.alive();
        skb.consume();
        check!(same == Some(true));
        check!(alive && witness.consumed_once());
        Ok(())
    }

    #[test]
    fn a_copy_has_its_tag_inside() -> Result {
        let (skb, _witness) = sent(60)?;
        // SAFETY: valid by its type invariant, and not shared.
        unsafe { bindings::net_kunit_tag(skb.as_ptr(), 0x2123) };
        let copy = RxBuff::copy_of(&skb, 0);
        let mut room = [0; 60];
        let right = copy.map(|(mut copy, len)| {
            let (data, head) = (copy.data_mut(), skb.head(&mut room));
            let right = len == 64 && data[..12] == head[..12] && data[16..] == head[12..];
            let right = right && data[12..16] == [0x81, 0x00, 0x21, 0x23];
            copy.consume();
            right
        });
        skb.consume();
        check!(right == Some(true));
        Ok(())
    }
}
