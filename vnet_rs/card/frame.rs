// SPDX-License-Identifier: GPL-2.0

//! The contents of a descriptor, transmit and receive.

use super::super::cable::{
    ethernet::{
        ETH_HLEN,
        MAX_TAGS, //
    },
    wire::WireFrames,
    wire_frames::wire_frames, //
};
use crate::net::{
    RxFrame,
    SkBuff,
    TxBusy, //
};

/// The longest MTU.
pub(crate) const MAX_MTU: u32 = 9000;

/// The longest frame on the wire, in bytes: the largest MTU, the Ethernet header
/// and two VLAN tags.
const MAX_FRAME: u32 = MAX_MTU + ETH_HLEN + 4 * MAX_TAGS as u32;

/// A frame in the transmit ring, or a GSO skb that the card cuts into segments on the wire.
pub(crate) struct Frame {
    /// It is the card's to read and the driver's to free; or gone, if it went to another port.
    pub(crate) skb: Option<SkBuff>,
    /// The skb's length when it was posted, in bytes: what BQL was told.
    pub(crate) len: u32,
    /// Its frames on the wire.
    pub(crate) wire: WireFrames,
    /// It has not arrived anywhere: the link was broken.
    pub(crate) lost: bool,
}

/// Why an skb cannot be sent.
pub(crate) enum BadLength {
    /// It is longer than the longest frame.
    TooLong,
    /// It is shorter than an Ethernet header.
    TooShort,
}

impl Frame {
    /// A descriptor for `skb`, which comes back if it is none.
    #[inline]
    pub(crate) fn new(skb: SkBuff) -> Result<Self, (SkBuff, BadLength)> {
        let wire = wire_frames(&skb);
        let len = skb.len();
        if wire.longest > MAX_FRAME {
            return Err((skb, BadLength::TooLong));
        }
        if len < ETH_HLEN {
            return Err((skb, BadLength::TooShort));
        }
        Ok(Self {
            skb: Some(skb),
            len,
            wire,
            lost: false,
        })
    }

    /// There is no descriptor for it: it goes back to the stack.
    pub(crate) fn busy(self) -> Result<(), TxBusy> {
        match self.skb {
            Some(skb) => Err(skb.into()),
            None => Ok(()),
        }
    }

    /// Moves the frame out of a descriptor, which holds nothing then.
    pub(crate) fn take(&mut self) -> Self {
        Self {
            skb: self.skb.take(),
            ..*self
        }
    }
}

/// A receive descriptor: empty when the driver posts it, a frame inside when the card has completed
/// it.
pub(crate) type RxDescriptor = Option<RxFrame>;
