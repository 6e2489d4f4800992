// SPDX-License-Identifier: GPL-2.0

//! The contents of a descriptor, transmit and receive.

use super::super::cable::{
    ethernet::{
        ETH_HLEN,
        MAX_TAGS, //
    },
    skb_frames::wire_frames,
    wire_frames::WireFrames, //
};
use crate::net::{
    RxFrame,
    SkBuff,
    TxBusy, //
};

/// The largest MTU, in bytes.
pub(crate) const MAX_MTU: u32 = 9000;

/// The longest frame on the wire, in bytes: the largest MTU, the Ethernet header
/// and two VLAN tags.
const MAX_FRAME: u32 = MAX_MTU + ETH_HLEN + 4 * MAX_TAGS as u32;

/// A transmit descriptor: a frame, or a GSO skb that the card cuts into segments on the wire.
pub(crate) struct Frame {
    /// The card reads the skb and the driver frees it; [`None`] if the card took it along.
    pub(crate) skb: Option<SkBuff>,
    /// The skb's length when it was posted, in bytes, as BQL was told.
    pub(crate) len: u32,
    /// The skb's frames on the wire.
    pub(crate) wire: WireFrames,
    /// The frame was lost because the link was broken.
    pub(crate) lost: bool,
}

/// A length with which an skb cannot be sent.
pub(crate) enum BadLength {
    /// A frame of the skb would be longer than the largest MTU allows.
    TooLong,
    /// The skb is shorter than an Ethernet header.
    TooShort,
}

impl Frame {
    /// A descriptor for `skb`, which comes back with the reason if its length is bad.
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

    /// Gives the skb back to the stack (`NETDEV_TX_BUSY`), as no descriptor is free.
    pub(crate) fn busy(self) -> Result<(), TxBusy> {
        match self.skb {
            Some(skb) => Err(skb.into()),
            None => Ok(()),
        }
    }

    /// Moves the frame out of a descriptor, which is empty then.
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
