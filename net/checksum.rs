// SPDX-License-Identifier: GPL-2.0

//! Checksums of TCP and UDP, as a card finds them in a frame.
//!
//! C headers: [`include/linux/skbuff.h`](srctree/include/linux/skbuff.h),
//! [`include/net/checksum.h`](srctree/include/net/checksum.h)

use super::{
    bindings,
    features::Features,
    Device,
    Parts,
    SkBuff, //
};
use kernel::{
    error::to_result,
    prelude::*, //
};

const TCP: u8 = 6;
const UDP: u8 = 17;
/// The longest headers that are looked into: Ethernet, two tags, IPv6, TCP.
const HEADERS: usize = 14 + 2 * 4 + 40 + 20;

/// A TCP or UDP header that has a checksum.
struct Header {
    protocol: u8,
    /// The place of the header, in bytes from the start of the frame, as all places are.
    offset: usize,
    /// The length with the payload, but without padding behind the packet, in bytes.
    len: usize,
    /// The place of the checksum.
    place: usize,
    /// The checksum that is there.
    sum: u16,
    /// The sum of the pseudo header, with which the checksum starts. Not zero.
    pseudo: u16,
}

/// The big-endian word at `at`.
fn word(frame: &[u8], at: usize) -> Option<u16> {
    let bytes = frame.get(at..)?.first_chunk()?;
    Some(u16::from_be_bytes(*bytes))
}

/// The sum of big-endian words, with the carries added.
///
/// C: `~csum_fold()`.
fn folded(sum: u32) -> u16 {
    let once = (sum & 0xffff) + (sum >> 16);
    ((once & 0xffff) + (once >> 16)) as u16
}

/// The sum of a pseudo header.
///
/// C: `csum_tcpudp_nofold()`, `csum_ipv6_magic()`.
fn pseudo(addresses: &[u8], protocol: u8, len: u16) -> u16 {
    let words = addresses.chunks_exact(2);
    let words = words.map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1]));
    // At most 18 words, which fit.
    folded(words.sum::<u32>() + u32::from(protocol) + u32::from(len))
}

impl Header {
    /// The header behind up to two tags and IP: not behind IP options and extension headers, and
    /// not in fragments.
    fn of(skb: &SkBuff) -> Option<Self> {
        let mut room = [0; HEADERS];
        let frame = skb.head(&mut room);
        let mut at = 12;
        for _ in 0..2 {
            if matches!(
                u32::from(word(frame, at)?),
                bindings::ETH_P_8021Q | bindings::ETH_P_8021AD
            ) {
                at += 4;
            }
        }
        let ip = at + 2;
        match u32::from(word(frame, at)?) {
            bindings::ETH_P_IP => Self::in_ipv4(frame, ip, skb.len()),
            bindings::ETH_P_IPV6 => Self::in_ipv6(frame, ip, skb.len()),
            _ => None,
        }
    }

    fn in_ipv4(frame: &[u8], at: usize, frame_len: u32) -> Option<Self> {
        let ip: &[u8; 20] = frame.get(at..)?.first_chunk()?;
        // Version 4 and no options; neither MF nor an offset.
        let is_fragment = word(ip, 6)? & 0x3fff != 0;
        if ip[0] != 0x45 || is_fragment {
            return None;
        }
        let len = word(ip, 2)?.checked_sub(20)?;
        let pseudo = pseudo(&ip[12..], ip[9], len);
        Self::at(frame, at + 20, len, ip[9], pseudo, frame_len)
    }

    fn in_ipv6(frame: &[u8], at: usize, frame_len: u32) -> Option<Self> {
        let ip: &[u8; 40] = frame.get(at..)?.first_chunk()?;
        if ip[0] >> 4 != 6 {
            return None;
        }
        let len = word(ip, 4)?;
        let pseudo = pseudo(&ip[8..], ip[6], len);
        Self::at(frame, at + 40, len, ip[6], pseudo, frame_len)
    }

    fn at(
        frame: &[u8],
        offset: usize,
        packet: u16,
        protocol: u8,
        pseudo: u16,
        frame_len: u32,
    ) -> Option<Self> {
        let len = usize::from(packet);
        let (shortest, place) = match protocol {
            TCP => (20, offset + 16),
            UDP => (8, offset + 6),
            _ => return None,
        };
        if len < shortest || offset + len > frame_len as usize {
            return None;
        }
        let sum = word(frame, place)?;
        // A datagram without a checksum has a zero there.
        if protocol == UDP && (word(frame, offset + 4)? != packet || sum == 0) {
            return None;
        }
        Some(Self {
            protocol,
            offset,
            len,
            place,
            sum,
            pseudo,
        })
    }

    /// Whether the checksum, which is in the frame, is right.
    fn is_right(&self, skb: &SkBuff) -> bool {
        // SAFETY: valid by the type invariant. The skb has these bytes: `Header::at` has compared
        // with its length. The sum is one of words in memory, so of the machine's order.
        let sum = unsafe {
            bindings::skb_checksum(
                skb.as_ptr(),
                self.offset as c_int,
                self.len as c_int,
                u32::from(self.pseudo.to_be()),
            )
        };
        folded(sum) == 0xffff
    }

    /// Whether a checksum that is to be put in will be right: it is that of this header, it covers
    /// the packet and nothing else, and starts with the pseudo header.
    fn will_be_right(&self, skb: &SkBuff) -> bool {
        let Some((start, place)) = to_put(skb) else {
            return false;
        };
        start == self.offset
            && place == self.place
            && self.offset + self.len == skb.len() as usize
            && self.sum == self.pseudo
    }
}

