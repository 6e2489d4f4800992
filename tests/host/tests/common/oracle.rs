// SPDX-License-Identifier: GPL-2.0

//! A second opinion: the reply that a frame must get, or none, from the rules as issue 2 tells them.
//!
//! Written the other way round than the host: it indexes, copies, builds replies with the builders
//! of the tests, and does not care why there is no reply.

use super::*;

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// The reply of the host on the wire.
pub fn expected(f: &[u8]) -> Option<Vec<u8>> {
    expected_behind(0, f)
}

/// The reply of the host behind `hops` routers, or of one of them.
pub fn expected_behind(hops: u8, f: &[u8]) -> Option<Vec<u8>> {
    let dst: [u8; 6] = f.get(0..6)?.try_into().ok()?;
    let src: [u8; 6] = f.get(6..12)?.try_into().ok()?;
    if (dst != HOST && dst[0] % 2 == 0) || src[0] % 2 == 1 || src == [0; 6] || src == HOST {
        return None;
    }
    let mut at = 12;
    while at < 20 && [0x8100, 0x88a8].contains(&word(f, at)?) {
        at += 4;
    }
    let packet = f.get(at + 2..)?;
    let reply = match word(f, at)? {
        0x0806 if dst == HOST || dst == BROADCAST => arp(packet, src)?,
        0x0800 if dst == HOST => ipv4(packet, hops)?,
        0x86dd => ipv6(packet, dst, src, hops)?,
        _ => return None,
    };
    let mut out = cat(&[&src, &HOST, &f[12..at + 2], &reply]);
    if out.len() < 60 {
        out.resize(60, 0);
    }
    Some(out)
}

fn unicast4(a: [u8; 4]) -> bool {
    a[0] != 0 && a[0] != 127 && a[0] < 224
}

fn unicast6(a: [u8; 16]) -> bool {
    a[0] != 255 && u128::from_be_bytes(a) > 1
}

fn arp(p: &[u8], src: [u8; 6]) -> Option<Vec<u8>> {
    if p.len() < 28 || p[..8] != [0, 1, 8, 0, 6, 4, 0, 1] || p[8..14] != src {
        return None;
    }
    let (spa, tpa): ([u8; 4], [u8; 4]) = (p[14..18].try_into().ok()?, p[24..28].try_into().ok()?);
    if !unicast4(spa) || !unicast4(tpa) || spa == tpa {
        return None;
    }
    let reply = Arp {
        op: 2,
        sha: HOST,
        spa: tpa,
        tha: src,
        tpa: spa,
        ..Arp::default()
    };
    Some(reply.packet())
}

fn ipv4(p: &[u8], hops: u8) -> Option<Vec<u8>> {
    let header = usize::from(p.first()? & 15) * 4;
    let total = usize::from(word(p, 2)?);
    if p[0] / 16 != 4 || header < 20 || total < header || p.len() < total {
        return None;
    }
    if sum(&p[..header]) != 0xffff {
        return None;
    }
    let mut at = 20;
    while at < header && p[at] != 0 {
        if p[at] == 1 {
            at += 1;
            continue;
        }
        if at + 1 == header || p[at + 1] < 2 || at + usize::from(p[at + 1]) > header {
            return None;
        }
        if p[at] == 131 || p[at] == 137 {
            return None;
        }
        at += usize::from(p[at + 1]);
    }
    let (src, dst): ([u8; 4], [u8; 4]) = (p[12..16].try_into().ok()?, p[16..20].try_into().ok()?);
    if !unicast4(src) || !unicast4(dst) || src == dst {
        return None;
    }
    let message = &p[header..total];
    if oracle_error::ends4(p, hops) {
        return oracle_error::expired4(&p[..total], message);
    }
    if word(p, 6)? & 0x3fff != 0 {
        return None;
    }
    let ip = Ip4 {
        tos: p[1] & !3,
        id: 0,
        fragment: 0x4000,
        ttl: 64,
        protocol: p[9],
        ..Ip4::default()
    };
    let ip = Ip4 {
        src: dst,
        dst: src,
        ..ip
    };
    let pseudo = pseudo4(dst, src, 17, message.len());
    let reply = match p[9] {
        1 => icmp(message, &[], 8, 0)?,
        17 if hops > 0 && is_closed(message) => {
            udp_is_right(message, &pseudo, true)?;
            return Some(oracle_error::error4(&p[..total], dst, [3, 3]));
        }
        17 => udp_echo(message, &pseudo, true)?,
        _ => return None,
    };
    Some(ip.packet(&reply))
}

fn icmp(m: &[u8], pseudo: &[u8], request: u8, reply: u8) -> Option<Vec<u8>> {
    if m.len() < 8 || m[0] != request || m[1] != 0 || sum(&cat(&[pseudo, m])) != 0xffff {
        return None;
    }
    Some(seal(pseudo, &cat(&[&[reply, 0, 0, 0], &m[4..]]), 2))
}

fn is_closed(m: &[u8]) -> bool {
    word(m, 2).is_some_and(|port| port != 7 && port != 9)
}

