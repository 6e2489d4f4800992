// SPDX-License-Identifier: GPL-2.0

//! What the tests of the echo host share: who asks whom, `ask()`, which shows a frame to the host,
//! and `requests()`, a valid one of each kind.
//!
//! Nothing here is shared with the code under test. Read next: `build.rs`, how a frame is built by
//! hand; `oracle.rs`, the second opinion on what the reply must be; `agrees.rs`, which asks for it.
#![allow(dead_code, clippy::too_many_arguments)]

pub mod agrees;
pub mod build;
pub mod oracle;
pub mod oracle_error;
pub mod refused;

pub use build::*;

use crate::vnet_rs::cable::{
    echo::{
        answer,
        Host,
        NoReply,
        REPLY_ROOM, //
    },
    prefix::Prefix, //
};

pub const HOST: [u8; 6] = [0x02, 0x76, 0x6e, 1, 2, 3];
pub const ASKER: [u8; 6] = [0x02, 0xaa, 0, 0, 0, 9];
pub const BROADCAST: [u8; 6] = [0xff; 6];

pub const ASKER4: [u8; 4] = [192, 0, 2, 1];
pub const HOST4: [u8; 4] = [192, 0, 2, 7];
pub const ASKER6: [u8; 16] = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
pub const HOST6: [u8; 16] = [
    0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78,
];
/// Addresses that are not of one link only, as ASKER4 and HOST4 are.
pub const FAR_ASKER6: [u8; 16] = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
pub const FAR_HOST6: [u8; 16] = [0x20, 1, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
/// HOST6's solicited-node group and its Ethernet address.
pub const GROUP6: [u8; 16] = [
    0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0x34, 0x56, 0x78,
];
pub const GROUP_MAC: [u8; 6] = [0x33, 0x33, 0xff, 0x34, 0x56, 0x78];

pub const ARP: u16 = 0x0806;
pub const IPV4: u16 = 0x0800;
pub const IPV6: u16 = 0x86dd;

/// The host, with no router before it.
pub const NEAR: Host = Host {
    mac: HOST,
    hops: 0,
    only4: Prefix::ALL,
    only6: Prefix::ALL,
};

/// Shows `frame` to the host on the wire.
pub fn ask(frame: &[u8]) -> Result<Vec<u8>, NoReply> {
    ask_behind(0, frame)
}

/// Shows `frame` to the host behind `hops` routers, in a buffer that is exactly as large as it must
/// be, full of rubbish behind the frame. No reply must mean an unchanged frame.
pub fn ask_behind(hops: u8, frame: &[u8]) -> Result<Vec<u8>, NoReply> {
    ask_host(&Host { hops, ..NEAR }, frame)
}

/// The same for any host.
pub fn ask_host(host: &Host, frame: &[u8]) -> Result<Vec<u8>, NoReply> {
    let mut buffer = frame.to_vec();
    buffer.resize(frame.len().max(60) + REPLY_ROOM, 0xa5);
    let before = buffer.clone();
    match answer(&mut buffer, frame.len(), host) {
        Ok(len) => {
            buffer.truncate(len);
            assert_eq!(buffer.len(), len, "a reply longer than its buffer");
            Ok(buffer)
        }
        Err(reason) => {
            assert_eq!(buffer, before, "no reply, but the frame was changed");
            Err(reason)
        }
    }
}

/// `reply` as if the asker were a host who shows it to ours.
pub fn sent_back(reply: &[u8]) -> Vec<u8> {
    cat(&[&HOST, &ASKER, &reply[12..]])
}

/// `frame` with tags, (EtherType, TCI) each.
pub fn with_tags(frame: &[u8], tags: &[(u16, u16)]) -> Vec<u8> {
    let mut tagged = frame[..12].to_vec();
    for (tpid, tci) in tags {
        tagged.extend(tpid.to_be_bytes());
        tagged.extend(tci.to_be_bytes());
    }
    tagged.extend(&frame[12..]);
    tagged
}

/// `frame` with some bytes replaced.
pub fn patched(mut frame: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    frame[at..at + bytes.len()].copy_from_slice(bytes);
    frame
}

/// The requests, and what gets a reply only behind routers, or not even there.
pub fn packets() -> Vec<(&'static str, Vec<u8>)> {
    let first = Ip4 {
        fragment: 0x2000,
        ..Ip4::default()
    };
    let far = Ip6 {
        src: FAR_ASKER6,
        dst: FAR_HOST6,
        extensions: vec![(44, vec![0, 0, 1, 0, 0, 0, 9]), (60, vec![0; 7])],
        ..Ip6::default()
    };
    let tcp = Ip4 {
        protocol: 6,
        ..Ip4::default()
    };
    let mut packets = requests();
    packets.extend([
        ("closed4", Ip4::default().udp(5000, 33434, b"closed")),
        ("closed6", Ip6::default().udp(5000, 33434, b"closed")),
        ("fragment4", first.udp(5000, 33434, b"first")),
        ("fragment6", far.udp(5000, 33434, b"first")),
        ("tcp4", tcp.frame(&[0; 20])),
        ("error6", far.icmp(&echo(3, 0, b"error"))),
    ]);
    packets
}

/// One valid request of each kind, by name.
pub fn requests() -> Vec<(&'static str, Vec<u8>)> {
    let router_alert = (0, vec![0, 5, 2, 0, 0, 1, 0]);
    let padding = (60, cat(&[&[1, 1, 12], &[0; 12]]));
    let extended = Ip6 {
        extensions: vec![router_alert, padding],
        ..Ip6::default()
    };
    let mut options = vec![1, 7, 7, 4, 1, 2, 3, 4];
    options.extend([0, 0xee, 0xee, 0xee]);
    let optioned = Ip4 {
        options,
        ..Ip4::default()
    };
    let no_checksum = {
        let mut frame = Ip4::default().udp(5000, 7, b"no checksum");
        frame[14 + 20 + 6..14 + 20 + 8].fill(0);
        frame
    };
    let far = Ip6 {
        src: FAR_ASKER6,
        dst: FAR_HOST6,
        ..Ip6::default()
    };
    let tags = [(0x88a8, 0x2005), (0x8100, 0x6007)];
    vec![
        ("arp", Arp::default().frame()),
        ("ping4", ping4(b"0123456789abcdef0123456789")),
        ("ping4 empty", ping4(b"")),
        (
            "ping4 options",
            optioned.frame(&seal(&[], &echo(8, 0, b"options here"), 2)),
        ),
        ("ping4 tagged", with_tags(&ping4(b"tagged"), &tags)),
        ("udp4", Ip4::default().udp(5000, 7, b"hello, echo")),
        ("udp4 no checksum", no_checksum),
        ("ping6", ping6(b"0123456789abcdef0123456789")),
        ("ping6 extended", extended.icmp(&echo(128, 0, b"extended"))),
        ("udp6", Ip6::default().udp(5000, 7, b"hello, six")),
        ("ping6 far", far.icmp(&echo(128, 0, b"from afar"))),
        ("udp6 far", far.udp(5000, 7, b"from afar")),
        ("udp6 extended", extended.udp(5000, 7, b"odd")),
        ("solicitation", solicitation()),
        (
            "solicitation plain",
            solicit_ip().icmp(&solicit(HOST6, &[])),
        ),
        (
            "solicitation tagged",
            with_tags(&solicitation(), &tags[1..]),
        ),
    ]
}
