// SPDX-License-Identifier: GPL-2.0

//! The header of an IPv6 packet: of a request, and of its reply.

use super::{
    checksum::Sum,
    frame::{
        NoReply,
        Writer, //
    }, //
};
use core::ops::Range;

/// An IPv6 address.
pub(super) type Address = [u8; 16];

/// The bytes of the header without extension headers.
pub(super) const HEADER_LEN: usize = 40;

/// Whether `address` can be a single host's: not multicast, unspecified or loopback.
pub(super) fn is_host(address: Address) -> bool {
    let [prefix @ .., last] = address;
    address[0] != 0xff && (prefix != [0; 15] || last > 1)
}

/// The fields of a request's header that the reply needs.
pub(super) struct Request {
    pub(super) traffic_class: u8,
    pub(super) protocol: u8,
    /// The packet is the first fragment of one.
    pub(super) is_fragment: bool,
    /// The hop limit as it came; 255: no router has passed the packet on.
    pub(super) hop_limit: u8,
    /// The sender: a single host.
    pub(super) asker: Address,
    /// The destination: a single host, or a solicited-node group.
    pub(super) asked: Address,
    /// The place of the message in the packet.
    pub(super) message: Range<usize>,
}

impl Request {
    /// The sum of the pseudo-header that the checksum of this request's message covers.
    pub(super) fn pseudo_header(&self) -> Sum {
        self.pseudo_header_with(self.asked, self.message.len())
    }

    /// The sum of the pseudo-header of a message of `len` bytes between the asker and `other`, in
    /// either direction.
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