/// Where the checksum begins that is left to the hardware, and where it is put in, from the start
/// of the frame.
fn to_put(skb: &SkBuff) -> Option<(usize, usize)> {
    // SAFETY: valid by the type invariant.
    let (start, offset) = unsafe {
        (
            bindings::net_rs_skb_checksum_start_offset(skb.as_ptr()),
            bindings::net_rs_skb_csum_offset(skb.as_ptr()),
        )
    };
    let start = usize::try_from(start).ok()?;
    Some((start, start + usize::from(offset)))
}

impl SkBuff {
    fn ip_summed(&self) -> u32 {
        // SAFETY: valid by the type invariant.
        u32::from(unsafe { bindings::net_rs_skb_ip_summed(self.as_ptr()) })
    }

    /// Notes how far the checksum is known to be right.
    ///
    /// # Safety
    ///
    /// The skb is not shared.
    pub(super) unsafe fn set_ip_summed(&self, known: u32) {
        // SAFETY: valid by the type invariant; the skb is not shared, as the caller promises.
        unsafe { bindings::net_rs_skb_set_ip_summed(self.as_ptr(), known as u8) };
    }

    /// Puts in the checksum that the sender has left to its card. A frame whose checksum is known
    /// to be right is `CHECKSUM_UNNECESSARY` then, any other one `CHECKSUM_NONE`.
    ///
    /// # Errors
    ///
    /// `EINVAL` if there is no such place in the frame, `ENOMEM`.
    ///
    /// # Safety
    ///
    /// Neither the skb nor its head is shared.
    pub(super) unsafe fn put_checksum(&self) -> Result {
        if self.ip_summed() != bindings::CHECKSUM_PARTIAL || self.gso().is_some() {
            return Ok(());
        }
        let (_, place) = to_put(self).ok_or(EINVAL)?;
        // SAFETY: valid by the type invariant, and not shared, as the caller promises.
        if !unsafe { bindings::net_rs_pskb_may_pull(self.as_ptr(), place as u32 + 2) } {
            return Err(EINVAL);
        }
        let is_right = Header::of(self).is_some_and(|header| header.will_be_right(self));
        let known = if is_right {
            bindings::CHECKSUM_UNNECESSARY
        } else {
            bindings::CHECKSUM_NONE
        };
        // SAFETY: valid by the type invariant, and not shared, as the caller promises.
        unsafe {
            to_result(bindings::skb_checksum_help(self.as_ptr()))?;
            self.set_ip_summed(known);
        }
        Ok(())
    }

    /// Checks the checksum of TCP or UDP as the card of `dev` does: `CHECKSUM_UNNECESSARY` if it is
    /// right, else `CHECKSUM_NONE`. A device that does not check says `CHECKSUM_NONE`, and so does
    /// one with a program, which may take a tunnel's header off and leave a promise about another
    /// checksum. `CHECKSUM_COMPLETE` is never used, as one changed byte makes it wrong. A GSO skb
    /// stays as GRO makes them.
    ///
    /// # Safety
    ///
    /// The skb is not shared.
    pub(super) unsafe fn check_checksum<T: Parts>(&self, dev: &Device<T>) {
        if self.gso().is_some() {
            return;
        }
        let known = if !dev.features().has(Features::RX_CSUM) || dev.has_program() {
            bindings::CHECKSUM_NONE
        } else if self.ip_summed() == bindings::CHECKSUM_NONE
            && Header::of(self).is_some_and(|header| header.is_right(self))
        {
            bindings::CHECKSUM_UNNECESSARY
        } else {
            return;
        };
        // SAFETY: not shared, as the caller promises.
        unsafe { self.set_ip_summed(known) };
    }

    /// Whether GRO would put together the frames that this GSO skb is cut into, and would make the
    /// same of them: then it need not be cut. An UDP GSO skb is always cut: whether it is wanted
    /// in one piece, and of how many frames, depends on the socket.
    pub(super) fn is_as_gro_makes(&self) -> bool {
        // SAFETY: valid by the type invariant.
        let kind = unsafe { bindings::net_rs_skb_gso_type(self.as_ptr()) };
        matches!(
            kind & !bindings::SKB_GSO_TCP_FIXEDID,
            bindings::SKB_GSO_TCPV4 | bindings::SKB_GSO_TCPV6
        ) && self.ip_summed() == bindings::CHECKSUM_PARTIAL
            && Header::of(self)
                .is_some_and(|header| header.protocol == TCP && header.will_be_right(self))
    }
}

impl<T: Parts> Device<T> {
    /// Whether a program may change a received frame before the stack sees it.
    fn has_program(&self) -> bool {
        let dev = self.as_ptr();
        // SAFETY: valid by the type invariant. The pointers are compared with null, and not
        // followed.
        // C: `rcu_access_pointer()`.
        unsafe {
            if !(&raw const (*dev).xdp_prog).read_volatile().is_null() {
                return true;
            }
            #[cfg(CONFIG_NET_XGRESS)]
            if !(&raw const (*dev).tcx_ingress).read_volatile().is_null() {
                return true;
            }
            #[cfg(CONFIG_NETFILTER_INGRESS)]
            if !(&raw const (*dev).nf_hooks_ingress)
                .read_volatile()
                .is_null()
            {
                return true;
            }
        }
        false
    }
}
