// SPDX-License-Identifier: GPL-2.0

//! The echo far end: a host beyond the wire that answers.
//!
//! It turns a request into its reply in place, or says why there is none: ARP requests, IPv6
//! neighbour solicitations, ICMP and ICMPv6 echo, and UDP port 7 (RFC 862), under any unicast address
//! that the asker likes ([`Host::only4`] may say which), in up to two VLAN tags. It keeps no state, so nothing can be made to grow.
//!
//! There may be routers before it ([`Host::hops`]), which exist only in what they say: that the time
//! of a packet is exceeded. Then the host says too that nobody listens at a UDP port, as a real one
//! does, and `traceroute` finds its way.
//!
//! Rules:
//! - The request is hostile. Every byte is read through [`take`] or `get`, every length is compared
//!   before it is used; there is no `unsafe`, and no input can cause a panic.
//! - Everything is checked before the first byte is written: no reply means an unchanged frame.
//! - A reply consists of what the request asked to be echoed and what we wrote. Options, extension
//!   headers and padding of the request never come back; but an error quotes the whole packet.
//! - No loops: what could be a reply, or come from a second echo host, gets no reply of the host; an
//!   error gets none of the routers either.
//!
//! Layout: this file is the Ethernet frame; `echo/` has one file per protocol.
//! Read next: `echo/arp.rs`, the shortest of them; then `ipv4.rs`, `transport.rs`, `ipv6.rs`.

mod arp;
mod checksum;
mod error;
mod extensions;
mod ipv4;
mod ipv6;
mod ndisc;
mod transport;

use super::prefix::Prefix;
use core::{
    cell::Cell,
    cmp::Ordering,
    ops::Range, //
};

/// An Ethernet address.
type Mac = [u8; 6];

/// Why a frame gets no reply. The first reason found counts; they are looked for from the outer
/// header to the inner one:
///
/// | reason      | Ethernet | ARP | IPv4, IPv6 | ICMP echo, UDP, neighbour solicitation |
/// |-------------|----------|-----|------------|----------------------------------------|
/// | `Malformed` | truncated header or tag | truncated; wrong address lengths | truncated; wrong version; lengths that contradict each other; an option or extension header longer than its place | truncated; UDP length that is not the payload's; ND option of length 0 or too long |
/// | `BadChecksum` | – | – | IPv4 header | message (summed only if we would answer it); UDP over IPv6 without one |
/// | `Ignored`   | for another address; source not unicast, or our own; a third tag; another EtherType | another hardware, protocol or operation; probe; gratuitous; sender is not the frame's; address not unicast, or not one of the host's | source or destination not unicast, or equal; destination not one of the host's; source route; routing header; IPv6 option that must not be skipped; another protocol; time exceeded, but an ICMP error or from the router itself | another type, code or port (behind routers: port 9); source port 0 or 7; hop limit of a solicitation not 255; its target not unicast, not one of the host's, the asker's own, or not what the packet was sent to |
/// | `Fragment`  | – | – | any fragment, but the first one if its time is exceeded | – |
///
/// A packet whose time is exceeded ends at a router, which looks at nothing inside but whether it is
/// an ICMP error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoReply {
    /// Well-formed, but nothing that this host answers.
    Ignored,
    /// A truncated header, or lengths that contradict each other.
    Malformed,
    /// A checksum does not fit, in a packet that we would have answered with the right one.
    BadChecksum,
    /// A piece of a packet: this host does not reassemble.
    Fragment,
}

/// The host at the far end, and the way to it.
pub(crate) struct Host {
    /// Its Ethernet address, and that of the first router.
    pub(crate) mac: Mac,
    /// How many routers there are between the wire and the host. With 0, UDP ports at which nobody
    /// listens are silent.
    pub(crate) hops: u8,
    /// The IPv4 addresses that it answers for.
    pub(crate) only4: Prefix<4>,
    /// The IPv6 addresses that it answers for.
    pub(crate) only6: Prefix<16>,
}

/// How many bytes longer a reply can be than its request (or than the shortest frame): an ICMPv6
/// error that quotes all of it. (A neighbour advertisement is longer, too, by its one option.)
pub(crate) const REPLY_ROOM: usize = error::ROOM;

/// Ethernet's shortest frame, without FCS.
const MIN_FRAME: usize = 60;

