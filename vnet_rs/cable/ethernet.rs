// SPDX-License-Identifier: GPL-2.0

//! The numbers of Ethernet and IP, by the names that the kernel's headers have for them.
//!
//! C headers: `include/uapi/linux/if_ether.h`, `include/uapi/linux/in.h`, `include/net/ip.h`.
//!
//! This file is pure.

/// The bytes of an Ethernet header without tags.
pub(crate) const ETH_HLEN: u32 = 14;
/// The bytes of Ethernet's shortest frame, without FCS.
pub(crate) const ETH_ZLEN: u32 = 60;

/// The EtherType of IPv4.
pub(crate) const ETH_P_IP: u16 = 0x0800;
/// The EtherType of ARP.
pub(crate) const ETH_P_ARP: u16 = 0x0806;
/// The EtherType of an inner VLAN tag.
pub(crate) const ETH_P_8021Q: u16 = 0x8100;
/// The EtherType of IPv6.
pub(crate) const ETH_P_IPV6: u16 = 0x86dd;
/// The EtherType of a service provider's VLAN tag.
pub(crate) const ETH_P_8021AD: u16 = 0x88a8;

/// The most VLAN tags that a frame may have.
pub(crate) const MAX_TAGS: usize = 2;

/// The protocol number of UDP.
pub(crate) const IPPROTO_UDP: u8 = 17;

/// The bits of an IPv4 header that tell a fragment: `IP_MF` and `IP_OFFSET`.
pub(crate) const IP_FRAGMENT: u16 = 0x3fff;

/// Whether an Ethernet address is that of a group: multicast or broadcast.
///
/// C: `is_multicast_ether_addr()`.
pub(crate) const fn is_group(address: [u8; 6]) -> bool {
    address[0] & 1 != 0
}
