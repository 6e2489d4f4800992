// SPDX-License-Identifier: GPL-2.0

//! What the echo host behind routers says of UDP ports at which nobody listens; and how much of a
//! packet all errors quote.
//!
//! Read next: `echo_props.rs`.

use crate::common::{
    oracle_error::*,
    refused::*,
    *, //
};
use crate::vnet_rs::cable::echo::NoReply::*;

const UNREACHABLE4: [u8; 2] = [3, 3];
const UNREACHABLE6: [u8; 2] = [1, 4];

#[test]
fn port_unreachable() {
    let tags = [(0x8100, 5)];
    for port in [0, 1, 6, 8, 10, 33434, 0x0700, 65535] {
        let plain = Ip4::default().udp(5000, port, b"data");
        let unsummed = patched(plain.clone(), 40, &[0, 0]);
        let options = Ip4 {
            options: vec![1; 8],
            ..Ip4::default()
        }
        .udp(5000, port, b"odd");
        for frame in [plain, unsummed, options] {
            let expected = framed(IPV4, &error4(&frame[14..], HOST4, UNREACHABLE4));
            assert_eq!(ask_behind(16, &frame), Ok(expected.clone()), "{port}");
            let tagged = ask_behind(1, &with_tags(&frame, &tags));
            assert_eq!(tagged, Ok(with_tags(&expected, &tags)));
            assert_eq!(ask(&frame), Err(Ignored), "no router");
        }
        let extended = Ip6 {
            extensions: vec![(0, vec![0, 1, 4, 0, 0, 0, 0])],
            ..far6()
        };
        for ip in [far6(), Ip6::default(), extended] {
            let frame = ip.udp(5000, port, b"data");
            let expected = framed(IPV6, &error6(&frame[14..], ip.dst, UNREACHABLE6));
            assert_eq!(ask_behind(16, &frame), Ok(expected), "{port}");
            assert_eq!(ask(&frame), Err(Ignored), "no router");
        }
    }
}

#[test]
fn port_not_unreachable() {
    let (ip4, ip6) = (Ip4::default(), far6());
    let both = |src, dst| {
        [
            ("4", ip4.udp(src, dst, b"data")),
            ("6", ip6.udp(src, dst, b"data")),
        ]
    };
    for (src, dst) in [(5000, 9), (0, 33434), (7, 33434), (7, 7), (7, 9)] {
        refused_behind(16, Ignored, both(src, dst).into());
    }
    for (_, frame) in both(5000, 7) {
        assert_eq!(ask_behind(16, &frame), ask(&frame), "echo");
        assert!(ask(&frame).is_ok());
    }
    let [(_, four), (_, six)] = both(5000, 33434);
    let spoilt = vec![
        ("data", patched(four.clone(), 42, b"D")),
        ("source", patched4(four.clone(), 12, &[10])),
        ("data6", patched(six.clone(), 62, b"D")),
        ("no checksum6", patched(six.clone(), 60, &[0, 0])),
    ];
    refused_behind(16, BadChecksum, spoilt);
    let lengths = vec![
        ("less", patched(four.clone(), 38, &[0, 11])),
        ("more", patched(four, 38, &[0, 13])),
        ("more6", patched(six, 58, &[0, 13])),
    ];
    refused_behind(16, Malformed, lengths);
    let first = Ip4 {
        fragment: 0x2000,
        ..ip4.clone()
    };
    refused_behind(
        16,
        Fragment,
        vec![("first", first.udp(5000, 33434, b"data"))],
    );
    let tcp = Ip4 { protocol: 6, ..ip4 }.frame(&[0; 20]);
    refused_behind(16, Ignored, vec![("TCP", tcp)]);
}

#[test]
fn errors_quote_what_fits() {
    let data: Vec<u8> = (0..9000u32).map(|i| (i * 7 + i / 256) as u8).collect();
    for size in (0..1400).chain([8900, 8952]) {
        let four = Ip4::default().udp(5000, 33434, &data[..size]);
        let six = far6().udp(5000, 33434, &data[..size]);
        for hops in [16, 17] {
            let reply = ask_behind(hops, &four).unwrap();
            let len = (14 + 28 + 28 + size).clamp(60, 14 + 576);
            assert_eq!(reply.len(), len);
            let end = len.min(14 + 28 + 28 + size);
            assert_eq!(reply[42..end], four[14..end - 28], "{size}");
            let reply = ask_behind(hops, &six).unwrap();
            let len = (14 + 48 + 48 + size).min(14 + 1280);
            assert_eq!(reply.len(), len);
            assert_eq!(reply[62..], six[14..len - 48], "{size}");
        }
    }
}