fn udp_is_right(m: &[u8], pseudo: &[u8], unsummed: bool) -> Option<()> {
    let (src, len, check) = (word(m, 0)?, word(m, 4)?, word(m, 6)?);
    let valid = match check {
        0 => unsummed,
        _ => sum(&cat(&[pseudo, m])) == 0xffff,
    };
    (valid && usize::from(len) == m.len() && src != 7 && src != 0).then_some(())
}

fn udp_echo(m: &[u8], pseudo: &[u8], unsummed: bool) -> Option<Vec<u8>> {
    udp_is_right(m, pseudo, unsummed)?;
    (word(m, 2)? == 7).then(|| udp(pseudo, 7, word(m, 0).unwrap(), &m[8..]))
}

fn ipv6(p: &[u8], to: [u8; 6], from: [u8; 6], hops: u8) -> Option<Vec<u8>> {
    if p.len() < 40 || p[0] / 16 != 6 {
        return None;
    }
    let (src, dst): ([u8; 16], [u8; 16]) = (p[8..24].try_into().ok()?, p[24..40].try_into().ok()?);
    let payload = p.get(40..40 + usize::from(word(p, 4)?))?;
    if !unicast6(src) || src == dst {
        return None;
    }
    let whole = &p[..40 + payload.len()];
    let (protocol, m, fragment) = behind_extensions(p[6], payload)?;
    if to == HOST && unicast6(dst) && oracle_error::ends6(p, protocol, m, hops) {
        return oracle_error::expired6(whole, protocol, m);
    }
    if fragment {
        return None;
    }
    let ip = Ip6 {
        class: (word(p, 0)? >> 4) as u8 & !3,
        hop_limit: 64,
        protocol,
        ..Ip6::default()
    };
    let ip = Ip6 {
        src: dst,
        dst: src,
        ..ip
    };
    let pseudo = pseudo6(dst, src, protocol, m.len());
    if protocol == 58 && m.first() == Some(&135) {
        return solicited(p, m, to, from);
    }
    if to != HOST || !unicast6(dst) {
        return None;
    }
    let reply = match protocol {
        58 => icmp(m, &pseudo, 128, 129)?,
        17 if hops > 0 && is_closed(m) => {
            udp_is_right(m, &pseudo, false)?;
            return Some(oracle_error::error6(whole, dst, [1, 4]));
        }
        17 => udp_echo(m, &pseudo, false)?,
        _ => return None,
    };
    Some(ip.packet(&reply))
}

/// Protocol, message, and whether it is a first fragment.
fn behind_extensions(first: u8, payload: &[u8]) -> Option<(u8, &[u8], bool)> {
    let (mut next, mut p, mut n, mut fragment) = (first, payload, 0, false);
    while next == 60 || next == 44 || (next == 0 && n == 0) {
        n += 1;
        if n > 4 {
            return None;
        }
        if next == 44 {
            if word(p, 2)? >= 8 || p.len() < 8 {
                return None;
            }
            (next, p, fragment) = (p[0], &p[8..], true);
            continue;
        }
        let len = usize::from(*p.get(1)?) * 8 + 8;
        let header = p.get(..len)?;
        let mut at = 2;
        while at < len {
            if header[at] >= 64 {
                return None;
            }
            at += if header[at] == 0 {
                1
            } else {
                2 + usize::from(*header.get(at + 1)?)
            };
        }
        if at != len {
            return None;
        }
        (next, p) = (header[0], &p[len..]);
    }
    Some((next, p, fragment))
}

fn solicited(p: &[u8], m: &[u8], to: [u8; 6], from: [u8; 6]) -> Option<Vec<u8>> {
    let (src, dst): ([u8; 16], [u8; 16]) = (p[8..24].try_into().ok()?, p[24..40].try_into().ok()?);
    let target: [u8; 16] = m.get(8..24)?.try_into().ok()?;
    let group = cat(&[&GROUP6[..13], &target[13..]]);
    let group_mac = cat(&[&[0x33, 0x33, 0xff], &target[13..]]);
    let to_group = dst[..] == group[..] && (to == HOST || to[..] == group_mac[..]);
    if m[1] != 0 || p[7] != 255 || !unicast6(target) || target == src {
        return None;
    }
    if !to_group && (dst != target || to != HOST) {
        return None;
    }
    let mut options = &m[24..];
    // The last source address option is the one that counts.
    let mut source = None;
    while !options.is_empty() {
        let len = usize::from(*options.get(1)?) * 8;
        if len == 0 || len > options.len() {
            return None;
        }
        if options[0] == 1 {
            source = Some(&options[2..8]);
        }
        options = &options[len..];
    }
    let valid = sum(&cat(&[&pseudo6(src, dst, 58, m.len()), m])) == 0xffff;
    if !valid || source.is_some_and(|mac| mac != from) {
        return None;
    }
    let reply = cat(&[&[136, 0, 0, 0, 0x60, 0, 0, 0], &target, &[2, 1], &HOST]);
    let ip = Ip6 {
        class: (word(p, 0)? >> 4) as u8 & !3,
        hop_limit: 255,
        ..Ip6::default()
    };
    let ip = Ip6 {
        src: target,
        dst: src,
        ..ip
    };
    Some(ip.packet(&seal(&pseudo6(target, src, 58, 32), &reply, 2)))
}
