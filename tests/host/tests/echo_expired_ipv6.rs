// SPDX-License-Identifier: GPL-2.0

//! Routers before the echo host: which IPv6 packets end there, and what the router says; and that
//! there are none on the link itself.
//!
//! Read next: `echo_unreachable.rs`.

use crate::common::{
    oracle_error::*,
    refused::*,
    *, //
};
use crate::vnet_rs::cable::echo::NoReply::*;

const TIME_EXCEEDED: [u8; 2] = [3, 0];

fn ping6_with(hop_limit: u8) -> Vec<u8> {
    Ip6 {
        hop_limit,
        ..far6()
    }
    .icmp(&echo(128, 0, b"data"))
}

#[test]
fn time_exceeded_ipv6_byte_by_byte() {
    let frame = ping6_with(3);
    let message = cat(&[&[3, 0, 0, 0, 0, 0, 0, 0], &frame[14..]]);
    let pseudo = pseudo6(router6(3), FAR_ASKER6, 58, message.len());
    let header = cat(&[&[0x60, 0, 0, 0, 0, 60, 58, 64], &router6(3), &FAR_ASKER6]);
    let packet = cat(&[&header, &seal(&pseudo, &message, 2)]);
    assert_eq!(frame.len(), 14 + 40 + 12);
    assert_eq!(ask_behind(3, &frame), Ok(framed(IPV6, &packet)));
}

#[test]
fn each_router_has_its_number_and_behind_the_last_is_the_host() {
    for (hops, ttl, router) in WAYS {
        let frame = ping6_with(ttl);
        let expected = router.map_or(ask(&frame).unwrap(), |number| {
            framed(IPV6, &error6(&frame[14..], router6(number), TIME_EXCEEDED))
        });
        assert_eq!(ask_behind(hops, &frame), Ok(expected), "{ttl} of {hops}");
    }
}

#[test]
fn whatever_it_is_it_expires_ipv6() {
    let ip = far6();
    let of = |protocol, message: &[u8]| {
        Ip6 {
            protocol,
            ..ip.clone()
        }
        .frame(message)
    };
    let behind = |extensions: &[(u8, [u8; 7])]| {
        let extensions = extensions
            .iter()
            .map(|(number, body)| (*number, body.to_vec()));
        Ip6 {
            extensions: extensions.collect(),
            ..ip.clone()
        }
        .udp(5000, 33434, b"data")
    };
    let pad = [0, 1, 4, 0, 0, 0, 0];
    for (name, frame) in [
        ("echo request", ip.icmp(&echo(128, 0, b"data"))),
        (
            "echo request, wrong checksum",
            of(58, &echo(128, 0, b"data")),
        ),
        ("echo reply", ip.icmp(&echo(129, 0, b"data"))),
        ("multicast listener query", ip.icmp(&echo(130, 0, &[0; 16]))),
        ("behind neighbour discovery", ip.icmp(&echo(138, 0, b""))),
        ("TCP", of(6, &[0; 20])),
        ("UDP, closed port", ip.udp(5000, 33434, b"data")),
        (
            "UDP, no checksum",
            patched(ip.udp(5000, 33434, b"data"), 60, &[0, 0]),
        ),
        ("UDP echo", ip.udp(5000, 7, b"data")),
        ("no next header", of(59, b"")),
        ("ICMP", of(1, &echo(3, 0, b""))),
        ("options", behind(&[(0, pad), (60, pad)])),
        ("first fragment", behind(&[(44, [0, 0, 1, 0, 0, 0, 9])])),
        (
            "atomic fragment",
            behind(&[(60, pad), (44, [0; 7]), (60, pad)]),
        ),
    ] {
        let expected = framed(IPV6, &error6(&frame[14..], router6(17), TIME_EXCEEDED));
        assert_eq!(ask_behind(17, &frame), Ok(expected.clone()), "{name}");
        let padded = cat(&[&frame, &[0x5a; 50]]);
        assert_eq!(ask_behind(17, &padded), Ok(expected), "{name}: padding");
    }
}

