// SPDX-License-Identifier: GPL-2.0

//! The echo host answers for some addresses only: ARP and neighbour solicitations, pings, UDP, and
//! what its routers say.

use crate::{
    common::*,
    vnet_rs::cable::{
        echo::{
            Host,
            NoReply, //
        },
        prefix::Prefix, //
    }, //
};
use proptest::prelude::*;

fn only(four: ([u8; 4], u8), six: ([u8; 16], u8)) -> Host {
    Host {
        only4: Prefix::new(four.0, four.1).unwrap(),
        only6: Prefix::new(six.0, six.1).unwrap(),
        ..NEAR
    }
}

/// The first bits of an address, and the same but for the last of these.
fn part<const N: usize>(address: [u8; N], len: u8, wrong: bool) -> ([u8; N], u8) {
    let bit = |at: usize| 0x80 >> (at % 8);
    let mut part = [0; N];
    for at in 0..usize::from(len) {
        let is_last = at + 1 == usize::from(len);
        part[at / 8] |= (address[at / 8] ^ if wrong && is_last { bit(at) } else { 0 }) & bit(at);
    }
    (part, len)
}

fn is_ipv6(name: &str) -> bool {
    name.contains('6') || name.starts_with("solicitation")
}

#[test]
fn what_is_asked_of_others_is_ignored() {
    for (name, frame) in requests() {
        let full = ask(&frame).unwrap();
        let host6 = if name.ends_with("far") {
            FAR_HOST6
        } else {
            HOST6
        };
        for len in 1..=32 {
            let six = if len == 32 { 128 } else { len * 4 };
            let inside = only(part(HOST4, len, false), part(host6, six, false));
            assert_eq!(ask_host(&inside, &frame), Ok(full.clone()), "{name} /{len}");
            let outside = only(part(HOST4, len, true), part(host6, six, true));
            assert_eq!(
                ask_host(&outside, &frame),
                Err(NoReply::Ignored),
                "{name} /{len}"
            );
        }
    }
}

#[test]
fn each_family_has_its_own() {
    let far4 = only(([203, 0, 113, 0], 24), ([0; 16], 0));
    let far6 = only(([0; 4], 0), part([0x20; 16], 64, false));
    for (name, frame) in requests() {
        assert_eq!(ask_host(&far4, &frame).is_ok(), is_ipv6(name), "{name}");
        assert_eq!(ask_host(&far6, &frame).is_ok(), !is_ipv6(name), "{name}");
    }
}

#[test]
fn routers_obey() {
    for (name, frame) in requests() {
        for hops in [1, 64] {
            let host = Host {
                hops,
                ..only(([203, 0, 113, 0], 24), part([0x20; 16], 64, false))
            };
            assert_eq!(ask_host(&host, &frame), Err(NoReply::Ignored), "{name}");
        }
    }
}

proptest! {
    #[test]
    fn a_prefix_has_what_begins_as_it(address: [u8; 16], other: [u8; 16], len in 0u8..=128) {
        let (first, _) = part(address, len, false);
        let prefix = Prefix::new(first, len).unwrap();
        prop_assert!(prefix.contains(&address));
        let alike = (0..usize::from(len)).all(|at| {
            (address[at / 8] ^ other[at / 8]) & (0x80 >> (at % 8)) == 0
        });
        prop_assert_eq!(prefix.contains(&other), alike);
        prop_assert_eq!(Prefix::new(address, len).is_some(), first == address);
        prop_assert_eq!((prefix.address(), prefix.len()), (first, len));
        prop_assert_eq!(Prefix::new([0; 16], len.saturating_add(128)).is_some(), len == 0);
    }
}
