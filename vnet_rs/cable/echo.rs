// SPDX-License-Identifier: GPL-2.0

//! The echo host: a host at the far end that answers.
//!
//! The host turns a request into its reply in place, or returns the reason for none. It answers ARP
//! requests, IPv6 neighbour solicitations, ICMP and ICMPv6 echo, and UDP port 7 (RFC 862), for any
//! unicast address ([`Host::only4`] and [`Host::only6`] may limit that), in up to two VLAN tags.
//! The host has no state that could be made to grow.
//!
//! There may be routers before the host ([`Host::hops`]), which exist only in their answers: that
//! the time of a packet is exceeded. Then the host also answers that a UDP port is unreachable, as
//! a real one does, and `traceroute` finds its way.
//!
//! Rules:
//! - The request is hostile. Every byte is read through `take` or `get`, every length is compared
//!   before it is used; there is no `unsafe`, and no input can cause a panic.
//! - Everything is checked before the first byte is written: no reply means an unchanged frame.
//! - A reply consists of the bytes to be echoed and of bytes written here. Options, extension
//!   headers and padding of the request never come back; but an error quotes the whole packet.
//! - No loops: a frame that could be a reply, or come from a second echo host, gets no reply of the
//!   host; an error gets none of the routers either.
//!
//! Layout: `echo/frame.rs` is the Ethernet frame; `echo/` has one file per protocol.
//! Read next: `echo/arp.rs`, the shortest of them; then `ipv4.rs`, `transport.rs`, `ipv6.rs`.

mod arp;
mod checksum;
mod error;
mod extensions;
mod frame;
mod ipv4;
mod ipv6;
mod ipv6_header;
mod ndisc;
mod transport;

use self::frame::{
    EthHeader,
    SHORTEST_REPLY, //
};
use super::ethernet::{
    ETH_P_ARP,
    ETH_P_IP,
    ETH_P_IPV6, //
};

pub(crate) use self::frame::{
    Host,
    NoReply, //
};

/// The most bytes by which a reply is longer than its request (or than the shortest frame): an
/// ICMPv6 error that quotes all of the request. (A neighbour advertisement is longer, too, by its
/// one option.)
pub(crate) const REPLY_ROOM: usize = error::ROOM;

/// Turns the request in `frame[..len]` into the reply, in place; returns the reply's length in
/// bytes.
///
/// `frame` must have room for the reply: [`REPLY_ROOM`] more bytes than the request or the shortest
/// frame. A buffer without that room gets no reply. Bytes beyond the returned length are not part
/// of the reply.
pub(crate) fn answer(frame: &mut [u8], len: usize, host: &Host) -> Result<usize, NoReply> {
    if frame.len() < len.max(SHORTEST_REPLY).saturating_add(REPLY_ROOM) {
        return Err(NoReply::Ignored);
    }
    let link = EthHeader::parse(frame.get(..len).ok_or(NoReply::Malformed)?, host)?;
    let packet_len = len.saturating_sub(link.header_len);
    let packet = frame.get_mut(link.header_len..).ok_or(NoReply::Malformed)?;

    let reply_len = match link.ethertype {
        ETH_P_ARP => arp::answer(packet, packet_len, &link)?,
        ETH_P_IP => ipv4::answer(packet, packet_len, &link)?,
        ETH_P_IPV6 => ipv6::answer(packet, packet_len, &link)?,
        _ => return Err(NoReply::Ignored),
    };
    link.turn(frame, reply_len)
}
