// SPDX-License-Identifier: GPL-2.0

//! The Ethernet frame of a request and of its reply, with the means to read and write both.

use super::super::{
    ethernet::{
        is_group,
        ETH_HLEN,
        ETH_P_8021AD,
        ETH_P_8021Q,
        ETH_ZLEN,
        MAX_TAGS, //
    },
    prefix::Prefix, //
};
use core::{
    cell::Cell,
    cmp::Ordering,
    ops::Range, //
};

/// An Ethernet address.
pub(super) type Mac = [u8; 6];

/// The reason for which a frame gets no reply. The first reason found counts, from the outer header
/// to the inner one:
///
/// | reason      | Ethernet | ARP | IPv4, IPv6 | ICMP echo, UDP, neighbour solicitation |
/// |-------------|----------|-----|------------|----------------------------------------|
/// | `Malformed` | truncated header or tag | truncated; wrong address lengths | truncated; wrong version; lengths that contradict each other; an option or extension header longer than its place | truncated; UDP length that is not the payload's; ND option of length 0 or too long |
/// | `BadChecksum` | – | – | IPv4 header | message (summed only if we would answer it); UDP over IPv6 without one |
/// | `Ignored`   | for another address; source not unicast, or our own; a third tag; another EtherType | another hardware, protocol or operation; probe; gratuitous; sender is not the frame's; address not unicast, or not one of the host's | source or destination not unicast, or equal; destination not one of the host's; source route; routing header; IPv6 option that must not be skipped; another protocol; time exceeded, but an ICMP error or from the router itself | another type, code or port (behind routers: port 9); source port 0 or 7; hop limit of a solicitation not 255; its target not unicast, not one of the host's, the asker's own, or not what the packet was sent to |
/// | `Fragment`  | – | – | any fragment, but the first one if its time is exceeded | – |
///
/// A packet whose time is exceeded ends at a router, which looks inside only for an ICMP error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoReply {
    /// The frame is well-formed, but nothing that this host answers.
    Ignored,
    /// A truncated header, or lengths that contradict each other.
    Malformed,
    /// The checksum is wrong in a packet that would have got a reply with the right one.
    BadChecksum,
    /// The packet is a fragment: this host does not reassemble.
    Fragment,
}

/// The host at the far end, and the way to it.
pub(crate) struct Host {
    /// The Ethernet address of the host, and of the first router.
    pub(crate) mac: Mac,
    /// The number of routers between the wire and the host. With 0, closed UDP ports are silent.
    pub(crate) hops: u8,
    /// The IPv4 addresses that the host answers for.
    pub(crate) only4: Prefix<4>,
    /// The IPv6 addresses that the host answers for.
    pub(crate) only6: Prefix<16>,
}

/// The bytes of the shortest reply.
pub(super) const SHORTEST_REPLY: usize = ETH_ZLEN as usize;

/// The answer to a datagram for a port where nobody listens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ClosedPort {
    /// The datagram gets no answer.
    Silent,
    /// The datagram is refused.
    Refuses,
}

/// The Ethernet header of a request, with its tags.
pub(super) struct EthHeader {
    /// The destination: our address or a group.
    pub(super) to: Mac,
    /// The sender: a unicast address other than ours.
    pub(super) asker: Mac,
    /// The address of this host.
    pub(super) mac: Mac,
    /// The number of routers before the host.
    pub(super) hops: u8,
    /// The IPv4 and IPv6 addresses that the host answers for.
    pub(super) only4: Prefix<4>,
    pub(super) only6: Prefix<16>,
    /// The EtherType inside all tags.
    pub(super) ethertype: u16,
    /// The bytes of the header with its tags.
    pub(super) header_len: usize,
}