#[test]
fn no_error_ipv6() {
    let ip = far6();
    let of = |ip: Ip6| ip.udp(5000, 33434, b"data");
    let with = |number, body: &[u8]| {
        of(Ip6 {
            extensions: vec![(number, body.to_vec())],
            ..far6()
        })
    };
    let mut cases = vec![
        (
            "from the router",
            of(Ip6 {
                src: router6(17),
                ..ip.clone()
            }),
        ),
        (
            "from multicast",
            of(Ip6 {
                src: GROUP6,
                ..ip.clone()
            }),
        ),
        (
            "from nowhere",
            of(Ip6 {
                src: [0; 16],
                ..ip.clone()
            }),
        ),
        (
            "from its destination",
            of(Ip6 {
                src: FAR_HOST6,
                ..ip.clone()
            }),
        ),
        (
            "to multicast",
            of(Ip6 {
                dst: GROUP6,
                ..ip.clone()
            }),
        ),
        ("in a broadcast", patched(of(ip.clone()), 0, &BROADCAST)),
        ("option: report", with(60, &[0, 0x81, 4, 0, 0, 0, 0])),
    ];
    cases.extend((0..128).map(|kind| ("ICMPv6 error", ip.icmp(&echo(kind, 0, b"")))));
    for number in [43, 51, 135, 139, 140] {
        cases.push(("unknown behind it", with(number, &[0, 0, 0, 0, 0, 0, 0])));
    }
    let error = Ip6 {
        extensions: vec![(44, vec![0, 0, 1, 0, 0, 0, 9])],
        ..ip.clone()
    };
    cases.push(("ICMPv6 error, first fragment", error.icmp(&echo(1, 0, b""))));
    refused_behind(17, Ignored, cases);
    let later = with(44, &[0, 0, 8, 0, 0, 0, 9]);
    refused_behind(17, Fragment, vec![("later fragment", later)]);
    let malformed = vec![
        ("empty ICMPv6", ip.frame(b"")),
        ("cut", cut(of(ip.clone()), 14 + 40 + 11)),
        ("option", with(60, &[0, 1, 5, 0, 0, 0, 0])),
    ];
    refused_behind(17, Malformed, malformed);
}

#[test]
fn the_link_has_no_routers() {
    let near = [169, 254, 3, 4];
    let discovery = Ip6 {
        hop_limit: 255,
        ..far6()
    }
    .icmp(&solicit(FAR_HOST6, &[]));
    for (name, frame) in [
        (
            "from link-local",
            Ip4 {
                src: near,
                ..Ip4::default()
            }
            .udp(5000, 7, b""),
        ),
        (
            "to link-local",
            Ip4 {
                dst: near,
                ..Ip4::default()
            }
            .udp(5000, 7, b""),
        ),
        (
            "from link-local6",
            Ip6 {
                dst: FAR_HOST6,
                ..Ip6::default()
            }
            .udp(5000, 7, b""),
        ),
        (
            "to link-local6",
            Ip6 {
                src: FAR_ASKER6,
                ..Ip6::default()
            }
            .udp(5000, 7, b""),
        ),
        (
            "to febf::",
            Ip6 {
                dst: [0xfe, 0xbf, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
                ..far6()
            }
            .udp(5000, 7, b""),
        ),
        ("ARP", Arp::default().frame()),
        ("solicitation", solicitation()),
        ("solicitation of one host", discovery),
    ] {
        assert!(ask(&frame).is_ok(), "{name}");
        assert_eq!(ask_behind(255, &frame), ask(&frame), "{name}");
    }
    for dst in [[169, 253, 3, 4], [169, 255, 3, 4]] {
        let frame = Ip4 {
            dst,
            ..Ip4::default()
        }
        .udp(5000, 7, b"");
        assert_ne!(ask_behind(255, &frame), ask(&frame), "{dst:?}");
    }
    let frame = Ip6 {
        dst: [0xfe, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        ..far6()
    };
    let frame = frame.udp(5000, 7, b"");
    assert_ne!(ask_behind(255, &frame), ask(&frame), "site-local");
}
