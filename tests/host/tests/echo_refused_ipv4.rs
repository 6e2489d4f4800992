// SPDX-License-Identifier: GPL-2.0

//! What gets no reply from the echo host, and why: IPv4, its options, ICMP, and UDP over both IPv4
//! and IPv6, whose rules are the same but for the checksum.
//!
//! Read next: `echo_refused_ipv6.rs`.

use crate::common::{
    refused::*,
    *, //
};
use crate::vnet_rs::cable::echo::NoReply::*;

#[test]
fn ipv4_without_reply() {
    let ip = Ip4::default();
    let ping = |ip: &Ip4| ip.frame(&seal(&[], &echo(8, 0, b"data"), 2));
    let from = |src| {
        ping(&Ip4 {
            src,
            ..Ip4::default()
        })
    };
    let to = |dst| {
        ping(&Ip4 {
            dst,
            ..Ip4::default()
        })
    };
    let fragment = |fragment| {
        ping(&Ip4 {
            fragment,
            ..Ip4::default()
        })
    };
    refused(
        Malformed,
        vec![
            ("header cut", cut(ping(&ip), 14 + 19)),
            ("version 5", patched4(ping(&ip), 0, &[0x55])),
            ("header length 16", patched4(ping(&ip), 0, &[0x44])),
            ("header length 0", patched4(ping(&ip), 0, &[0x40])),
            (
                "header longer than the packet",
                patched(ping(&ip), 14, &[0x4f]),
            ),
            (
                "total length less than the header",
                patched4(ping(&ip), 2, &[0, 19]),
            ),
            (
                "total length more than the frame",
                patched4(ping(&ip), 2, &[0, 33]),
            ),
            ("total length 65535", patched4(ping(&ip), 2, &[255, 255])),
            ("one byte missing", cut(ping(&ip), 14 + 31)),
        ],
    );
    refused(
        BadChecksum,
        vec![
            ("header checksum", patched(ping(&ip), 14 + 10, &[0, 0])),
            ("changed ttl", patched(ping(&ip), 14 + 8, &[16])),
        ],
    );
    refused(
        Ignored,
        vec![
            ("from 0.0.0.0", from([0; 4])),
            ("from 0.1.2.3", from([0, 1, 2, 3])),
            ("from loopback", from([127, 1, 2, 3])),
            ("from multicast", from([224, 0, 0, 1])),
            ("from class E", from([240, 0, 0, 1])),
            ("from broadcast", from([255; 4])),
            ("from its destination", from(HOST4)),
            ("to 0.0.0.0", to([0; 4])),
            ("to loopback", to([127, 0, 0, 1])),
            ("to multicast", to([224, 0, 0, 1])),
            ("to broadcast", to([255; 4])),
            (
                "TCP",
                Ip4 {
                    protocol: 6,
                    ..ip.clone()
                }
                .frame(&[0; 20]),
            ),
            (
                "ICMPv6 in IPv4",
                Ip4 {
                    protocol: 58,
                    ..ip.clone()
                }
                .frame(&echo(128, 0, b"")),
            ),
        ],
    );
    refused(
        Fragment,
        vec![
            ("first", fragment(0x2000)),
            ("middle", fragment(0x2001)),
            ("last", fragment(0x0001)),
            ("last, far", fragment(0x1fff)),
            ("DF and MF", fragment(0x6000)),
        ],
    );
}

#[test]
fn ipv4_options_without_reply() {
    let with = |options: &[u8]| {
        let ip = Ip4 {
            options: options.to_vec(),
            ..Ip4::default()
        };
        ip.frame(&seal(&[], &echo(8, 0, b"data"), 2))
    };
    refused(
        Malformed,
        vec![
            ("length 0", with(&[7, 0, 0, 0])),
            ("length 1", with(&[7, 1, 0, 0])),
            ("one byte too long", with(&[7, 5, 4, 0])),
            ("255", with(&[1, 1, 7, 255])),
            ("no length", with(&[1, 1, 1, 7])),
            ("source route with no length", with(&[1, 1, 1, 131])),
            ("source route too long", with(&[131, 7, 4, 0])),
        ],
    );
    refused(
        Ignored,
        vec![
            ("loose", with(&[131, 7, 4, 10, 0, 0, 1, 0])),
            ("strict", with(&[137, 7, 4, 10, 0, 0, 1, 0])),
            ("loose, done", with(&[1, 131, 3, 4])),
            ("behind another", with(&[7, 3, 4, 1, 137, 3, 4, 0])),
        ],
    );
}

