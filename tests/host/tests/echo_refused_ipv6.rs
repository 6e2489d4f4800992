// SPDX-License-Identifier: GPL-2.0

//! What gets no reply from the echo host, and why: IPv6, its extension headers and ICMPv6.
//!
//! UDP over IPv6 is in `echo_refused_ipv4.rs`, solicitations are in `echo_refused_link.rs`.
//! Read next: `echo_replies.rs`.

use crate::common::{
    refused::*,
    *, //
};
use crate::vnet_rs::cable::echo::NoReply::*;

#[test]
fn ipv6_without_reply() {
    let ip = Ip6::default();
    let ping = |ip: &Ip6| ip.icmp(&echo(128, 0, b"data"));
    let from = |src| {
        ping(&Ip6 {
            src,
            ..Ip6::default()
        })
    };
    let to = |dst| {
        ping(&Ip6 {
            dst,
            ..Ip6::default()
        })
    };
    let mut localhost = [0; 16];
    localhost[15] = 1;
    let all_nodes = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    let half_a_header = Ip6 {
        dst: all_nodes,
        protocol: 60,
        ..Ip6::default()
    };
    refused(
        Malformed,
        vec![
            ("header cut", cut(ping(&ip), 14 + 39)),
            ("version 4", patched(ping(&ip), 14, &[0x40])),
            (
                "payload longer than the frame",
                patched(ping(&ip), 14 + 4, &[0, 13]),
            ),
            ("payload 65535", patched(ping(&ip), 14 + 4, &[255, 255])),
            ("one byte missing", cut(ping(&ip), 14 + 51)),
            ("no message", ip.frame(&[])),
            ("7 bytes", ip.icmp(&echo(128, 0, b"")[..7])),
        ],
    );
    refused(
        Ignored,
        vec![
            ("from ::", from([0; 16])),
            ("from ::1", from(localhost)),
            ("from multicast", from(all_nodes)),
            ("from its destination", from(HOST6)),
            ("to ::", to([0; 16])),
            ("to ::1", to(localhost)),
            ("to all nodes", to(all_nodes)),
            (
                "to all nodes, in a frame to us",
                patched(to(all_nodes), 0, &HOST),
            ),
            (
                "UDP to the solicited-node group",
                Ip6 {
                    dst: GROUP6,
                    ..ip.clone()
                }
                .udp(5000, 7, b"data"),
            ),
            (
                "half a header to all nodes",
                patched(half_a_header.frame(&[58]), 0, &HOST),
            ),
            ("to the solicited-node group", to(GROUP6)),
            ("the same, in a frame to us", patched(to(GROUP6), 0, &HOST)),
            ("to us in a group frame", patched(ping(&ip), 0, &GROUP_MAC)),
            (
                "TCP",
                Ip6 {
                    protocol: 6,
                    ..ip.clone()
                }
                .frame(&[0; 20]),
            ),
            (
                "ICMP in IPv6",
                Ip6 {
                    protocol: 1,
                    ..ip.clone()
                }
                .frame(&seal(&[], &echo(8, 0, b""), 2)),
            ),
            (
                "no next header",
                Ip6 {
                    protocol: 59,
                    ..ip.clone()
                }
                .frame(&[0; 8]),
            ),
            ("echo reply", ip.icmp(&echo(129, 0, b"data"))),
            ("advertisement", ip.icmp(&[136; 24])),
            ("code", ip.icmp(&echo(128, 1, b"data"))),
        ],
    );
    let other = pseudo6(ASKER6, GROUP6, 58, 12);
    refused(
        BadChecksum,
        vec![
            (
                "another pseudo-header",
                ip.frame(&seal(&other, &echo(128, 0, b"data"), 2)),
            ),
            (
                "no pseudo-header",
                ip.frame(&seal(&[], &echo(128, 0, b"data"), 2)),
            ),
            ("data changed", patched(ping6(b"odd"), 14 + 50, b"D")),
            ("source changed", patched(ping6(b"odd"), 14 + 9, b"D")),
        ],
    );
}

#[test]
fn ipv6_extension_headers_without_reply() {
    let with = |extensions: &[(u8, &[u8])]| {
        let extensions = extensions
            .iter()
            .map(|(n, bytes)| (*n, bytes.to_vec()))
            .collect();
        Ip6 {
            extensions,
            ..Ip6::default()
        }
        .icmp(&echo(128, 0, b"data"))
    };
    let pad: &[u8] = &[0, 1, 4, 0, 0, 0, 0];
    refused(
        Malformed,
        vec![
            (
                "longer than the payload",
                with(&[(0, &[200, 1, 4, 0, 0, 0, 0])]),
            ),
            ("PadN too long", with(&[(60, &[0, 1, 5, 0, 0, 0, 0])])),
            ("PadN without length", with(&[(60, &[0, 0, 0, 0, 0, 0, 1])])),
            ("option too long", with(&[(0, &[0, 5, 255, 0, 0, 0, 0])])),
            (
                "half a header",
                Ip6 {
                    protocol: 60,
                    ..Ip6::default()
                }
                .frame(&[58]),
            ),
            (
                "no header",
                Ip6 {
                    protocol: 0,
                    ..Ip6::default()
                }
                .frame(&[]),
            ),
            (
                "half a fragment header",
                Ip6 {
                    protocol: 44,
                    ..Ip6::default()
                }
                .frame(&[58, 0, 0, 0]),
            ),
        ],
    );
    refused(
        Ignored,
        vec![
            ("hop-by-hop second", with(&[(60, pad), (0, pad)])),
            ("hop-by-hop twice", with(&[(0, pad), (0, pad)])),
            ("routing", with(&[(43, &[0, 0, 0, 0, 0, 0, 0])])),
            ("authentication", with(&[(51, &[4, 0, 0, 0, 0, 0, 0])])),
            ("option: discard", with(&[(60, &[0, 0x41, 4, 0, 0, 0, 0])])),
            ("option: report", with(&[(60, &[0, 0x81, 4, 0, 0, 0, 0])])),
            (
                "option: jumbo payload",
                with(&[(0, &[0, 0xc2, 4, 0, 1, 0, 0])]),
            ),
            ("five", with(&[(60, pad); 5])),
        ],
    );
    refused(
        Fragment,
        vec![
            ("first", with(&[(44, &[0, 0, 1, 0, 0, 0, 9])])),
            ("later", with(&[(44, &[0, 0, 8, 0, 0, 0, 9])])),
            ("atomic", with(&[(44, &[0, 0, 0, 0, 0, 0, 9])])),
            (
                "behind options",
                with(&[(0, pad), (44, &[0, 0, 1, 0, 0, 0, 9])]),
            ),
        ],
    );
}
