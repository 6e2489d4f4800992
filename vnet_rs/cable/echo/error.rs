// SPDX-License-Identifier: GPL-2.0

//! ICMP errors (RFC 792, RFC 4443): the reason why a packet goes no further, with the packet.
//!
//! Errors are the same in both versions of IP but for the numbers. They quote the packet from its
//! IP header on, as it was received: by that the asker finds the socket that the error is for.
//!
//! Rules:
//! - An error quotes as much as keeps it short enough for any way back, and no padding.
//! - No error about an error, nor about a fragment other than the first, nor to or about a group:
//!   the caller must see to that. The first stops two hosts from answering each other for ever.
//!
//! Read next: `ipv6.rs`, the other version.

use super::{
    checksum::Sum,
    frame::{
        move_message,
        NoReply, //
    }, //
};

/// The bytes of an error's header: type, code, checksum, and four that mean nothing here.
const HEADER_LEN: usize = 8;

/// The reason of an error.
#[derive(Clone, Copy)]
pub(super) enum Error {
    /// The packet has passed as many routers as it may.
    TimeExceeded,
    /// Nobody listens at the port.
    PortUnreachable,
}

/// The errors of one version of IP.
pub(super) struct Format {
    /// The bytes of the IP header before the error.
    header_len: usize,
    /// The most bytes of a packet with an error.
    max_len: usize,
    /// Type and code of this error, and of the next.
    time_exceeded: [u8; 2],
    port_unreachable: [u8; 2],
}

/// The format of ICMP, with the longest packet that every host can take (RFC 1812).
pub(super) const IPV4: Format = Format {
    header_len: 20,
    max_len: 576,
    time_exceeded: [11, 0],
    port_unreachable: [3, 3],
};

/// The format of ICMPv6, with the longest packet that every link can carry.
pub(super) const IPV6: Format = Format {
    header_len: 40,
    max_len: 1280,
    time_exceeded: [3, 0],
    port_unreachable: [1, 4],
};

/// The most bytes by which an error is longer than its packet.
pub(super) const ROOM: usize = IPV6.header_len + HEADER_LEN;

impl Format {
    /// The length of the packet with an error about a packet of `len` bytes.
    pub(super) fn reply_len(&self, len: usize) -> usize {
        let whole = len.saturating_add(self.header_len + HEADER_LEN);
        whole.min(self.max_len)
    }

    /// Turns the packet into an error of `reply_len` bytes that quotes it. The IP header is left to
    /// the caller.
    pub(super) fn put(
        &self,
        packet: &mut [u8],
        reply_len: usize,
        error: Error,
        pseudo_header: Sum,
    ) -> Result<(), NoReply> {
        let quote = self.header_len + HEADER_LEN;
        move_message(packet, 0..reply_len.saturating_sub(quote), quote);

        let [kind, code] = match error {
            Error::TimeExceeded => self.time_exceeded,
            Error::PortUnreachable => self.port_unreachable,
        };
        let message = packet
            .get_mut(self.header_len..reply_len)
            .ok_or(NoReply::Ignored)?;
        set_header(message, [kind, code, 0, 0])?;
        let [high, low] = pseudo_header.with(message).checksum().to_be_bytes();
        set_header(message, [kind, code, high, low])
    }
}

/// Writes an error's header: four bytes, and four that mean nothing.
fn set_header(message: &mut [u8], [a, b, c, d]: [u8; 4]) -> Result<(), NoReply> {
    let header: &mut [u8; HEADER_LEN] = message.first_chunk_mut().ok_or(NoReply::Ignored)?;
    *header = [a, b, c, d, 0, 0, 0, 0];
    Ok(())
}
