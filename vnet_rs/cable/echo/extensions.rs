// SPDX-License-Identifier: GPL-2.0

//! IPv6 extension headers (RFC 8200), which stand between the header and the message.
//!
//! Rules:
//! - Hop-by-hop (first only) and destination options are skipped, a bounded number of them; an
//!   unknown option is skipped if its type says so.
//! - A fragment header is skipped in a packet's first fragment only: there is no message in others.
//! - Packets with other extension headers get no reply.
//!
//! Read next: `ndisc.rs`.

use super::frame::{
    take,
    NoReply, //
};

const HOP_BY_HOP_OPTIONS: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const DESTINATION_OPTIONS: u8 = 60;
const MOBILITY: u8 = 135;
const HOST_IDENTITY: u8 = 139;
const SHIM6: u8 = 140;

/// The bits of a fragment header without the flag "more fragments" and the reserved ones.
const FRAGMENT_OFFSET: u16 = 0xfff8;

/// The most extension headers that are skipped. Real packets have one or two.
const MAX_EXTENSIONS: usize = 4;

const OPTION_PAD_1: u8 = 0;

/// Whether `protocol` is the number of an extension header, and not of a message.
pub(super) fn is_one(protocol: u8) -> bool {
    matches!(
        protocol,
        HOP_BY_HOP_OPTIONS | ROUTING | AUTHENTICATION | MOBILITY | HOST_IDENTITY | SHIM6
    )
}

/// The message behind the extension headers.
pub(super) struct Found<'a> {
    pub(super) protocol: u8,
    /// The packet is the first fragment of a message. Others are no requests.
    pub(super) is_fragment: bool,
    pub(super) message: &'a [u8],
}

/// Finds the message behind the extension headers, or its first fragment.
pub(super) fn skip(first_header: u8, payload: &[u8]) -> Result<Found<'_>, NoReply> {
    let mut protocol = first_header;
    let mut rest = payload;
    let mut is_fragment = false;
    for position in 0..=MAX_EXTENSIONS {
        match protocol {
            HOP_BY_HOP_OPTIONS if position == 0 => {}
            DESTINATION_OPTIONS => {}
            FRAGMENT => {
                let [next_header, _, high, low, ..]: [u8; 8] = *take(&mut rest)?;
                if u16::from_be_bytes([high, low]) & FRAGMENT_OFFSET != 0 {
                    return Err(NoReply::Fragment);
                }
                is_fragment = true;
                protocol = next_header;
                continue;
            }
            _ => {
                return Ok(Found {
                    protocol,
                    is_fragment,
                    message: rest,
                })
            }
        }
        let [next_header, len] = *take(&mut rest)?;
        // The length is in units of 8 bytes, the first of which is not counted.
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
        // The two high bits tell how to treat an unknown option; 0 is "skip it".
        if kind >> 6 != 0 {
            return Err(NoReply::Ignored);
        }
        options = rest;
    }
    Ok(())
}
