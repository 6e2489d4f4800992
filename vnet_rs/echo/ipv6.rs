// SPDX-License-Identifier: GPL-2.0

//! IPv6 (RFC 8200): from the header of a request to the header of its reply.
//!
//! Rules:
//! - The order of the checks: lengths, addresses, extension headers, message.
//! - Bytes after the payload length are padding: allowed, and never looked at again.
//! - Hop-by-hop (first only) and destination options are skipped, a bounded number of them; an
//!   option that we do not know is skipped if its type says so. Other extension headers get no
//!   reply.
//! - The reply has none of them: the message moves up to the 40-byte header. Hop limit 64, flow
//!   label 0; DSCP as in the request, without its ECN bits, which spoke about the way here.
//! - Nothing that was sent to a group gets a reply, but a neighbour solicitation.
//!
//! Read next: `ndisc.rs`, that exception.

use core::ops::Range;

use super::{
    checksum::Sum,
    move_up,
    ndisc,
    take,
    take_u16,
    transport,
    Link,
    NoReply,
    Writer, //
};

/// An IPv6 address.
pub(super) type Address = [u8; 16];

/// The header without extension headers.
pub(super) const HEADER_LEN: usize = 40;

const HOP_BY_HOP_OPTIONS: u8 = 0;
const FRAGMENT: u8 = 44;
const DESTINATION_OPTIONS: u8 = 60;

/// How many extension headers are skipped. Real packets have one or two.
const MAX_EXTENSIONS: usize = 4;

const OPTION_PAD_1: u8 = 0;

const REPLY_HOP_LIMIT: u8 = 64;

/// Whether `address` can be a single host's: not multicast, unspecified or loopback.
pub(super) fn is_host(address: Address) -> bool {
    let [prefix @ .., last] = address;
    address[0] != 0xff && (prefix != [0; 15] || last > 1)
}

/// Turns the request in `packet[..len]` into its reply; returns the reply's length.
pub(super) fn answer(packet: &mut [u8], len: usize, link: &Link) -> Result<usize, NoReply> {
    let request = Request::parse(packet.get(..len).ok_or(NoReply::Malformed)?, link)?;
    let message = packet
        .get_mut(request.message.clone())
        .ok_or(NoReply::Malformed)?;
    let to_host = is_host(request.asked);

    match (request.protocol, message.first()) {
        (transport::ICMPV6, Some(&ndisc::SOLICITATION)) => {
            let target = ndisc::parse(message, &request, link)?;
            return ndisc::advertise(packet, target, &request, link);
        }
        (transport::ICMPV6, _) if to_host => {
            transport::answer_icmpv6(message, request.pseudo_header())?;
        }
        (transport::UDP, _) if to_host => {
            let checksum = transport::Checksum::Required;
            transport::answer_udp(message, request.pseudo_header(), checksum)?;
        }
        _ => return Err(NoReply::Ignored),
    }

    let message_len = request.message.len();
    move_up(packet, request.message.clone(), HEADER_LEN);
    let mut out = Writer(packet);
    request.put_header(&mut out, request.asked, message_len, REPLY_HOP_LIMIT)?;
    Ok(HEADER_LEN.saturating_add(message_len))
}

/// What the reply needs of a request's header.
pub(super) struct Request {
    traffic_class: u8,
    protocol: u8,
    /// As it came; 255 means that no router has passed it on.
    pub(super) hop_limit: u8,
    /// Who sent it: a single host.
    pub(super) asker: Address,
    /// To whom: a single host, or all that an address might belong to.
    pub(super) asked: Address,
    /// Where the message is in the packet.
    message: Range<usize>,
}

