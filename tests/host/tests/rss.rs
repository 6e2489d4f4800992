// SPDX-License-Identifier: GPL-2.0

//! Receive-side scaling against Microsoft's verification table, against a second Toeplitz hash that
//! takes one bit of the input at a time, and on bytes that nobody chose.

use crate::common::*;
use crate::rss_oracle::{
    expected,
    l3,
    l4,
    toeplitz, //
};
use crate::vnet_rs::card::rss::{
    Hash,
    Hasher,
    Indirection,
    Key,
    HEADER_ROOM,
    TABLE, //
};
use proptest::prelude::*;
use std::net::{
    Ipv4Addr,
    Ipv6Addr, //
};

/// The hash of a frame, by a card that has seen no other.
fn hash(key: &Key, frame: &[u8]) -> Option<Hash> {
    Hasher::new(*key).hash(frame)
}

/// The key of "Verifying the RSS Hash Calculation".
const KEY: Key = Key([
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0,
    0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c,
    0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
]);

const TAGS: [(u16, u16); 2] = [(0x88a8, 0x2005), (0x8100, 0x6007)];

fn ports(src: u16, dst: u16) -> Vec<u8> {
    cat(&[&src.to_be_bytes(), &dst.to_be_bytes(), &[0; 16]])
}

/// (destination, port), (source, port), without ports, with them.
type Vector = ((&'static str, u16), (&'static str, u16), u32, u32);

const VECTORS4: [Vector; 5] = [
    (
        ("161.142.100.80", 1766),
        ("66.9.149.187", 2794),
        0x323e8fc2,
        0x51ccc178,
    ),
    (
        ("65.69.140.83", 4739),
        ("199.92.111.2", 14230),
        0xd718262a,
        0xc626b0ea,
    ),
    (
        ("12.22.207.184", 38024),
        ("24.19.198.95", 12898),
        0xd2d0a5de,
        0x5c2b394a,
    ),
    (
        ("209.142.163.6", 2217),
        ("38.27.205.30", 48228),
        0x82989176,
        0xafc7327f,
    ),
    (
        ("202.188.127.2", 1303),
        ("153.39.163.191", 44251),
        0x5d1809c5,
        0x10e828a2,
    ),
];

