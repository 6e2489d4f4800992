// SPDX-License-Identifier: GPL-2.0

//! IPv6 (RFC 8200): from the header of a request to the header of its reply.
//!
//! Rules:
//! - The order of the checks: lengths, addresses, extension headers, hop limit, fragment, message.
//! - Bytes after the payload length are padding: allowed, and never looked at again.
//! - As many routers as the hop limit allows pass a packet on, unless it is link-local or neighbour
//!   discovery; the next one, whose number is the hop limit, answers that the time is exceeded.
//! - The reply has no extension headers: the message moves up to the 40-byte header. Hop limit 64,
//!   flow label 0; DSCP as in the request, without the ECN bits, which are about the way here.
//! - Of packets to a group, only neighbour solicitations get a reply.
//!
//! Read next: `extensions.rs`, the headers before the message; then `ndisc.rs`, that exception.

use super::{
    super::ethernet::IPPROTO_UDP,
    error::{
        self,
        Error, //
    },
    extensions,
    frame::{
        move_message,
        take,
        take_u16,
        EthHeader,
        NoReply,
        Writer, //
    },
    ipv6_header::{
        is_host,
        Address,
        Request,
        HEADER_LEN, //
    },
    ndisc,
    transport, //
};

const REPLY_HOP_LIMIT: u8 = 64;

/// Whether `address` is used on one link only.
fn is_link_local(address: Address) -> bool {
    address[0] == 0xfe && address[1] & 0xc0 == 0x80
}

/// Whether an ICMPv6 message of this type is an error.
fn is_icmp_error(kind: u8) -> bool {
    kind < 128
}

/// Turns the request in `packet[..len]` into its reply; returns the reply's length.
pub(super) fn answer(packet: &mut [u8], len: usize, link: &EthHeader) -> Result<usize, NoReply> {
    let request = Request::parse(packet.get(..len).ok_or(NoReply::Malformed)?, link)?;
    // A group could be that of any host: there the target of the solicitation counts.
    if is_host(request.asked) && !link.only6.contains(&request.asked) {
        return Err(NoReply::Ignored);
    }
    let message = packet
        .get_mut(request.message.clone())
        .ok_or(NoReply::Malformed)?;
    if let Some(router) = request.last_router(message, link)? {
        return request.refuse(packet, Error::TimeExceeded, router);
    }
    if request.is_fragment {
        return Err(NoReply::Fragment);
    }
    let to_host = is_host(request.asked);

    match (request.protocol, message.first()) {
        (transport::ICMPV6, Some(&ndisc::SOLICITATION)) => {
            let target = ndisc::parse(message, &request, link)?;
            return ndisc::advertise(packet, target, &request, link);
        }
        (transport::ICMPV6, _) if to_host => {
            transport::answer_icmpv6(message, request.pseudo_header())?;
        }
        (IPPROTO_UDP, _) if to_host => {
            let checksum = transport::Checksum::Required;
            let pseudo_header = request.pseudo_header();
            let datagram =
                transport::answer_udp(message, pseudo_header, checksum, link.closed_port())?;
            if datagram == transport::Datagram::Refused {
                let asked = request.asked;
                return request.refuse(packet, Error::PortUnreachable, asked);
            }
        }
        _ => return Err(NoReply::Ignored),
    }

    let message_len = request.message.len();
    move_message(packet, request.message.clone(), HEADER_LEN);
    let mut out = Writer(packet);
    request.put_header(&mut out, request.asked, message_len, REPLY_HOP_LIMIT)?;
    Ok(HEADER_LEN.saturating_add(message_len))
}

impl Request {
    fn parse(packet: &[u8], link: &EthHeader) -> Result<Self, NoReply> {
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
        let extensions::Found {
            protocol,
            is_fragment,
            message,
        } = extensions::skip(first_header, payload)?;
        let end = HEADER_LEN.saturating_add(payload_len);
        Ok(Self {
            traffic_class: (version_and_class << 4) | (class_and_flow >> 4),
            protocol,
            is_fragment,
            hop_limit,
            asker,
            asked,
            message: end.saturating_sub(message.len())..end,
        })
    }

    /// The router at which the packet ends; [`None`] if it gets to the host.
    fn last_router(&self, message: &[u8], link: &EthHeader) -> Result<Option<Address>, NoReply> {
        let kind = message
            .first()
            .filter(|_| self.protocol == transport::ICMPV6);
        let is_routed = is_host(self.asked)
            && !is_link_local(self.asker)
            && !is_link_local(self.asked)
            && !kind.is_some_and(|&kind| ndisc::is_of_this_link(kind));
        if !is_routed || !link.ends_before_host(self.hop_limit) {
            return Ok(None);
        }
        if self.protocol == transport::ICMPV6 && is_icmp_error(*kind.ok_or(NoReply::Malformed)?) {
            return Err(NoReply::Ignored);
        }
        let mut router: Address = [
            0x20, 1, 0x0d, 0xb8, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
        router[15] = self.hop_limit.max(1);
        if router == self.asker || extensions::is_one(self.protocol) {
            return Err(NoReply::Ignored);
        }
        Ok(Some(router))
    }

    /// Turns the packet, which is this request as it came, into an error from `source`.
    fn refuse(self, packet: &mut [u8], error: Error, source: Address) -> Result<usize, NoReply> {
        let reply_len = error::IPV6.reply_len(self.message.end);
        // The header is that of a reply to an ICMPv6 request to `source`.
        let request = Self {
            protocol: transport::ICMPV6,
            asked: source,
            message: HEADER_LEN..reply_len,
            ..self
        };
        error::IPV6.put(packet, reply_len, error, request.pseudo_header())?;
        let mut out = Writer(packet);
        let message_len = request.message.len();
        request.put_header(&mut out, source, message_len, REPLY_HOP_LIMIT)?;
        Ok(reply_len)
    }
}

/// Whether the packet's destination fits the frame's: a host in a frame to us, or a solicited-node
/// group in a frame to us or to that group.
fn is_addressed_to_us(asked: Address, link: &EthHeader) -> bool {
    if is_host(asked) {
        return link.is_unicast();
    }
    let [.., a, b, c] = asked;
    let group_mac = [0x33, 0x33, 0xff, a, b, c];
    asked == ndisc::solicited_node(asked) && (link.is_unicast() || link.to == group_mac)
}