impl Request {
    fn parse(packet: &[u8], link: &Link) -> Result<Self, NoReply> {
        let mut rest = packet;
        let [version_and_class, class_and_flow, _, _] = *take(&mut rest)?;
        let payload_len = usize::from(take_u16(&mut rest)?);
        let [first_header, hop_limit] = *take(&mut rest)?;
        let asker: Address = *take(&mut rest)?;
        let asked: Address = *take(&mut rest)?;
        if version_and_class >> 4 != 6 {
            return Err(NoReply::Malformed);
        }
        let payload = rest.get(..payload_len).ok_or(NoReply::Malformed)?;

        if !is_host(asker) || asker == asked || !is_addressed_to_us(asked, link) {
            return Err(NoReply::Ignored);
        }
        let (protocol, message) = skip_extensions(first_header, payload)?;
        let end = HEADER_LEN.saturating_add(payload_len);
        Ok(Self {
            traffic_class: (version_and_class << 4) | (class_and_flow >> 4),
            protocol,
            hop_limit,
            asker,
            asked,
            message: end.saturating_sub(message.len())..end,
        })
    }

    /// The sum of what the checksum of this request's message covers besides the message.
    pub(super) fn pseudo_header(&self) -> Sum {
        self.pseudo_header_with(self.asked, self.message.len())
    }

    /// The same for a message of `len` bytes between the asker and `other`, in either direction.
    pub(super) fn pseudo_header_with(&self, other: Address, len: usize) -> Sum {
        Sum::new()
            .with(&self.asker)
            .with(&other)
            .with_u64(u64::from(self.protocol))
            .with_u64(len as u64)
    }

    /// Writes the header of a reply that comes from `source`.
    pub(super) fn put_header(
        &self,
        out: &mut Writer<'_>,
        source: Address,
        payload_len: usize,
        hop_limit: u8,
    ) -> Result<(), NoReply> {
        let payload_len = u16::try_from(payload_len).map_err(|_| NoReply::Malformed)?;
        let class = self.traffic_class & 0xfc;
        out.put([0x60 | (class >> 4), class << 4, 0, 0])?;
        out.put(payload_len.to_be_bytes())?;
        out.put([self.protocol, hop_limit])?;
        out.put(source)?;
        out.put(self.asker)
    }
}

/// Whether the packet's destination is one that the frame's address fits: a host in a frame to us,
/// or a solicited-node group in a frame to us or to that group.
fn is_addressed_to_us(asked: Address, link: &Link) -> bool {
    if is_host(asked) {
        return link.is_unicast();
    }
    let [.., a, b, c] = asked;
    let group_mac = [0x33, 0x33, 0xff, a, b, c];
    asked == ndisc::solicited_node(asked) && (link.is_unicast() || link.to == group_mac)
}

/// Finds the message behind the extension headers: its protocol and the bytes.
fn skip_extensions(first_header: u8, payload: &[u8]) -> Result<(u8, &[u8]), NoReply> {
    let mut protocol = first_header;
    let mut rest = payload;
    for position in 0..=MAX_EXTENSIONS {
        match protocol {
            HOP_BY_HOP_OPTIONS if position == 0 => {}
            DESTINATION_OPTIONS => {}
            FRAGMENT => {
                let _header: &[u8; 8] = take(&mut rest)?;
                return Err(NoReply::Fragment);
            }
            _ => return Ok((protocol, rest)),
        }
        let [next_header, len] = *take(&mut rest)?;
        // In units of 8 bytes, the first of which is not counted.
        let options_len = usize::from(len) * 8 + 6;
        let (options, tail) = rest
            .split_at_checked(options_len)
            .ok_or(NoReply::Malformed)?;
        check_options(options)?;
        protocol = next_header;
        rest = tail;
    }
    Err(NoReply::Ignored)
}

/// Walks the options: each must fit, and must be one that may be skipped.
fn check_options(options: &[u8]) -> Result<(), NoReply> {
    let mut options = options;
    while let Some((&kind, mut rest)) = options.split_first() {
        if kind != OPTION_PAD_1 {
            let [len] = *take(&mut rest)?;
            rest = rest.get(usize::from(len)..).ok_or(NoReply::Malformed)?;
        }
        // The two high bits say what to do with an unknown option; 0 is "skip it".
        if kind >> 6 != 0 {
            return Err(NoReply::Ignored);
        }
        options = rest;
    }
    Ok(())
}
