// SPDX-License-Identifier: GPL-2.0

//! What a transmit descriptor holds.

use super::{
    port::{
        Port,
        MAX_FRAME,
        MIN_FRAME, //
    },
    wire::Train, //
};
use crate::net::{
    SkBuff,
    TxBusy,
    TxContext, //
};

/// A frame in the transmit ring, or a train of them that the NIC cuts on the wire.
pub(crate) struct Frame {
    /// It is the NIC's to read and the driver's to free; or gone, if it went to another port.
    pub(crate) skb: Option<SkBuff>,
    /// The skb's length when it was posted, in bytes: what BQL was told.
    pub(crate) len: u32,
    /// What it is on the wire.
    pub(crate) train: Train,
    /// It has not arrived anywhere: the link was broken.
    pub(crate) lost: bool,
}

/// Why an skb cannot be sent.
pub(crate) enum Misfit {
    /// It is longer than the longest frame.
    TooLong,
    /// It is shorter than an Ethernet header.
    TooShort,
}

/// What `skb` is on the wire.
#[inline]
pub(crate) fn train_of(skb: &SkBuff) -> Train {
    let tag = if skb.vlan_tag().is_some() { 4 } else { 0 };
    let len = skb.len().saturating_add(tag);
    match skb.gso() {
        Some(gso) => Train::segmented(len, gso.header.saturating_add(tag), gso.segment),
        None => Train::single(len),
    }
}

impl Frame {
    /// A descriptor for `skb`, which comes back if it is none.
    #[inline]
    pub(crate) fn new(skb: SkBuff) -> Result<Self, (SkBuff, Misfit)> {
        let train = train_of(&skb);
        let len = skb.len();
        if train.longest > MAX_FRAME {
            return Err((skb, Misfit::TooLong));
        }
        if len < MIN_FRAME {
            return Err((skb, Misfit::TooShort));
        }
        Ok(Self {
            skb: Some(skb),
            len,
            train,
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

    /// Takes the software time stamp, before the NIC can see the frame.
    #[inline]
    pub(crate) fn stamp(&self, tx: &TxContext<'_, Port>) {
        if let Some(skb) = &self.skb {
            skb.tx_timestamp(tx);
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
