// SPDX-License-Identifier: GPL-2.0

//! The routers before the echo host: a byte that says how many, and a frame, which is sent with
//! each TTL in turn as `traceroute` does. No oracle here, only what must be true of the answers to
//! the same packet with another TTL: the first ones are of router 1, 2, 3 …, as many as there are,
//! the others of the host, and all alike.

#![no_main]

#[path = "../input.rs"]
mod input;
#[allow(dead_code)]
#[path = "../../../vnet_rs"]
mod vnet_rs {
    pub(crate) mod cable {
        pub(crate) mod echo;
        pub(crate) mod ethernet;
        pub(crate) mod prefix;
    }
}
#[path = "../../host/tests/common/mod.rs"]
mod common;

use common::{
    agrees::repair,
    ask_behind,
    oracle_error::{
        router4,
        router6, //
    }, //
};

/// Where things are in a frame of one version of IP.
struct Places {
    packet: usize,
    ttl: usize,
    source: std::ops::Range<usize>,
}

/// Where they are in this frame, if it has an IP header.
fn places(frame: &[u8]) -> Option<Places> {
    let mut at = 12;
    while at < 20 && matches!(frame.get(at..at + 2)?, [0x81, 0] | [0x88, 0xa8]) {
        at += 4;
    }
    let packet = at + 2;
    let (ttl, source, header) = match frame.get(at..packet)? {
        [8, 0] => (packet + 8, packet + 12..packet + 16, 20),
        [0x86, 0xdd] => (packet + 7, packet + 8..packet + 24, 40),
        _ => return None,
    };
    frame.get(..packet + header)?;
    Some(Places {
        packet,
        ttl,
        source,
    })
}

/// The source address of router `number`, in the version that has so long addresses.
fn router(number: u8, len: usize) -> Vec<u8> {
    match len {
        4 => router4(number).to_vec(),
        _ => router6(number).to_vec(),
    }
}

/// What a packet that ends at router `ttl` gets for an answer.
fn check_router(places: &Places, ttl: u8, frame: &[u8], reply: &[u8]) {
    let number = router(ttl.max(1), places.source.len());
    assert_eq!(reply[places.source.clone()], number, "TTL {ttl}");
    assert_ne!(frame[places.source.clone()], number, "to a router");
    // It quotes the packet as it came.
    let (header, kinds) = match number.len() {
        4 => (20, [11, 0]),
        _ => (40, [3, 0]),
    };
    let error = &reply[places.packet + header..];
    assert_eq!(error[..2], kinds);
    let asked = &frame[places.packet..];
    let quote = &error[8..];
    let same = quote.iter().zip(asked).take_while(|(a, b)| a == b).count();
    assert!(same >= header, "quotes something else");
}

/// Whether a packet is of one link only, so that no router sees it: a far one would have another
/// answer from each router.
fn is_near(places: &Places, hops: u8, last: &Option<Vec<u8>>, first: &Option<Vec<u8>>) -> bool {
    let source = |reply: &Option<Vec<u8>>| Some(reply.as_ref()?[places.source.clone()].to_vec());
    hops == 0 || (first.is_some() && source(last) == source(first))
}

input::fuzz_target!(|data: &[u8]| {
    let Some((hops, frame)) = data.split_first() else {
        return;
    };
    let Some(places) = places(frame) else {
        return;
    };
    let hops = hops % 24;
    let ask = |ttl| {
        let mut frame = frame.to_vec();
        frame[places.ttl] = ttl;
        repair(&mut frame);
        let reply = ask_behind(hops, &frame).ok();
        (frame, reply)
    };
    let (_, last) = ask(200);
    let (_, first) = ask(1);
    if is_near(&places, hops, &last, &first) {
        return;
    }
    for ttl in 0..=hops {
        let (frame, reply) = ask(ttl);
        match reply {
            Some(reply) => check_router(&places, ttl, &frame, &reply),
            // Router 1 has had nothing to say either, or it is this router who asks.
            None => assert!(
                first.is_none()
                    || frame[places.source.clone()] == router(ttl.max(1), places.source.len())
            ),
        }
    }
    for ttl in hops + 1..hops + 4 {
        let (_, reply) = ask(ttl);
        assert_eq!(reply.is_some(), last.is_some(), "TTL {ttl}");
        if let (Some(reply), Some(last)) = (reply, &last) {
            assert_eq!(reply[places.source.clone()], last[places.source.clone()]);
        }
    }
});