impl EthHeader {
    pub(super) fn parse(frame: &[u8], host: &Host) -> Result<Self, NoReply> {
        let Host {
            mac,
            hops,
            only4,
            only6,
        } = *host;
        let mut rest = frame;
        let to: Mac = *take(&mut rest)?;
        let asker: Mac = *take(&mut rest)?;
        let mut ethertype = take_u16(&mut rest)?;
        let mut header_len = ETH_HLEN as usize;
        for _ in 0..MAX_TAGS {
            if !matches!(ethertype, ETH_P_8021Q | ETH_P_8021AD) {
                break;
            }
            let _tag: &[u8; 2] = take(&mut rest)?;
            ethertype = take_u16(&mut rest)?;
            header_len += 4;
        }

        let for_us = to == mac || is_group(to);
        if !for_us || is_group(asker) || asker == [0; 6] || asker == mac {
            return Err(NoReply::Ignored);
        }
        Ok(Self {
            to,
            asker,
            mac,
            hops,
            only4,
            only6,
            ethertype,
            header_len,
        })
    }

    /// Whether the frame was sent to this host alone.
    pub(super) fn is_unicast(&self) -> bool {
        self.to == self.mac
    }

    /// Whether a packet that may pass fewer than `hop_limit` routers ends at one of them.
    pub(super) fn ends_before_host(&self, hop_limit: u8) -> bool {
        self.hops > 0 && hop_limit <= self.hops
    }

    /// The answer to a datagram for a port where nobody listens.
    pub(super) fn closed_port(&self) -> ClosedPort {
        match self.hops {
            0 => ClosedPort::Silent,
            _ => ClosedPort::Refuses,
        }
    }

    /// Addresses the frame, which now holds a reply of `reply_len` bytes, to the asker, and pads
    /// it; the tags stay. Returns the frame's length.
    pub(super) fn turn(&self, frame: &mut [u8], reply_len: usize) -> Result<usize, NoReply> {
        let end = self.header_len.saturating_add(reply_len);
        if let Some(padding) = frame.get_mut(end..SHORTEST_REPLY) {
            padding.fill(0);
        }
        let mut out = Writer(frame);
        out.put(self.asker)?;
        out.put(self.mac)?;
        Ok(end.max(SHORTEST_REPLY))
    }
}

/// Reads `N` bytes and moves on; a request that ends before them is malformed.
pub(super) fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Result<&'a [u8; N], NoReply> {
    let (head, tail) = rest.split_first_chunk().ok_or(NoReply::Malformed)?;
    *rest = tail;
    Ok(head)
}

/// Reads a number in network byte order, as [`take`].
pub(super) fn take_u16(rest: &mut &[u8]) -> Result<u16, NoReply> {
    Ok(u16::from_be_bytes(*take(rest)?))
}

/// Writes one field after the other, as [`take`] reads them.
pub(super) struct Writer<'a>(pub(super) &'a mut [u8]);

impl Writer<'_> {
    /// Writes `bytes` and moves on. There is always room, because [`answer`](super::answer) asks for it.
    pub(super) fn put<const N: usize>(&mut self, bytes: [u8; N]) -> Result<(), NoReply> {
        let (head, tail) = core::mem::take(&mut self.0)
            .split_first_chunk_mut()
            .ok_or(NoReply::Ignored)?;
        *head = bytes;
        self.0 = tail;
        Ok(())
    }
}

/// Moves the message at `message` to `to`, where a shorter or longer header ends.
///
/// As `copy_within()`, but without its panic: a range that does not fit moves fewer bytes.
pub(super) fn move_message(packet: &mut [u8], message: Range<usize>, to: usize) {
    let start = message.start;
    let bytes = Cell::from_mut(packet).as_slice_of_cells();
    let from = bytes.get(message).unwrap_or_default();
    let pairs = bytes.get(to..).unwrap_or_default().iter().zip(from);
    let copy = |(to, from): (&Cell<u8>, &Cell<u8>)| to.set(from.get());
    // No byte is overwritten that is still to be moved.
    match start.cmp(&to) {
        Ordering::Greater => pairs.for_each(copy),
        Ordering::Equal => {}
        Ordering::Less => pairs.rev().for_each(copy),
    }
}
