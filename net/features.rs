// SPDX-License-Identifier: GPL-2.0

//! Offloads: work that a device does in place of the stack.
//!
//! C header: [`include/linux/netdev_features.h`](srctree/include/linux/netdev_features.h)

use super::{
    bindings,
    Device,
    Parts,
    SkBuff, //
};
use core::ops::BitOr;
use kernel::prelude::*;

/// A set of offloads.
///
/// C: `netdev_features_t`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Features(u64);

impl Features {
    /// None.
    pub(crate) const NONE: Self = Self(0);
    /// Frames in several pieces (`NETIF_F_SG`), in any memory (`NETIF_F_HIGHDMA`).
    pub(crate) const SG: Self =
        Self::bits(&[bindings::NETIF_F_SG_BIT, bindings::NETIF_F_HIGHDMA_BIT]);
    /// Checksums of frames sent (`NETIF_F_HW_CSUM`).
    pub(crate) const TX_CSUM: Self = Self::bits(&[bindings::NETIF_F_HW_CSUM_BIT]);
    /// Checksums of frames received (`NETIF_F_RXCSUM`).
    pub(crate) const RX_CSUM: Self = Self::bits(&[bindings::NETIF_F_RXCSUM_BIT]);
    /// Segmentation of TCP, over IPv4 and IPv6 (`NETIF_F_ALL_TSO`).
    pub(crate) const TSO: Self = Self::bits(&[
        bindings::NETIF_F_TSO_BIT,
        bindings::NETIF_F_TSO6_BIT,
        bindings::NETIF_F_TSO_ECN_BIT,
        bindings::NETIF_F_TSO_MANGLEID_BIT,
    ]);
    /// Segmentation of UDP (`NETIF_F_GSO_UDP_L4`).
    pub(crate) const USO: Self = Self::bits(&[bindings::NETIF_F_GSO_UDP_L4_BIT]);
    /// Segmentation of all kinds, in tunnels too (`NETIF_F_GSO_SOFTWARE`, `NETIF_F_GSO_ENCAP_ALL`,
    /// `NETIF_F_FRAGLIST`). For a driver that does not ask how an skb is to be cut.
    #[allow(dead_code)]
    pub(crate) const ALL_GSO: Self = Self(bindings::NET_RS_ALL_GSO);
    /// VLAN tags are put into frames sent.
    pub(crate) const VLAN_TX: Self = Self::bits(&[
        bindings::NETIF_F_HW_VLAN_CTAG_TX_BIT,
        bindings::NETIF_F_HW_VLAN_STAG_TX_BIT,
    ]);
    /// VLAN tags (802.1Q) are taken out of frames received.
    pub(crate) const VLAN_RX: Self = Self::bits(&[bindings::NETIF_F_HW_VLAN_CTAG_RX_BIT]);
    /// Received frames come with the hash of their flow (`NETIF_F_RXHASH`).
    pub(crate) const RX_HASH: Self = Self::bits(&[bindings::NETIF_F_RXHASH_BIT]);
    /// Segments that GRO would put together may be received in one piece (`NETIF_F_GRO_HW`).
    pub(crate) const GRO_HW: Self = Self::bits(&[bindings::NETIF_F_GRO_HW_BIT]);
    /// The stack puts segments together by itself (`NETIF_F_GRO`).
    pub(crate) const GRO: Self = Self::bits(&[bindings::NETIF_F_GRO_BIT]);
    /// GRO makes lists of segments, which it puts together for forwarding (`NETIF_F_GRO_FRAGLIST`).
    pub(super) const GRO_FRAGLIST: Self = Self::bits(&[bindings::NETIF_F_GRO_FRAGLIST_BIT]);
    /// Frames that are sent come back (`NETIF_F_LOOPBACK`).
    pub(crate) const LOOPBACK: Self = Self::bits(&[bindings::NETIF_F_LOOPBACK_BIT]);

    /// As C has it.
    pub(super) const fn from_raw(set: bindings::netdev_features_t) -> Self {
        Self(set)
    }

    const fn bits(bits: &[c_uint]) -> Self {
        let mut set = 0;
        let mut rest = bits;
        while let [bit, tail @ ..] = rest {
            set |= 1 << *bit;
            rest = tail;
        }
        Self(set)
    }

    /// All of this and all of `other`.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is in this.
    #[inline]
    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Features {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.and(other)
    }
}

impl<T: Parts> Device<T> {
    /// The offloads that are on. They may change at any time.
    #[inline]
    pub(crate) fn features(&self) -> Features {
        // SAFETY: valid by the type invariant. The word is written under RTNL; a reader without
        // RTNL gets the old word or the new one.
        Features(unsafe { core::ptr::read_volatile(&raw const (*self.as_ptr()).features) })
    }

    /// Whether GRO of this device, which may have changed since `skb` came, would put so much
    /// together now.
    pub(super) fn gro_would_take(&self, skb: &SkBuff) -> bool {
        let features = self.features();
        // SAFETY: both are valid by their type invariants.
        let (elided, most) = unsafe {
            (
                bindings::net_rs_elide_gro(self.as_ptr()),
                bindings::net_rs_gro_max_size(self.as_ptr(), skb.as_ptr()),
            )
        };
        features.has(Features::RX_CSUM | Features::GRO_HW)
            && !features.has(Features::GRO_FRAGLIST)
            && !elided
            && skb.len().saturating_sub(bindings::ETH_HLEN) < most
    }
}

/// Fills in the offloads of a new device: those that are on, and more that can be turned on.
///
/// # Safety
///
/// `dev` is valid, and new: not registered, and not published.
pub(super) unsafe fn setup_features(dev: *mut bindings::net_device, on: Features, more: Features) {
    // A VLAN device on top of this one may make use of these.
    let vlan = Features::SG | Features::TX_CSUM | Features::TSO | Features::USO;
    // SAFETY: as the caller promises.
    unsafe {
        (*dev).features |= on.0;
        (*dev).hw_features |= (on | more).0;
        (*dev).vlan_features |= on.0 & vlan.0;
    }
}
