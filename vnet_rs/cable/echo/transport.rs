// SPDX-License-Identifier: GPL-2.0

//! The messages that come back as they are: ICMP echo, ICMPv6 echo and UDP port 7.
//!
//! These messages are alike in both versions of IP but for the type numbers and the pseudo-header,
//! whose sum the caller brings. A message is turned in its place, and keeps its length.
//!
//! Rules:
//! - A message that gets no reply is not summed: other traffic costs no checksum.
//! - The reply's checksum is computed anew from its final bytes.
//! - Source port 7 gets no reply, or two echo hosts would feed each other for ever; source port 0
//!   means that no reply is wanted (RFC 768).
//! - Port 9 takes everything (RFC 863). All other ports are closed; the caller answers that.
//!
//! Read next: `error.rs`, the errors about a message.

use super::{
    checksum::Sum,
    frame::{
        ClosedPort,
        NoReply, //
    }, //
};

/// IP's number for ICMP.
pub(super) const ICMP: u8 = 1;
/// IP's number for ICMPv6.
pub(super) const ICMPV6: u8 = 58;

const ICMP_ECHO_REQUEST: u8 = 8;
const ICMP_ECHO_REPLY: u8 = 0;
const ICMPV6_ECHO_REQUEST: u8 = 128;
const ICMPV6_ECHO_REPLY: u8 = 129;

const UDP_ECHO_PORT: u16 = 7;
const UDP_DISCARD_PORT: u16 = 9;

/// The meaning of a UDP checksum of 0.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Checksum {
    /// A datagram need not have a checksum (IPv4). The reply has one all the same.
    Optional,
    /// A datagram must have a checksum (IPv6): nothing else protects the addresses.
    Required,
}

/// The state of a datagram after [`answer_udp`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Datagram {
    /// The datagram is its reply now.
    Echoed,
    /// The datagram is as it was, and must be refused.
    Refused,
}

/// Turns an ICMP echo request into its reply.
pub(super) fn answer_icmp(message: &mut [u8]) -> Result<(), NoReply> {
    let types = (ICMP_ECHO_REQUEST, ICMP_ECHO_REPLY);
    answer_echo(message, Sum::new(), types)
}

/// Turns an ICMPv6 echo request into its reply.
pub(super) fn answer_icmpv6(message: &mut [u8], pseudo_header: Sum) -> Result<(), NoReply> {
    let types = (ICMPV6_ECHO_REQUEST, ICMPV6_ECHO_REPLY);
    answer_echo(message, pseudo_header, types)
}

/// Turns an echo request of either version: type, code, checksum, identifier, sequence number,
/// data.
fn answer_echo(
    message: &mut [u8],
    pseudo_header: Sum,
    (request, reply): (u8, u8),
) -> Result<(), NoReply> {
    let header: &[u8; 8] = message.first_chunk().ok_or(NoReply::Malformed)?;
    if [header[0], header[1]] != [request, 0] {
        return Err(NoReply::Ignored);
    }
    if !pseudo_header.with(message).is_valid() {
        return Err(NoReply::BadChecksum);
    }
    set_first(message, [reply, 0, 0, 0]);
    let [high, low] = pseudo_header.with(message).checksum().to_be_bytes();
    set_first(message, [reply, 0, high, low]);
    Ok(())
}

/// Turns a UDP datagram to port 7 into its reply. Returns whether a datagram must be refused.
pub(super) fn answer_udp(
    message: &mut [u8],
    pseudo_header: Sum,
    zero_checksum: Checksum,
    closed_port: ClosedPort,
) -> Result<Datagram, NoReply> {
    let header: &[u8; 8] = message.first_chunk().ok_or(NoReply::Malformed)?;
    // Source port, destination port, length, checksum.
    let [s0, s1, d0, d1, l0, l1, c0, c1] = *header;
    let source = u16::from_be_bytes([s0, s1]);
    let port = u16::from_be_bytes([d0, d1]);
    let len = u16::from_be_bytes([l0, l1]);
    if usize::from(len) != message.len() {
        return Err(NoReply::Malformed);
    }
    let is_open = match port {
        UDP_ECHO_PORT => true,
        UDP_DISCARD_PORT => return Err(NoReply::Ignored),
        _ => false,
    };
    let is_silent = !is_open && closed_port == ClosedPort::Silent;
    if is_silent || source == UDP_ECHO_PORT || source == 0 {
        return Err(NoReply::Ignored);
    }
    let unsummed = zero_checksum == Checksum::Optional && [c0, c1] == [0, 0];
    if !unsummed && !is_valid_udp(message, pseudo_header, [c0, c1]) {
        return Err(NoReply::BadChecksum);
    }
    if !is_open {
        return Ok(Datagram::Refused);
    }

    turn_udp(message, pseudo_header, [d0, d1, s0, s1, l0, l1]);
    Ok(Datagram::Echoed)
}

/// Gives a datagram the ports and the length of a reply, and its checksum.
fn turn_udp(message: &mut [u8], pseudo_header: Sum, [s0, s1, d0, d1, l0, l1]: [u8; 6]) {
    set_first(message, [s0, s1, d0, d1, l0, l1, 0, 0]);
    // 0 would mean "none"; 0xffff is the same number in ones' complement.
    let checksum = match pseudo_header.with(message).checksum() {
        0 => 0xffff,
        checksum => checksum,
    };
    let [c0, c1] = checksum.to_be_bytes();
    set_first(message, [s0, s1, d0, d1, l0, l1, c0, c1]);
}

/// Whether a datagram has a checksum, and the right one.
fn is_valid_udp(message: &[u8], pseudo_header: Sum, checksum: [u8; 2]) -> bool {
    checksum != [0, 0] && pseudo_header.with(message).is_valid()
}

/// Writes the first bytes of a message that has them.
fn set_first<const N: usize>(message: &mut [u8], bytes: [u8; N]) {
    if let Some(first) = message.first_chunk_mut() {
        *first = bytes;
    }
}
