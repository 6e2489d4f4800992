// SPDX-License-Identifier: GPL-2.0

//! The echo host against the oracle, on frames that nobody chose: every bit flipped, every length
//! cut, random bytes, and valid requests changed in random places with their checksums made right
//! again (or nothing would get past the checksums).

use crate::common::{
    agrees::{
        agrees,
        repair, //
    },
    *, //
};
use proptest::prelude::*;

#[test]
fn every_single_bit_flip() {
    for (_, frame) in packets() {
        for bit in 0..frame.len() * 8 {
            let mut flipped = frame.clone();
            flipped[bit / 8] ^= 0x80 >> (bit % 8);
            agrees(&flipped);
            repair(&mut flipped);
            agrees(&flipped);
        }
    }
}

#[test]
fn a_flipped_bit_under_a_checksum_gets_no_reply() {
    // From the IP header's start: the IPv4 header and everything in it that is summed.
    for (name, frame) in requests() {
        let summed = name.starts_with("ping4") || name == "udp4";
        let at = if name.contains("tagged") { 22 } else { 14 };
        for bit in (at * 8..frame.len() * 8).filter(|_| summed) {
            let mut flipped = frame.clone();
            flipped[bit / 8] ^= 0x80 >> (bit % 8);
            assert!(ask(&flipped).is_err(), "{name}: bit {bit}");
        }
    }
}

#[test]
fn every_byte_with_every_value_in_the_headers() {
    for (_, frame) in packets() {
        for at in 0..frame.len().min(110) {
            for value in 0..=255 {
                let mut changed = frame.clone();
                changed[at] = value;
                repair(&mut changed);
                agrees(&changed);
            }
        }
    }
}

#[test]
fn every_truncation() {
    for (name, frame) in requests() {
        for len in 0..frame.len() {
            let mut short = frame[..len].to_vec();
            assert!(!agrees(&short), "{name} cut to {len}");
            repair(&mut short);
            assert!(!agrees(&short), "{name} cut to {len}");
        }
        assert!(agrees(&frame));
        assert!(agrees(&cat(&[&frame, &[0x5a; 100]])), "{name} with padding");
    }
}

/// Bytes that mean something somewhere in these protocols.
fn telling_byte() -> impl Strategy<Value = u8> {
    let telling = vec![
        0, 1, 2, 4, 6, 7, 8, 17, 44, 58, 60, 127, 128, 131, 135, 137, 224, 254, 255,
    ];
    prop_oneof![3 => proptest::sample::select(telling), 1 => any::<u8>()]
}

fn request() -> impl Strategy<Value = Vec<u8>> {
    let frames: Vec<_> = packets().into_iter().map(|(_, frame)| frame).collect();
    proptest::sample::select(frames)
}

fn data() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..1500)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        agrees(&bytes);
    }

    #[test]
    fn random_bytes_behind_the_right_address(
        kind in proptest::sample::select(vec![ARP, IPV4, IPV6, 0x8100]),
        first in telling_byte(),
        bytes in proptest::collection::vec(telling_byte(), 0..120),
    ) {
        let mut frame = to_host(kind, &cat(&[&[first], &bytes]));
        agrees(&frame);
        repair(&mut frame);
        agrees(&frame);
    }

    #[test]
    fn changed_requests(
        frame in request(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), telling_byte()), 1..6),
        len in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let mut frame = frame;
        for (at, value) in changes {
            let at = at.index(frame.len());
            frame[at] = value;
        }
        if cut {
            frame.truncate(len.index(frame.len()));
        }
        agrees(&frame);
        repair(&mut frame);
        agrees(&frame);
    }

    #[test]
    fn random_options(options in proptest::collection::vec(telling_byte(), 0..=40), nd in any::<bool>()) {
        let ip4 = Ip4 { options: options.clone(), ..Ip4::default() };
        agrees(&ip4.frame(&seal(&[], &echo(8, 0, b"data"), 2)));
        let units = (options.len() + 1).div_ceil(8);
        let mut body = cat(&[&[units.saturating_sub(1) as u8], &options]);
        body.resize(units * 8 - 1, 0);
        let ip6 = Ip6 { extensions: vec![(if nd { 60 } else { 0 }, body)], ..Ip6::default() };
        agrees(&ip6.icmp(&echo(128, 0, b"data")));
        agrees(&solicit_ip().icmp(&solicit(HOST6, &options)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn valid_requests_get_replies(
        data in data(), port in 8u16.., class: u8, src4: [u8; 4], dst4: [u8; 4], padding in 0usize..64,
        src6: [u8; 16], dst6: [u8; 16], source: [u8; 6],
    ) {
        let unicast = |a: [u8; 4]| a[0] != 0 && a[0] != 127 && a[0] < 224;
        prop_assume!(unicast(src4) && unicast(dst4) && src4 != dst4);
        prop_assume!(src6[0] != 255 && dst6[0] != 255);
        let ip4 = Ip4 { src: src4, dst: dst4, tos: class, ..Ip4::default() };
        let ip6 = Ip6 { src: src6, dst: dst6, class, ..Ip6::default() };
        for mut frame in [
            ip4.frame(&seal(&[], &echo(8, 0, &data), 2)),
            ip4.udp(port, 7, &data),
            ip6.icmp(&echo(128, 0, &data)),
            ip6.udp(port, 7, &data),
        ] {
            frame[6] = source[0] & 0xfe;
            frame[7..12].copy_from_slice(&source[1..]);
            frame.extend(vec![0xcc; padding]);
            prop_assert!(agrees(&frame));
        }
    }
}
