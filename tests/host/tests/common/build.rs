// SPDX-License-Identifier: GPL-2.0

//! Frames built by hand, from the checksum up to the whole solicitation.
//!
//! Nothing here is shared with the code under test: the checksum is the textbook's, and a frame is a
//! `Vec` that grows.

use super::*;

/// The ones' complement sum of 16-bit words, one by one.
pub fn sum(bytes: &[u8]) -> u16 {
    let mut sum = 0u32;
    for pair in bytes.chunks(2) {
        sum += u32::from(pair[0]) * 256 + u32::from(*pair.get(1).unwrap_or(&0));
        if sum > 0xffff {
            sum -= 0xffff;
        }
    }
    sum as u16
}

pub fn cat(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

pub fn pseudo4(src: [u8; 4], dst: [u8; 4], protocol: u8, len: usize) -> Vec<u8> {
    cat(&[&src, &dst, &[0, protocol], &(len as u16).to_be_bytes()])
}

pub fn pseudo6(src: [u8; 16], dst: [u8; 16], protocol: u8, len: usize) -> Vec<u8> {
    cat(&[
        &src,
        &dst,
        &(len as u32).to_be_bytes(),
        &[0, 0, 0, protocol],
    ])
}

/// An Ethernet frame; `tags` are (EtherType, TCI).
pub fn eth(dst: [u8; 6], src: [u8; 6], tags: &[(u16, u16)], kind: u16, body: &[u8]) -> Vec<u8> {
    let mut frame = cat(&[&dst, &src]);
    for (tpid, tci) in tags {
        frame.extend(tpid.to_be_bytes());
        frame.extend(tci.to_be_bytes());
    }
    frame.extend(kind.to_be_bytes());
    frame.extend(body);
    frame
}

/// A frame from the asker to the host.
pub fn to_host(kind: u16, body: &[u8]) -> Vec<u8> {
    eth(HOST, ASKER, &[], kind, body)
}

#[derive(Clone)]
pub struct Arp {
    pub hardware: u16,
    pub protocol: u16,
    pub lens: [u8; 2],
    pub op: u16,
    pub sha: [u8; 6],
    pub spa: [u8; 4],
    pub tha: [u8; 6],
    pub tpa: [u8; 4],
}

impl Default for Arp {
    fn default() -> Self {
        Arp {
            hardware: 1,
            protocol: 0x800,
            lens: [6, 4],
            op: 1,
            sha: ASKER,
            spa: ASKER4,
            tha: [0; 6],
            tpa: HOST4,
        }
    }
}

impl Arp {
    pub fn packet(&self) -> Vec<u8> {
        cat(&[
            &self.hardware.to_be_bytes(),
            &self.protocol.to_be_bytes(),
            &self.lens,
            &self.op.to_be_bytes(),
            &self.sha,
            &self.spa,
            &self.tha,
            &self.tpa,
        ])
    }
    pub fn frame(&self) -> Vec<u8> {
        eth(BROADCAST, ASKER, &[], ARP, &self.packet())
    }
}

#[derive(Clone)]
pub struct Ip4 {
    pub tos: u8,
    pub id: u16,
    pub fragment: u16,
    pub ttl: u8,
    pub protocol: u8,
    pub src: [u8; 4],
    pub dst: [u8; 4],
    pub options: Vec<u8>,
}

impl Default for Ip4 {
    fn default() -> Self {
        Ip4 {
            tos: 0,
            id: 0x4321,
            fragment: 0,
            ttl: 17,
            protocol: 1,
            src: ASKER4,
            dst: HOST4,
            options: vec![],
        }
    }
}

impl Ip4 {
    /// A packet around `message`. The options are padded with zeros to whole words.
    pub fn packet(&self, message: &[u8]) -> Vec<u8> {
        let mut options = self.options.clone();
        options.resize(options.len().div_ceil(4) * 4, 0);
        let header_len = 20 + options.len();
        let mut packet = cat(&[
            &[0x40 | (header_len / 4) as u8, self.tos],
            &((header_len + message.len()) as u16).to_be_bytes(),
            &self.id.to_be_bytes(),
            &self.fragment.to_be_bytes(),
            &[self.ttl, self.protocol, 0, 0],
            &self.src,
            &self.dst,
            &options,
        ]);
        seal4(&mut packet);
        packet.extend(message);
        packet
    }
    pub fn frame(&self, message: &[u8]) -> Vec<u8> {
        to_host(IPV4, &self.packet(message))
    }
    pub fn udp(&self, src: u16, dst: u16, data: &[u8]) -> Vec<u8> {
        let pseudo = pseudo4(self.src, self.dst, 17, data.len() + 8);
        let ip = Ip4 {
            protocol: 17,
            ..self.clone()
        };
        ip.frame(&udp(&pseudo, src, dst, data))
    }
}

/// Gives the IPv4 header at the start of `packet` its checksum.
pub fn seal4(packet: &mut [u8]) {
    let header_len = (usize::from(packet[0] & 15) * 4).min(packet.len());
    packet[10..12].fill(0);
    let checksum = !sum(&packet[..header_len]);
    packet[10..12].copy_from_slice(&checksum.to_be_bytes());
}

#[derive(Clone)]
pub struct Ip6 {
    pub class: u8,
    pub flow: u32,
    pub hop_limit: u8,
    pub protocol: u8,
    pub src: [u8; 16],
    pub dst: [u8; 16],
    /// Extension headers: the number of each, and its bytes after the "next header" byte.
    pub extensions: Vec<(u8, Vec<u8>)>,
}

impl Default for Ip6 {
    fn default() -> Self {
        Ip6 {
            class: 0,
            flow: 0,
            hop_limit: 17,
            protocol: 58,
            src: ASKER6,
            dst: HOST6,
            extensions: vec![],
        }
    }
}

impl Ip6 {
    pub fn packet(&self, message: &[u8]) -> Vec<u8> {
        let mut payload = vec![];
        for (i, (_, bytes)) in self.extensions.iter().enumerate() {
            payload.push(
                self.extensions
                    .get(i + 1)
                    .map_or(self.protocol, |next| next.0),
            );
            payload.extend(bytes);
        }
        payload.extend(message);
        let first = self
            .extensions
            .first()
            .map_or(self.protocol, |first| first.0);
        let word = 0x6000_0000 | (u32::from(self.class) << 20) | self.flow;
        cat(&[
            &word.to_be_bytes(),
            &(payload.len() as u16).to_be_bytes(),
            &[first, self.hop_limit],
            &self.src,
            &self.dst,
            &payload,
        ])
    }
    /// The frame around a message whose checksum is still to be made.
    pub fn icmp(&self, message: &[u8]) -> Vec<u8> {
        let pseudo = pseudo6(self.src, self.dst, 58, message.len());
        self.frame(&seal(&pseudo, message, 2))
    }
    pub fn udp(&self, src: u16, dst: u16, data: &[u8]) -> Vec<u8> {
        let pseudo = pseudo6(self.src, self.dst, 17, data.len() + 8);
        let ip = Ip6 {
            protocol: 17,
            ..self.clone()
        };
        ip.frame(&udp(&pseudo, src, dst, data))
    }
    /// The frame goes to the group's Ethernet address if the packet goes to a group.
    pub fn frame(&self, message: &[u8]) -> Vec<u8> {
        let dst = match self.dst {
            [0xff, .., a, b, c, d] => [0x33, 0x33, a, b, c, d],
            _ => HOST,
        };
        eth(dst, ASKER, &[], IPV6, &self.packet(message))
    }
}

/// `message` with its checksum at `at`.
pub fn seal(pseudo: &[u8], message: &[u8], at: usize) -> Vec<u8> {
    let mut message = message.to_vec();
    message[at..at + 2].fill(0);
    let checksum = !sum(&cat(&[pseudo, &message]));
    message[at..at + 2].copy_from_slice(&checksum.to_be_bytes());
    message
}

pub fn udp(pseudo: &[u8], src: u16, dst: u16, data: &[u8]) -> Vec<u8> {
    let len = (data.len() + 8) as u16;
    let fields = [src, dst, len, 0].map(u16::to_be_bytes).concat();
    let mut message = seal(pseudo, &cat(&[&fields, data]), 6);
    if message[6..8] == [0, 0] {
        message[6..8].fill(0xff);
    }
    message
}

/// An echo message without checksum.
pub fn echo(kind: u8, code: u8, data: &[u8]) -> Vec<u8> {
    cat(&[&[kind, code, 0, 0, 0x12, 0x34, 0, 1], data])
}

pub fn ping4(data: &[u8]) -> Vec<u8> {
    Ip4::default().frame(&seal(&[], &echo(8, 0, data), 2))
}

pub fn ping6(data: &[u8]) -> Vec<u8> {
    Ip6::default().icmp(&echo(128, 0, data))
}

/// A solicitation without checksum.
pub fn solicit(target: [u8; 16], options: &[u8]) -> Vec<u8> {
    cat(&[&[135, 0, 0, 0, 0, 0, 0, 0], &target, options])
}

pub fn source_option(mac: [u8; 6]) -> Vec<u8> {
    cat(&[&[1, 1], &mac])
}

/// The packet in which a solicitation for HOST6 comes.
pub fn solicit_ip() -> Ip6 {
    Ip6 {
        hop_limit: 255,
        dst: GROUP6,
        ..Ip6::default()
    }
}

pub fn solicitation() -> Vec<u8> {
    solicit_ip().icmp(&solicit(HOST6, &source_option(ASKER)))
}