const ETHERTYPE_IPV4: u16 = 0x0800;
const ETHERTYPE_ARP: u16 = 0x0806;
const ETHERTYPE_VLAN: u16 = 0x8100;
const ETHERTYPE_IPV6: u16 = 0x86dd;
const ETHERTYPE_SERVICE_VLAN: u16 = 0x88a8;

/// How many VLAN tags a frame may have.
const MAX_TAGS: usize = 2;

/// Turns the request in `frame[..len]` into the reply, in place; returns the reply's length.
///
/// `frame` must have room for the reply, that is [`REPLY_ROOM`] more than the request or the
/// shortest frame; in a buffer without that room, nothing is answered. What `frame` holds beyond the
/// returned length is not part of the reply.
pub(crate) fn answer(frame: &mut [u8], len: usize, host: &Host) -> Result<usize, NoReply> {
    if frame.len() < len.max(MIN_FRAME).saturating_add(REPLY_ROOM) {
        return Err(NoReply::Ignored);
    }
    let link = Link::parse(frame.get(..len).ok_or(NoReply::Malformed)?, host)?;
    let packet_len = len.saturating_sub(link.header_len);
    let packet = frame.get_mut(link.header_len..).ok_or(NoReply::Malformed)?;

    let reply_len = match link.ethertype {
        ETHERTYPE_ARP => arp::answer(packet, packet_len, &link)?,
        ETHERTYPE_IPV4 => ipv4::answer(packet, packet_len, &link)?,
        ETHERTYPE_IPV6 => ipv6::answer(packet, packet_len, &link)?,
        _ => return Err(NoReply::Ignored),
    };
    link.turn(frame, reply_len)
}

/// The Ethernet header of a request, with its tags.
struct Link {
    /// To whom the frame was sent: our address or a group.
    to: Mac,
    /// The sender: a unicast address other than ours.
    asker: Mac,
    /// This host.
    mac: Mac,
    /// How many routers there are before it.
    hops: u8,
    /// For whom it answers.
    only4: Prefix<4>,
    only6: Prefix<16>,
    /// Of what is inside the innermost tag.
    ethertype: u16,
    /// With tags.
    header_len: usize,
}

impl Link {
    fn parse(frame: &[u8], host: &Host) -> Result<Self, NoReply> {
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
        let mut header_len = 14;
        for _ in 0..MAX_TAGS {
            if !matches!(ethertype, ETHERTYPE_VLAN | ETHERTYPE_SERVICE_VLAN) {
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
    fn is_unicast(&self) -> bool {
        self.to == self.mac
    }

    /// Whether a packet that may pass fewer than `hop_limit` routers ends at one of them.
    fn ends_before_host(&self, hop_limit: u8) -> bool {
        self.hops > 0 && hop_limit <= self.hops
    }

    /// What the host has to say about a UDP port where nobody listens.
    fn closed_port(&self) -> transport::ClosedPort {
        match self.hops {
            0 => transport::ClosedPort::Silent,
            _ => transport::ClosedPort::Refuses,
        }
    }

    /// Sends the frame, which now holds a reply of `reply_len` bytes, back to the asker in the same
    /// tags; returns its length.
    fn turn(&self, frame: &mut [u8], reply_len: usize) -> Result<usize, NoReply> {
        let end = self.header_len.saturating_add(reply_len);
        if let Some(padding) = frame.get_mut(end..MIN_FRAME) {
            padding.fill(0);
        }
        let mut out = Writer(frame);
        out.put(self.asker)?;
        out.put(self.mac)?;
        Ok(end.max(MIN_FRAME))
    }
}

/// Whether `mac` addresses a group: multicast or broadcast.
fn is_group(mac: Mac) -> bool {
    mac[0] & 1 != 0
}

/// Reads `N` bytes and moves on; a request that ends before them is malformed.
fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Result<&'a [u8; N], NoReply> {
    let (head, tail) = rest.split_first_chunk().ok_or(NoReply::Malformed)?;
    *rest = tail;
    Ok(head)
}

/// [`take`] for a number in network byte order.
fn take_u16(rest: &mut &[u8]) -> Result<u16, NoReply> {
    Ok(u16::from_be_bytes(*take(rest)?))
}

/// Writes one field after the other, as [`take`] reads them.
struct Writer<'a>(&'a mut [u8]);

impl Writer<'_> {
    /// Writes `bytes` and moves on. There is always room, because [`answer`] asks for it.
    fn put<const N: usize>(&mut self, bytes: [u8; N]) -> Result<(), NoReply> {
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
fn move_message(packet: &mut [u8], message: Range<usize>, to: usize) {
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