#[test]
fn icmp_without_reply() {
    let icmp = |message: &[u8]| Ip4::default().frame(message);
    let sealed = |kind, code| icmp(&seal(&[], &echo(kind, code, b"data"), 2));
    refused(
        Malformed,
        vec![
            ("empty", icmp(&[])),
            ("7 bytes", icmp(&seal(&[], &echo(8, 0, b"")[..7], 2))),
        ],
    );
    refused(
        BadChecksum,
        vec![
            ("none", icmp(&echo(8, 0, b"data"))),
            ("data changed", patched(ping4(b"data"), 14 + 28, b"D")),
            ("last byte changed", patched(ping4(b"odd"), 14 + 30, b"D")),
            ("id changed", patched(ping4(b"data"), 14 + 24, &[0xff])),
        ],
    );
    for kind in (0..=255).filter(|&kind| kind != 8) {
        refused(Ignored, vec![("type", sealed(kind, 0))]);
    }
    for code in 1..=255 {
        refused(Ignored, vec![("code", sealed(8, code))]);
    }
}

#[test]
fn udp_without_reply() {
    let (ip4, ip6) = (Ip4::default(), Ip6::default());
    for port in [0, 1, 6, 8, 9, 0x0700, 0x0107, 65535] {
        refused(
            Ignored,
            vec![
                ("port", ip4.udp(5000, port, b"data")),
                ("port6", ip6.udp(5000, port, b"data")),
            ],
        );
    }
    refused(
        Ignored,
        vec![
            ("another echo host", ip4.udp(7, 7, b"data")),
            ("no reply wanted", ip4.udp(0, 7, b"data")),
            ("another echo host6", ip6.udp(7, 7, b"data")),
            ("no reply wanted6", ip6.udp(0, 7, b"data")),
        ],
    );
    let len = |len: u16| patched(ip4.udp(5000, 7, b"data"), 14 + 24, &len.to_be_bytes());
    let unsummed = |frame| patched(frame, 14 + 26, &[0, 0]);
    refused(
        Malformed,
        vec![
            (
                "no header",
                Ip4 {
                    protocol: 17,
                    ..ip4.clone()
                }
                .frame(&[0, 9, 0, 7, 0, 7, 0]),
            ),
            ("length 7", len(7)),
            ("length less", len(11)),
            ("length more", len(13)),
            ("length 0, no checksum", unsummed(len(0))),
            ("length less, no checksum", unsummed(len(8))),
            ("length more, no checksum", unsummed(len(65535))),
            (
                "length6",
                patched(ip6.udp(5000, 7, b"data"), 14 + 44, &[0, 13]),
            ),
            (
                "no header6",
                Ip6 {
                    protocol: 17,
                    ..ip6.clone()
                }
                .frame(&[0, 9, 0, 7, 0, 7, 0]),
            ),
        ],
    );
    refused(
        BadChecksum,
        vec![
            ("data", patched(ip4.udp(5000, 7, b"data"), 14 + 28, b"D")),
            (
                "source port",
                patched(ip4.udp(5000, 7, b"data"), 14 + 20, &[1]),
            ),
            ("address", patched4(ip4.udp(5000, 7, b"data"), 12, &[10])),
            ("data6", patched(ip6.udp(5000, 7, b"data"), 14 + 48, b"D")),
            (
                "address6",
                patched(ip6.udp(5000, 7, b"data"), 14 + 8, &[0x20]),
            ),
            (
                "none6",
                patched(ip6.udp(5000, 7, b"data"), 14 + 46, &[0, 0]),
            ),
        ],
    );
}
