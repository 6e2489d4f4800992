// SPDX-License-Identifier: GPL-2.0

//! ARP (RFC 826): the host claims every IPv4 address that it answers for.
//!
//! Rules:
//! - Only requests get a reply; a reply or an announcement must never get one.
//! - A probe (sender 0.0.0.0, RFC 5227) asks whether an address is free, and a gratuitous request
//!   (sender = target) says that it is taken. Answering either would claim the asker's address.
//! - The sender must be that of the frame: nobody can make us send to a third party.
//!
//! Read next: `ipv4.rs`, the packets that follow once the address is known.

use super::{
    super::ethernet::ETH_P_IP,
    frame::{
        take,
        take_u16,
        EthHeader,
        Mac,
        NoReply,
        Writer, //
    },
    ipv4, //
};

/// An ARP packet for Ethernet and IPv4.
const PACKET_LEN: usize = 28;

const HARDWARE_ETHERNET: u16 = 1;
const PROTOCOL_IPV4: u16 = ETH_P_IP;
const REQUEST: u16 = 1;
const REPLY: u16 = 2;

/// Turns the request in `packet[..len]` into its reply; returns the reply's length.
pub(super) fn answer(packet: &mut [u8], len: usize, link: &EthHeader) -> Result<usize, NoReply> {
    let request = Request::parse(packet.get(..len).ok_or(NoReply::Malformed)?, link)?;

    let mut out = Writer(packet);
    out.put(HARDWARE_ETHERNET.to_be_bytes())?;
    out.put(PROTOCOL_IPV4.to_be_bytes())?;
    out.put([6, 4])?;
    out.put(REPLY.to_be_bytes())?;
    out.put(link.mac)?;
    out.put(request.wanted)?;
    out.put(link.asker)?;
    out.put(request.asker)?;
    Ok(PACKET_LEN)
}

/// A request that gets a reply.
struct Request {
    asker: ipv4::Address,
    wanted: ipv4::Address,
}

impl Request {
    fn parse(packet: &[u8], link: &EthHeader) -> Result<Self, NoReply> {
        let mut rest = packet;
        let hardware = take_u16(&mut rest)?;
        let protocol = take_u16(&mut rest)?;
        let lengths: &[u8; 2] = take(&mut rest)?;
        let operation = take_u16(&mut rest)?;
        if hardware != HARDWARE_ETHERNET || protocol != PROTOCOL_IPV4 {
            return Err(NoReply::Ignored);
        }
        if *lengths != [6, 4] {
            return Err(NoReply::Malformed);
        }
        let sender: Mac = *take(&mut rest)?;
        let asker: ipv4::Address = *take(&mut rest)?;
        let _target: &Mac = take(&mut rest)?;
        let wanted: ipv4::Address = *take(&mut rest)?;

        let sent_to_us = link.is_unicast() || link.to == [0xff; 6];
        if !sent_to_us || operation != REQUEST || sender != link.asker {
            return Err(NoReply::Ignored);
        }
        if !ipv4::is_host(asker) || !ipv4::is_host(wanted) || asker == wanted {
            return Err(NoReply::Ignored);
        }
        if !link.only4.contains(&wanted) {
            return Err(NoReply::Ignored);
        }
        Ok(Self { asker, wanted })
    }
}
