// SPDX-License-Identifier: GPL-2.0

//! IPv4 (RFC 791): from the header of a request to the header of its reply.
//!
//! Rules:
//! - The order of the checks: frame to us alone, lengths, header checksum, options, addresses,
//!   TTL, fragment, message.
//! - Bytes after the packet's total length are padding: allowed, and never looked at again.
//! - The reply has a plain 20-byte header, whatever options the request had; the message moves up.
//!   The reply is an "atomic" packet (RFC 6864): not to be fragmented, so its id 0 means nothing.
//! - As many routers as the TTL allows pass a packet on, unless it is link-local; the next one,
//!   whose number is the TTL, answers that the time is exceeded.
//! - TTL 64; DSCP as in the request, without the ECN bits, which are about the way here.
//!
//! Read next: `transport.rs`, the message inside.

use core::ops::Range;

use super::{
    super::ethernet::{
        IPPROTO_UDP,
        IP_FRAGMENT, //
    },
    checksum::Sum,
    error::{
        self,
        Error, //
    },
    frame::{
        move_message,
        take,
        take_u16,
        EthHeader,
        NoReply,
        Writer, //
    },
    transport, //
};

/// An IPv4 address.
pub(super) type Address = [u8; 4];

/// The bytes of a header without options.
const HEADER_LEN: usize = 20;

const IP_OFFSET: u16 = 0x1fff;
const IP_DF: u16 = 0x4000;

const OPTION_END: u8 = 0;
const OPTION_NO_OPERATION: u8 = 1;
const OPTION_LOOSE_SOURCE_ROUTE: u8 = 131;
const OPTION_STRICT_SOURCE_ROUTE: u8 = 137;

const REPLY_TTL: u8 = 64;

/// Whether `address` can be a single host's: not "this network", loopback, multicast, reserved or
/// broadcast. (A subnet's broadcast address cannot be told without knowing the subnet.)
pub(super) fn is_host(address: Address) -> bool {
    !matches!(address[0], 0 | 127 | 224..)
}

/// Whether `address` is used on one link only.
fn is_link_local(address: Address) -> bool {
    matches!(address, [169, 254, ..])
}

/// Whether an ICMP message of this type is an error (or a redirect), and not a question or an
/// answer.
fn is_icmp_error(kind: u8) -> bool {
    matches!(kind, 3 | 4 | 5 | 11 | 12)
}

