// SPDX-License-Identifier: GPL-2.0

//! What gets no reply from the echo host, and why: rule by rule.
//!
//! Read next: `echo_replies.rs`.

#[allow(dead_code)]
#[path = "../../../vnet_rs"]
mod vnet_rs {
    pub(crate) mod echo;
}
mod common;

use common::*;
use vnet_rs::echo::NoReply::{
    self,
    *, //
};

/// Each named frame must get no reply, for the same reason.
fn refused(reason: NoReply, cases: Vec<(&str, Vec<u8>)>) {
    for (name, frame) in cases {
        assert_eq!(ask(&frame), Err(reason), "{name}");
    }
}

/// An IPv4 frame with header bytes replaced, its header checksum right again.
fn patched4(frame: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut frame = patched(frame, 14 + at, bytes);
    seal4(&mut frame[14..]);
    frame
}

fn cut(mut frame: Vec<u8>, len: usize) -> Vec<u8> {
    frame.truncate(len);
    frame
}

#[test]
fn no_reply_to_frames_for_others_or_from_nobody() {
    let other = [0x02, 0x76, 0x6e, 1, 2, 4];
    for (name, frame) in requests() {
        refused(
            Ignored,
            vec![
                (name, patched(frame.clone(), 0, &other)),
                (name, cut(patched(frame.clone(), 0, &other), 30)),
                (name, patched(frame.clone(), 0, &[1, 0, 0x5e, 0, 0, 1])),
                (name, patched(frame.clone(), 6, &[0; 6])),
                (name, patched(frame.clone(), 6, &BROADCAST)),
                (name, patched(frame.clone(), 6, &[3, 0, 0, 0, 0, 1])),
                (name, patched(frame.clone(), 6, &HOST)),
            ],
        );
        if !name.starts_with("arp") {
            refused(Ignored, vec![(name, patched(frame, 0, &BROADCAST))]);
        }
    }
}

#[test]
fn no_reply_to_truncated_or_unknown_frames() {
    let tag = [0x8100, 5];
    let tags = [(tag[0], tag[1]); 3];
    refused(
        Malformed,
        vec![
            ("empty", vec![]),
            ("no EtherType", cut(ping4(b""), 13)),
            ("header only", cut(ping4(b""), 14)),
            ("half a tag", cut(with_tags(&ping4(b""), &tags[..1]), 15)),
            (
                "no inner EtherType",
                cut(with_tags(&ping4(b""), &tags[..1]), 17),
            ),
            (
                "tagged header only",
                cut(with_tags(&ping4(b""), &tags[..2]), 22),
            ),
        ],
    );
    refused(
        Ignored,
        vec![
            ("three tags", with_tags(&ping4(b"x"), &tags)),
            ("three tags, arp", with_tags(&Arp::default().frame(), &tags)),
            ("LLDP", to_host(0x88cc, &[0; 46])),
            ("802.3 length", to_host(46, &[0; 46])),
            ("0x9100 tag", with_tags(&ping4(b"x"), &[(0x9100, 5)])),
        ],
    );
}

#[test]
fn arp_without_reply() {
    let arp = Arp::default();
    let frame = |change: fn(&mut Arp)| {
        let mut arp = Arp::default();
        change(&mut arp);
        arp.frame()
    };
    refused(
        Ignored,
        vec![
            ("reply", frame(|a| a.op = 2)),
            ("operation 0", frame(|a| a.op = 0)),
            ("RARP", frame(|a| a.op = 3)),
            ("not Ethernet", frame(|a| a.hardware = 6)),
            ("not IPv4", frame(|a| a.protocol = 0x86dd)),
            ("gratuitous", frame(|a| a.tpa = a.spa)),
            ("probe", frame(|a| a.spa = [0; 4])),
            (
                "probe for 0.0.0.0",
                frame(|a| (a.spa, a.tpa) = ([0; 4], [0; 4])),
            ),
            ("sender multicast", frame(|a| a.spa = [224, 0, 0, 1])),
            ("sender broadcast", frame(|a| a.spa = [255; 4])),
            ("sender loopback", frame(|a| a.spa = [127, 0, 0, 1])),
            ("target 0.0.0.0", frame(|a| a.tpa = [0; 4])),
            ("target multicast", frame(|a| a.tpa = [239, 1, 2, 3])),
            ("target broadcast", frame(|a| a.tpa = [255; 4])),
            ("target loopback", frame(|a| a.tpa = [127, 0, 0, 1])),
            ("sender is not the frame's", frame(|a| a.sha[5] ^= 1)),
            (
                "to a multicast address",
                patched(arp.frame(), 0, &GROUP_MAC),
            ),
        ],
    );
    refused(
        Malformed,
        vec![
            ("hardware length", frame(|a| a.lens = [8, 4])),
            ("protocol length", frame(|a| a.lens = [6, 16])),
            ("short", cut(arp.frame(), 14 + 27)),
            ("very short", cut(arp.frame(), 14 + 7)),
        ],
    );
}

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

