// SPDX-License-Identifier: GPL-2.0

//! ICMP errors (RFC 792, RFC 4443): why a packet goes no further, and which packet.
//!
//! They say the same in both versions of IP but for the numbers, and quote the packet from its IP
//! header on, as it was received: the asker finds in it which of its sockets the error is for.
//!
//! Rules:
//! - An error quotes as much as keeps it short enough for any way back, and no padding.
//! - No error about an error, nor about a fragment other than the first, nor to or about a group:
//!   who asks for one must have seen to that. The first stops two hosts from complaining for ever.
//!
//! Read next: `ipv6.rs`, the other version.

use super::{
    checksum::Sum,
    frame::{
        move_message,
        NoReply, //
    }, //
};

/// Type, code, checksum, and four bytes that mean nothing in the errors here.
const HEADER_LEN: usize = 8;

/// What went wrong.
#[derive(Clone, Copy)]
pub(super) enum Error {
    /// The packet has passed as many routers as it may.
    TimeExceeded,
    /// Nobody listens at the port.
    PortUnreachable,
}

/// The errors of one version of IP.
pub(super) struct Format {
    /// Of the IP header before the error.
    header_len: usize,
    /// How long a packet with an error may be.
    max_len: usize,
    /// Type and code of each.
    time_exceeded: [u8; 2],
    port_unreachable: [u8; 2],
}

/// ICMP: at most what every host can take (RFC 1812).
pub(super) const IPV4: Format = Format {
    header_len: 20,
    max_len: 576,
    time_exceeded: [11, 0],
    port_unreachable: [3, 3],
};

/// ICMPv6: at most what every link can carry.
pub(super) const IPV6: Format = Format {
    header_len: 40,
    max_len: 1280,
    time_exceeded: [3, 0],
    port_unreachable: [1, 4],
};

/// How many bytes longer than its packet an error can be.
pub(super) const ROOM: usize = IPV6.header_len + HEADER_LEN;

impl Format {
    /// How long the packet with an error about a packet of `len` bytes is.
    pub(super) fn reply_len(&self, len: usize) -> usize {
        let whole = len.saturating_add(self.header_len + HEADER_LEN);
        whole.min(self.max_len)
    }

    /// Makes the packet one of `reply_len` bytes that quotes what it was, all but the IP header.
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

/// Writes an error's header: `start`, and what means nothing.
fn set_header(message: &mut [u8], [a, b, c, d]: [u8; 4]) -> Result<(), NoReply> {
    let header: &mut [u8; HEADER_LEN] = message.first_chunk_mut().ok_or(NoReply::Ignored)?;
    *header = [a, b, c, d, 0, 0, 0, 0];
    Ok(())
}
