// SPDX-License-Identifier: GPL-2.0

//! What gets no reply from the echo host, and why: frames that are not for it or are none, and the
//! two ways to ask for its Ethernet address, ARP and neighbour solicitations.
//!
//! Read next: `echo_refused_ipv4.rs`.

use crate::common::{
    refused::*,
    *, //
};
use crate::vnet_rs::cable::echo::NoReply::*;

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