#[test]
fn solicitation_without_reply() {
    let ip = solicit_ip();
    let frame = |ip: &Ip6, target| ip.icmp(&solicit(target, &source_option(ASKER)));
    let options = |options: &[u8]| ip.icmp(&solicit(HOST6, options));
    let unicast = Ip6 {
        dst: HOST6,
        ..ip.clone()
    };
    let mut other = HOST6;
    other[13] ^= 1;
    let dad = Ip6 {
        src: [0; 16],
        ..ip.clone()
    };
    let own = Ip6 {
        src: HOST6,
        ..ip.clone()
    };
    let group = |dst| Ip6 { dst, ..ip.clone() };
    refused(
        Ignored,
        vec![
            (
                "duplicate address detection",
                dad.icmp(&solicit(HOST6, &[])),
            ),
            ("the same with its address", frame(&dad, HOST6)),
            ("for the asker's own", frame(&own, HOST6)),
            ("for multicast", frame(&ip, GROUP6)),
            ("for multicast, to us", frame(&unicast, GROUP6)),
            ("for ::", frame(&unicast, [0; 16])),
            (
                "hop limit 254",
                frame(
                    &Ip6 {
                        hop_limit: 254,
                        ..ip.clone()
                    },
                    HOST6,
                ),
            ),
            (
                "hop limit 0",
                frame(
                    &Ip6 {
                        hop_limit: 0,
                        ..ip.clone()
                    },
                    HOST6,
                ),
            ),
            ("another group", frame(&ip, other)),
            ("another host", frame(&unicast, other)),
            (
                "to all nodes",
                frame(
                    &group([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
                    HOST6,
                ),
            ),
            ("wrong group address", patched(solicitation(), 5, &[0])),
            (
                "unicast packet in a group frame",
                patched(frame(&unicast, HOST6), 0, &GROUP_MAC),
            ),
            ("code 1", ip.icmp(&patched(solicit(HOST6, &[]), 1, &[1]))),
            ("third party", options(&source_option([2, 0, 0, 0, 0, 1]))),
        ],
    );
    refused(
        Malformed,
        vec![
            ("cut", ip.icmp(&solicit(HOST6, &[])[..23])),
            ("type only", ip.icmp(&solicit(HOST6, &[])[..4])),
            ("option of length 0", options(&[1, 0, 0, 0, 0, 0, 0, 0])),
            (
                "unknown option of length 0",
                options(&[99, 0, 0, 0, 0, 0, 0, 0]),
            ),
            ("option too long", options(&[1, 2, 2, 0, 0, 0, 0, 1])),
            (
                "second option of length 0",
                options(&cat(&[&source_option(ASKER), &[0; 8]])),
            ),
            ("half an option", options(&[1])),
            ("7 bytes of option", options(&[1, 1, 2, 0, 0, 0, 0])),
        ],
    );
    refused(
        BadChecksum,
        vec![
            ("checksum", patched(solicitation(), 14 + 42, &[0, 0])),
            ("a reserved byte", patched(solicitation(), 14 + 44, &[1])),
        ],
    );
}
