// SPDX-License-Identifier: GPL-2.0

//! The second opinion on ICMP errors: whether a packet ends at a router, and what it or the host
//! says then.

use super::*;

/// Whether an IPv4 packet between two hosts ends at one of `hops` routers.
pub fn ends4(p: &[u8], hops: u8) -> bool {
    let near = [&p[12..14], &p[16..18]].contains(&&[169, 254][..]);
    !near && hops != 0 && p[8] <= hops
}

/// What the router says to that, if anything.
pub fn expired4(p: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let later = (p[6] & 0x1f, p[7]) != (0, 0);
    if later || (p[9] == 1 && [3, 4, 5, 11, 12].contains(message.first()?)) {
        return None;
    }
    let router = router4(if p[8] == 0 { 1 } else { p[8] });
    (p[12..16] != router).then(|| error4(p, router, [11, 0]))
}

/// The error about the packet `p`.
pub fn error4(p: &[u8], from: [u8; 4], kind: [u8; 2]) -> Vec<u8> {
    let quote = &p[..p.len().min(576 - 28)];
    let ip = Ip4 {
        tos: p[1] & !3,
        id: 0,
        fragment: 0x4000,
        ttl: 64,
        src: from,
        dst: p[12..16].try_into().unwrap(),
        ..Ip4::default()
    };
    ip.packet(&seal(&[], &cat(&[&kind, &[0; 6], quote]), 2))
}

/// Whether an IPv6 packet between two hosts ends at one of `hops` routers.
pub fn ends6(p: &[u8], protocol: u8, message: &[u8], hops: u8) -> bool {
    let near = |at: usize| p[at] == 0xfe && (0x80..0xc0).contains(&p[at + 1]);
    let nd = protocol == 58
        && message
            .first()
            .is_some_and(|kind| (133..138).contains(kind));
    !near(8) && !near(24) && !nd && hops != 0 && p[7] <= hops
}

/// What the router says to that, if anything.
pub fn expired6(p: &[u8], protocol: u8, message: &[u8]) -> Option<Vec<u8>> {
    if (protocol == 58 && *message.first()? < 128) || [0, 43, 51, 135, 139, 140].contains(&protocol)
    {
        return None;
    }
    let router = router6(if p[7] == 0 { 1 } else { p[7] });
    (p[8..24] != router).then(|| error6(p, router, [3, 0]))
}

/// The error about the packet `p`.
pub fn error6(p: &[u8], from: [u8; 16], kind: [u8; 2]) -> Vec<u8> {
    let quote = &p[..p.len().min(1280 - 48)];
    let asker: [u8; 16] = p[8..24].try_into().unwrap();
    let ip = Ip6 {
        class: (p[0] << 4 | p[1] >> 4) & !3,
        hop_limit: 64,
        src: from,
        dst: asker,
        ..Ip6::default()
    };
    let pseudo = pseudo6(from, asker, 58, quote.len() + 8);
    ip.packet(&seal(&pseudo, &cat(&[&kind, &[0; 6], quote]), 2))
}

pub fn router4(number: u8) -> [u8; 4] {
    [198, 51, 100, number]
}

pub fn router6(number: u8) -> [u8; 16] {
    [
        0x20, 1, 0x0d, 0xb8, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, number,
    ]
}

/// A packet as its frame comes: padded.
pub fn framed(kind: u16, packet: &[u8]) -> Vec<u8> {
    let mut frame = eth(ASKER, HOST, &[], kind, packet);
    frame.resize(frame.len().max(60), 0);
    frame
}

/// A packet that is not of one link only.
pub fn far6() -> Ip6 {
    Ip6 {
        src: FAR_ASKER6,
        dst: FAR_HOST6,
        ..Ip6::default()
    }
}

/// (routers, TTL, the router at which such a packet ends).
pub const WAYS: [(u8, u8, Option<u8>); 12] = [
    (1, 0, Some(1)),
    (1, 1, Some(1)),
    (1, 2, None),
    (5, 1, Some(1)),
    (5, 4, Some(4)),
    (5, 5, Some(5)),
    (5, 6, None),
    (5, 255, None),
    (254, 255, None),
    (255, 255, Some(255)),
    (0, 0, None),
    (0, 1, None),
];
