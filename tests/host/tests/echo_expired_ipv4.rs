// SPDX-License-Identifier: GPL-2.0

//! Routers before the echo host: which IPv4 packets end there, and what the router says.
//!
//! Read next: `echo_expired_ipv6.rs`.

use crate::common::{
    oracle_error::*,
    refused::*,
    *, //
};
use crate::vnet_rs::cable::echo::NoReply::*;

const TIME_EXCEEDED: [u8; 2] = [11, 0];

fn ping4_with(ttl: u8) -> Vec<u8> {
    Ip4 {
        ttl,
        ..Ip4::default()
    }
    .frame(&seal(&[], &echo(8, 0, b"data"), 2))
}

#[test]
fn time_exceeded_ipv4_byte_by_byte() {
    let quote = [
        0x45, 0, 0, 32, 0x43, 0x21, 0, 0, 2, 1, 0xf1, 0xb3, 192, 0, 2, 1, 192, 0, 2, 7, 8, 0, 0x0d,
        0x08, 0x12, 0x34, 0, 1, b'd', b'a', b't', b'a',
    ];
    assert_eq!(ping4_with(2)[14..], quote);
    // Checksums by hand: the quoted header and message have theirs, so they sum up to 0, and 0x0b00
    // is left.
    let error = [11, 0, 0xf4, 0xff, 0, 0, 0, 0];
    let header = [
        0x45, 0, 0, 60, 0, 0, 0x40, 0, 64, 1, 0x4e, 0x8a, 198, 51, 100, 2, 192, 0, 2, 1,
    ];
    let expected = cat(&[&ASKER, &HOST, &[8, 0], &header, &error, &quote]);
    assert_eq!(ask_behind(3, &ping4_with(2)), Ok(expected));
}

#[test]
fn each_router_has_its_number_and_behind_the_last_is_the_host() {
    for (hops, ttl, router) in WAYS {
        let frame = ping4_with(ttl);
        let expected = router.map_or(ask(&frame).unwrap(), |number| {
            framed(IPV4, &error4(&frame[14..], router4(number), TIME_EXCEEDED))
        });
        assert_eq!(ask_behind(hops, &frame), Ok(expected), "{ttl} of {hops}");
    }
}

#[test]
fn whatever_it_is_it_expires_ipv4() {
    let ip = Ip4::default();
    let of = |protocol, message: &[u8]| {
        Ip4 {
            protocol,
            ..ip.clone()
        }
        .frame(message)
    };
    let fragment = |fragment| {
        Ip4 {
            fragment,
            ..ip.clone()
        }
        .udp(5000, 33434, b"data")
    };
    let options = Ip4 {
        options: vec![7, 7, 4, 1, 2, 3, 4],
        ..ip.clone()
    };
    let syn = [
        0x13, 0x88, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0xff, 0xff, 0, 0, 0, 0,
    ];
    for (name, frame) in [
        ("echo request", ping4(b"data")),
        ("echo request, wrong checksum", of(1, &echo(8, 0, b"data"))),
        ("echo request of one byte", of(1, &[8])),
        ("echo reply", of(1, &seal(&[], &echo(0, 0, b"data"), 2))),
        (
            "timestamp request",
            of(1, &seal(&[], &echo(13, 0, &[0; 12]), 2)),
        ),
        ("TCP SYN", of(6, &syn)),
        ("UDP, closed port", ip.udp(5000, 33434, b"data")),
        (
            "UDP, wrong checksum",
            patched(ip.udp(5000, 33434, b"data"), 40, &[1, 2]),
        ),
        (
            "UDP, wrong length",
            patched(ip.udp(5000, 33434, b"data"), 38, &[255, 255]),
        ),
        ("UDP, cut header", of(17, &[0, 9])),
        ("UDP echo", ip.udp(5000, 7, b"data")),
        ("UDP discard", ip.udp(5000, 9, b"data")),
        ("UDP of another echo host", ip.udp(7, 7, b"data")),
        ("no message", of(47, b"")),
        ("ICMPv6", of(58, &echo(1, 0, b""))),
        ("options", options.udp(5000, 33434, b"data")),
        ("first fragment", fragment(0x2000)),
        ("first fragment, DF", fragment(0x6000)),
        ("do not fragment", fragment(0x4000)),
    ] {
        let expected = framed(IPV4, &error4(&frame[14..], router4(17), TIME_EXCEEDED));
        assert_eq!(ask_behind(17, &frame), Ok(expected.clone()), "{name}");
        let padded = cat(&[&frame, &[0x5a; 50]]);
        assert_eq!(
            ask_behind(17, &padded),
            Ok(expected.clone()),
            "{name}: padding"
        );
        let tags = [(0x88a8, 0x2005), (0x8100, 0x6007)];
        let reply = ask_behind(17, &with_tags(&frame, &tags));
        assert_eq!(reply, Ok(with_tags(&expected, &tags)), "{name}: tags");
    }
}

#[test]
fn no_error_ipv4() {
    let ip = Ip4::default();
    let of = |ip: Ip4| ip.udp(5000, 33434, b"data");
    let icmp = |kind| ip.frame(&seal(&[], &echo(kind, 0, &ping4(b"")[14..]), 2));
    let options = |options: &[u8]| {
        of(Ip4 {
            options: options.to_vec(),
            ..ip.clone()
        })
    };
    let broadcast = |frame| patched(frame, 0, &BROADCAST);
    let group = |frame| patched(frame, 0, &[1, 0, 0x5e, 0, 0, 1]);
    let mut cases = vec![
        ("loose source route", options(&[131, 7, 4, 10, 0, 0, 1, 0])),
        (
            "from the router",
            of(Ip4 {
                src: router4(17),
                ..ip.clone()
            }),
        ),
        (
            "from multicast",
            of(Ip4 {
                src: [224, 0, 0, 1],
                ..ip.clone()
            }),
        ),
        (
            "from nowhere",
            of(Ip4 {
                src: [0; 4],
                ..ip.clone()
            }),
        ),
        (
            "from its destination",
            of(Ip4 {
                src: HOST4,
                ..ip.clone()
            }),
        ),
        (
            "to broadcast",
            of(Ip4 {
                dst: [255; 4],
                ..ip.clone()
            }),
        ),
        (
            "to multicast",
            of(Ip4 {
                dst: [239, 1, 1, 1],
                ..ip.clone()
            }),
        ),
        ("in a broadcast", broadcast(of(ip.clone()))),
        ("in a multicast", group(of(ip.clone()))),
        ("for another host", patched(of(ip.clone()), 5, &[99])),
    ];
    cases.extend([3, 4, 5, 11, 12].map(|kind| ("ICMP error", icmp(kind))));
    refused_behind(17, Ignored, cases);
    let later = |fragment| {
        (
            "later",
            of(Ip4 {
                fragment,
                ..ip.clone()
            }),
        )
    };
    refused_behind(
        17,
        Fragment,
        [0x0001, 0x2001, 0x1fff, 0x3000].map(later).into(),
    );
    let bad = |frame, at: usize, bytes: &[u8]| patched(frame, 14 + at, bytes);
    refused_behind(
        17,
        BadChecksum,
        vec![("TTL", bad(of(ip.clone()), 8, &[16]))],
    );
    let malformed = vec![
        ("empty ICMP", ip.frame(b"")),
        ("too long", patched4(of(ip.clone()), 2, &[0, 33])),
        ("cut", cut(of(ip.clone()), 14 + 31)),
        ("option", options(&[7, 5, 4, 0])),
    ];
    refused_behind(17, Malformed, malformed);
    assert!(ask_behind(17, &of(ip.clone())).is_ok());
}
