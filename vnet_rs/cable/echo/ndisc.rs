// SPDX-License-Identifier: GPL-2.0

//! Neighbour discovery (RFC 4861), the ARP of IPv6, in ICMPv6.
//!
//! Rules:
//! - A solicitation from `::` asks whether an address is free (duplicate address detection); it
//!   never comes here, because `ipv6.rs` ignores that source. A solicitation for the asker's own
//!   address is ignored too.
//! - Hop limit 255 proves that a solicitation comes from this link.
//! - The target, not the destination, is the address that is asked for; the destination must be the
//!   target, or its solicited-node group.
//! - The asker's link-layer address, if given, must be the frame's: nobody can make us send to a
//!   third party.
//!
//! Read next: `../host.rs`, which brings the frames here.

use super::{
    frame::{
        take,
        EthHeader,
        Mac,
        NoReply,
        Writer, //
    },
    ipv6_header::{
        is_host,
        Address,
        Request,
        HEADER_LEN, //
    }, //
};

/// The ICMPv6 type of a neighbour solicitation.
pub(super) const SOLICITATION: u8 = 135;
const ADVERTISEMENT: u8 = 136;

/// The length of an advertisement in bytes: that of a solicitation without options, and one option.
const ADVERTISEMENT_LEN: usize = 24 + 8;

/// The flags "solicited", and "override", which replaces the asker's neighbour entry.
const FLAGS_SOLICITED_OVERRIDE: [u8; 4] = [0x60, 0, 0, 0];

const OPTION_SOURCE_ADDRESS: u8 = 1;
const OPTION_TARGET_ADDRESS: u8 = 2;

/// The hop limit of every ND message: so no router can have passed it on.
const HOP_LIMIT: u8 = 255;

/// Whether an ICMPv6 message of this type is of neighbour discovery, from router solicitation to
/// redirect: no router passes it on.
pub(super) fn is_of_this_link(kind: u8) -> bool {
    matches!(kind, 133..=137)
}

/// The group of all hosts whose address ends in the same three bytes.
pub(super) fn solicited_node(address: Address) -> Address {
    let [.., a, b, c] = address;
    [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, a, b, c]
}

/// Checks a solicitation; returns the address that it asks for.
pub(super) fn parse(
    message: &[u8],
    request: &Request,
    link: &EthHeader,
) -> Result<Address, NoReply> {
    let mut rest = message;
    let [_kind, code, _, _] = *take(&mut rest)?;
    let _reserved: &[u8; 4] = take(&mut rest)?;
    let target: Address = *take(&mut rest)?;
    let source_address = find_source_address(rest)?;

    if code != 0 || request.hop_limit != HOP_LIMIT {
        return Err(NoReply::Ignored);
    }
    if !is_host(target) || target == request.asker || !link.only6.contains(&target) {
        return Err(NoReply::Ignored);
    }
    if request.asked != target && request.asked != solicited_node(target) {
        return Err(NoReply::Ignored);
    }
    if source_address.is_some_and(|mac| mac != link.asker) {
        return Err(NoReply::Ignored);
    }
    if !request.pseudo_header().with(message).is_valid() {
        return Err(NoReply::BadChecksum);
    }
    Ok(target)
}

/// Writes the advertisement as a whole packet; returns its length.
pub(super) fn advertise(
    packet: &mut [u8],
    target: Address,
    request: &Request,
    link: &EthHeader,
) -> Result<usize, NoReply> {
    let mut out = Writer(packet);
    request.put_header(&mut out, target, ADVERTISEMENT_LEN, HOP_LIMIT)?;

    let message: &mut [u8; ADVERTISEMENT_LEN] = out.0.first_chunk_mut().ok_or(NoReply::Ignored)?;
    let mut out = Writer(message);
    out.put([ADVERTISEMENT, 0, 0, 0])?;
    out.put(FLAGS_SOLICITED_OVERRIDE)?;
    out.put(target)?;
    out.put([OPTION_TARGET_ADDRESS, 1])?;
    out.put(link.mac)?;

    let pseudo_header = request.pseudo_header_with(target, ADVERTISEMENT_LEN);
    let checksum = pseudo_header.with(message).checksum();
    [message[2], message[3]] = checksum.to_be_bytes();
    Ok(HEADER_LEN + ADVERTISEMENT_LEN)
}

/// Walks the options, whose lengths are in units of 8 bytes; returns the asker's address, if given.
fn find_source_address(options: &[u8]) -> Result<Option<Mac>, NoReply> {
    let mut found = None;
    let mut options = options;
    while !options.is_empty() {
        let [kind, units] = *take(&mut options)?;
        let body_len = usize::from(units) * 8;
        let body_len = body_len.checked_sub(2).ok_or(NoReply::Malformed)?;
        let (mut body, rest) = options
            .split_at_checked(body_len)
            .ok_or(NoReply::Malformed)?;
        if kind == OPTION_SOURCE_ADDRESS {
            found = Some(*take(&mut body)?);
        }
        options = rest;
    }
    Ok(found)
}