/// Turns the request in `packet[..len]` into its reply; returns the reply's length.
pub(super) fn answer(packet: &mut [u8], len: usize, link: &EthHeader) -> Result<usize, NoReply> {
    if !link.is_unicast() {
        return Err(NoReply::Ignored);
    }
    let request = Request::parse(packet.get(..len).ok_or(NoReply::Malformed)?)?;
    if !link.only4.contains(&request.asked) {
        return Err(NoReply::Ignored);
    }
    let message = packet
        .get_mut(request.message.clone())
        .ok_or(NoReply::Malformed)?;
    if let Some(router) = request.last_router(message, link)? {
        return request.refuse(packet, Error::TimeExceeded, router);
    }
    if request.fragment != 0 {
        return Err(NoReply::Fragment);
    }
    let reply_len = HEADER_LEN.saturating_add(message.len());

    match request.protocol {
        transport::ICMP => transport::answer_icmp(message)?,
        IPPROTO_UDP => {
            let checksum = transport::Checksum::Optional;
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

    move_message(packet, request.message.clone(), HEADER_LEN);
    request.put_header(packet, reply_len)?;
    Ok(reply_len)
}

/// The fields of a request's header that the reply needs.
struct Request {
    traffic_class: u8,
    /// The bits that tell a fragment; 0: the packet is whole.
    fragment: u16,
    ttl: u8,
    protocol: u8,
    asker: Address,
    asked: Address,
    /// The place of the message in the packet.
    message: Range<usize>,
}

impl Request {
    fn parse(packet: &[u8]) -> Result<Self, NoReply> {
        let mut rest = packet;
        let [version_and_length, traffic_class] = *take(&mut rest)?;
        let total_len = usize::from(take_u16(&mut rest)?);
        let _id: &[u8; 2] = take(&mut rest)?;
        let fragment = take_u16(&mut rest)?;
        let [ttl, protocol] = *take(&mut rest)?;
        let _checksum: &[u8; 2] = take(&mut rest)?;
        let asker: Address = *take(&mut rest)?;
        let asked: Address = *take(&mut rest)?;

        let header_len = usize::from(version_and_length & 0xf) * 4;
        let packet = packet.get(..total_len).ok_or(NoReply::Malformed)?;
        let header = packet.get(..header_len).ok_or(NoReply::Malformed)?;
        let options = header.get(HEADER_LEN..).ok_or(NoReply::Malformed)?;
        if version_and_length >> 4 != 4 {
            return Err(NoReply::Malformed);
        }
        if !Sum::new().with(header).is_valid() {
            return Err(NoReply::BadChecksum);
        }
        check_options(options)?;
        if !is_host(asker) || !is_host(asked) || asker == asked {
            return Err(NoReply::Ignored);
        }
        Ok(Self {
            traffic_class,
            fragment: fragment & IP_FRAGMENT,
            ttl,
            protocol,
            asker,
            asked,
            message: header_len..total_len,
        })
    }

    /// The router at which the packet ends; [`None`] if it gets to the host.
    fn last_router(&self, message: &[u8], link: &EthHeader) -> Result<Option<Address>, NoReply> {
        let is_routed = !is_link_local(self.asker) && !is_link_local(self.asked);
        if !is_routed || !link.ends_before_host(self.ttl) {
            return Ok(None);
        }
        if self.fragment & IP_OFFSET != 0 {
            return Err(NoReply::Fragment);
        }
        if self.protocol == transport::ICMP {
            let kind = *message.first().ok_or(NoReply::Malformed)?;
            if is_icmp_error(kind) {
                return Err(NoReply::Ignored);
            }
        }
        let router = [198, 51, 100, self.ttl.max(1)];
        if router == self.asker {
            return Err(NoReply::Ignored);
        }
        Ok(Some(router))
    }

    /// Turns the packet, which is this request as it came, into an error from `source`.
    fn refuse(self, packet: &mut [u8], error: Error, source: Address) -> Result<usize, NoReply> {
        let reply_len = error::IPV4.reply_len(self.message.end);
        error::IPV4.put(packet, reply_len, error, Sum::new())?;
        // The header is that of a reply to an ICMP request to `source`.
        let request = Self {
            protocol: transport::ICMP,
            asked: source,
            ..self
        };
        request.put_header(packet, reply_len)?;
        Ok(reply_len)
    }

    /// The sum of the pseudo-header that a UDP checksum covers.
    fn pseudo_header(&self) -> Sum {
        Sum::new()
            .with(&self.asker)
            .with(&self.asked)
            .with_u64(u64::from(self.protocol))
            .with_u64(self.message.len() as u64)
    }

    /// Writes the reply's header.
    fn put_header(&self, packet: &mut [u8], total_len: usize) -> Result<(), NoReply> {
        let total_len = u16::try_from(total_len).map_err(|_| NoReply::Malformed)?;
        let mut out = Writer(packet);
        out.put([0x45, self.traffic_class & 0xfc])?;
        out.put(total_len.to_be_bytes())?;
        out.put([0, 0])?;
        out.put(IP_DF.to_be_bytes())?;
        out.put([REPLY_TTL, self.protocol])?;
        out.put([0, 0])?;
        out.put(self.asked)?;
        out.put(self.asker)?;

        let header: &mut [u8; HEADER_LEN] = packet.first_chunk_mut().ok_or(NoReply::Ignored)?;
        let checksum = Sum::new().with(header).checksum();
        [header[10], header[11]] = checksum.to_be_bytes();
        Ok(())
    }
}

/// Walks the options: each must fit, and none may ask for a route of its own.
fn check_options(options: &[u8]) -> Result<(), NoReply> {
    let mut options = options;
    while let Some((&kind, rest)) = options.split_first() {
        options = match kind {
            OPTION_END => return Ok(()),
            OPTION_NO_OPERATION => rest,
            _ => {
                // The length counts the kind and itself.
                let len = usize::from(*rest.first().ok_or(NoReply::Malformed)?);
                let body = len.checked_sub(1).filter(|&body| body > 0);
                let body = body.ok_or(NoReply::Malformed)?;
                rest.get(body..).ok_or(NoReply::Malformed)?
            }
        };
        if matches!(kind, OPTION_LOOSE_SOURCE_ROUTE | OPTION_STRICT_SOURCE_ROUTE) {
            return Err(NoReply::Ignored);
        }
    }
    Ok(())
}