const VECTORS6: [Vector; 3] = [
    (
        ("3ffe:2501:200:3::1", 1766),
        ("3ffe:2501:200:1fff::7", 2794),
        0x2cc18cd5,
        0x40207d3d,
    ),
    (
        ("ff02::1", 4739),
        ("3ffe:501:8::260:97ff:fe40:efab", 14230),
        0x0f0c461c,
        0xdde51bbf,
    ),
    (
        ("fe80::200:f8ff:fe21:67cf", 38024),
        ("3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251),
        0x4b61e985,
        0x02d1feef,
    ),
];

#[test]
fn verification_table_ipv4() {
    for ((dst, dport), (src, sport), addresses, all) in VECTORS4 {
        let address = |text: &str| text.parse::<Ipv4Addr>().unwrap().octets();
        for protocol in 0..=255 {
            let ip = Ip4 {
                src: address(src),
                dst: address(dst),
                protocol,
                ..Ip4::default()
            };
            let frame = ip.frame(&ports(sport, dport));
            let expected = match protocol {
                6 | 17 => l4(all),
                _ => l3(addresses),
            };
            assert_eq!(hash(&KEY, &frame), expected, "{src} {protocol}");
        }
    }
}

#[test]
fn verification_table_ipv6() {
    for ((dst, dport), (src, sport), addresses, all) in VECTORS6 {
        let address = |text: &str| text.parse::<Ipv6Addr>().unwrap().octets();
        for protocol in 0..=255 {
            let ip = Ip6 {
                src: address(src),
                dst: address(dst),
                protocol,
                ..Ip6::default()
            };
            let frame = ip.frame(&ports(sport, dport));
            let expected = match protocol {
                6 | 17 => l4(all),
                _ => l3(addresses),
            };
            assert_eq!(hash(&KEY, &frame), expected, "{src} {protocol}");
        }
    }
}

/// The first vector as a frame, and its two hashes.
fn first4(ip: Ip4) -> (Vec<u8>, Option<Hash>, Option<Hash>) {
    let ip = Ip4 {
        src: [66, 9, 149, 187],
        dst: [161, 142, 100, 80],
        protocol: 6,
        ..ip
    };
    (ip.frame(&ports(2794, 1766)), l3(0x323e8fc2), l4(0x51ccc178))
}

#[test]
fn no_options_tags_or_padding_change_the_hash() {
    for words in 0..=10 {
        let (frame, _, all) = first4(Ip4 {
            options: vec![1; words * 4],
            ..Ip4::default()
        });
        for frame in [
            cat(&[&frame, &[0xee; 9]]),
            with_tags(&frame, &TAGS[..1]),
            with_tags(&frame, &TAGS[1..]),
            with_tags(&frame, &TAGS),
            with_tags(&frame, &TAGS)[..HEADER_ROOM - 40 + words * 4].to_vec(),
            frame,
        ] {
            assert_eq!(hash(&KEY, &frame), all, "{words} words");
        }
    }
}

#[test]
fn fragments_are_hashed_alike() {
    for (fragment, whole) in [
        (0x4000, true), // do not fragment
        (0x8000, true), // reserved
        (0x2000, false),
        (0x2001, false),
        (0x0001, false),
        (0x1fff, false),
        (0x6000, false),
    ] {
        let (frame, addresses, all) = first4(Ip4 {
            fragment,
            ..Ip4::default()
        });
        let expected = if whole { all } else { addresses };
        assert_eq!(hash(&KEY, &frame), expected, "{fragment:x}");
    }
}

#[test]
fn no_ports_behind_extension_headers() {
    for extension in [0, 43, 44, 51, 60] {
        let ip = Ip6 {
            protocol: 6,
            extensions: vec![(extension, vec![0, 1, 4, 0, 0, 0, 0])],
            ..Ip6::default()
        };
        let expected = l3(toeplitz(&KEY, &cat(&[&ASKER6, &HOST6])));
        assert_eq!(hash(&KEY, &ip.frame(&ports(1, 2))), expected);
    }
}

#[test]
fn what_is_cut_has_no_ports_and_then_no_hash() {
    let (frame4, addresses, all) = first4(Ip4 {
        options: vec![1; 8],
        ..Ip4::default()
    });
    for frame in [frame4.clone(), with_tags(&frame4, &TAGS)] {
        let link = frame.len() - (frame4.len() - 14);
        for len in 0..frame.len() {
            let expected = match len - link.min(len) {
                0..=19 => None,
                20..=31 => addresses,
                _ => all,
            };
            assert_eq!(hash(&KEY, &frame[..len]), expected, "{len}");
        }
    }
    let frame6 = Ip6::default().udp(5000, 7, b"data");
    for len in 0..frame6.len() {
        let expected = match len {
            0..=53 => None,
            54..=57 => l3(toeplitz(&KEY, &frame6[22..54])),
            _ => l4(toeplitz(&KEY, &frame6[22..58])),
        };
        assert_eq!(hash(&KEY, &frame6[..len]), expected, "{len}");
    }
}

#[test]
fn what_is_not_ip_has_no_hash() {
    let (frame4, ..) = first4(Ip4::default());
    let frame6 = Ip6::default().udp(5000, 7, b"data");
    let three = [TAGS[0], TAGS[1], TAGS[1]];
    for (name, frame) in [
        ("ARP", Arp::default().frame()),
        (
            "IPv6 said, IPv4 found",
            patched(frame4.clone(), 12, &[0x86, 0xdd]),
        ),
        (
            "IPv4 said, IPv6 found",
            patched(frame6.clone(), 12, &[8, 0]),
        ),
        ("802.3 length", patched(frame4.clone(), 12, &[0, 60])),
        ("three tags", with_tags(&frame4, &three)),
        ("header length 16", patched(frame4.clone(), 14, &[0x44])),
        ("header length 0", patched(frame4.clone(), 14, &[0x40])),
        ("version 5", patched(frame4.clone(), 14, &[0x55])),
        ("version 7", patched(frame6.clone(), 14, &[0x70])),
        ("tag of a third kind", with_tags(&frame4, &[(0x9100, 1)])),
    ] {
        assert_eq!(hash(&KEY, &frame), None, "{name}");
    }
}

#[test]
fn queues_take_turns() {
    for queues in [1, 2, 3, 8, 64, 127, 128, 129, 65_537, u32::MAX] {
        let table = Indirection::spread(queues);
        let expected: Vec<_> = (0..128).map(|i| i % queues).collect();
        assert_eq!(table.entries().collect::<Vec<_>>(), expected, "{queues}");
        for value in [0, 1, 127, 128, 0xdead_beef, u32::MAX] {
            assert_eq!(table.queue(value), expected[value as usize % 128]);
        }
    }
    assert!(Indirection::spread(0).entries().all(|queue| queue == 0));
}

#[test]
fn a_table_is_replaced_or_kept_whole() {
    let mut table = Indirection::spread(2);
    let entries: Vec<u32> = (0..TABLE as u32).map(|i| (i * 7 + 3) % 16).collect();
    assert!(table.set(&entries, 16));
    assert!(table.entries().eq(entries.iter().copied()));
    assert_eq!(table.queue(TABLE as u32 + 5), entries[5]);

    let with = |at: usize, queue| {
        let mut bad = vec![1; TABLE];
        bad[at] = queue;
        bad
    };
    for (bad, queues) in [
        (vec![], 16),
        (vec![1; TABLE - 1], 16),
        (vec![1; TABLE + 1], 16),
        (with(0, 16), 16),
        (with(127, 16), 16),
        (with(127, 65_536), u32::MAX),
        (with(3, u32::MAX), u32::MAX),
        (vec![0; TABLE], 0),
    ] {
        assert!(!table.set(&bad, queues), "{bad:?} of {queues}");
        assert!(table.entries().eq(entries.iter().copied()), "{bad:?}");
    }
    assert!(table.set(&with(127, 65_535), u32::MAX));
    assert_eq!(table.queue(127), 65_535);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_bytes(key: [[u8; 20]; 2], bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let key = Key(key.concat().try_into().unwrap());
        prop_assert_eq!(hash(&key, &bytes), expected(&key, &bytes));
    }

    #[test]
    fn any_packet(
        key: [[u8; 20]; 2],
        tags in 0usize..4,
        six: bool,
        nibble in 0u8..16,
        protocol in prop_oneof![Just(6), Just(17), any::<u8>()],
        fragment in prop_oneof![3 => Just(0), 1 => any::<u16>()],
        bytes in proptest::collection::vec(any::<u8>(), 10..100),
    ) {
        let key = Key(key.concat().try_into().unwrap());
        let mut packet = bytes;
        packet[6..8].copy_from_slice(&fragment.to_be_bytes());
        packet[if six { 6 } else { 9 }] = protocol;
        packet[0] = if six { 0x60 } else { 0x40 } | nibble;
        let frame = to_host(if six { IPV6 } else { IPV4 }, &packet);
        let frame = with_tags(&frame, &[TAGS[0], TAGS[1], TAGS[0]][..tags]);
        let value = hash(&key, &frame);
        prop_assert_eq!(value, expected(&key, &frame));
        // Nothing behind HEADER_ROOM counts.
        prop_assert_eq!(value, hash(&key, &frame[..frame.len().min(HEADER_ROOM)]));
    }

    /// However many flows there are, and however alike: one bit makes it another.
    #[test]
    fn known_flows_are_not_mistaken(
        key: [[u8; 20]; 2],
        six: bool,
        bits in proptest::collection::vec((0usize..400, 0usize..400), 1..60),
    ) {
        let key = Key(key.concat().try_into().unwrap());
        let mut hasher = Hasher::new(key);
        let first = if six { Ip6::default().udp(5000, 7, b"data") } else { Ip4::default().udp(5000, 7, b"data") };
        for (one, other) in bits {
            let mut frame = first.clone();
            for bit in [one, other].map(|bit| bit % (8 * first.len())) {
                frame[bit / 8] ^= 1 << (bit % 8);
                prop_assert_eq!(hasher.hash(&frame), expected(&key, &frame));
            }
            prop_assert_eq!(hasher.hash(&first), expected(&key, &first));
        }
    }

    #[test]
    fn any_table(entries in proptest::collection::vec(0u32..100, 120..136), queues in 0u32..110) {
        let mut table = Indirection::spread(3);
        let before: Vec<_> = table.entries().collect();
        let good = entries.len() == TABLE && entries.iter().all(|&queue| queue < queues);
        prop_assert_eq!(table.set(&entries, queues), good);
        let after = if good { entries } else { before };
        prop_assert!(table.entries().eq(after));
    }
}
