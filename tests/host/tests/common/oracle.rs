// SPDX-License-Identifier: GPL-2.0

//! A second opinion: the reply that a frame must get, or none, from the rules as issue 2 tells them.
//!
//! Written the other way round than the host: it indexes, copies, builds replies with the builders
//! of the tests, and does not care why there is no reply.

use super::*;

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

pub fn expected(f: &[u8]) -> Option<Vec<u8>> {
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
        0x0800 if dst == HOST => ipv4(packet)?,
        0x86dd => ipv6(packet, dst, src)?,
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

fn ipv4(p: &[u8]) -> Option<Vec<u8>> {
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
    let fragment = word(p, 6)? & 0x3fff != 0;
    if !unicast4(src) || !unicast4(dst) || src == dst || fragment {
        return None;
    }
    let message = &p[header..total];
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

fn udp_echo(m: &[u8], pseudo: &[u8], unsummed: bool) -> Option<Vec<u8>> {
    let (src, dst, len, check) = (word(m, 0)?, word(m, 2)?, word(m, 4)?, word(m, 6)?);
    if usize::from(len) != m.len() || dst != 7 || src == 7 || src == 0 {
        return None;
    }
    let valid = match check {
        0 => unsummed,
        _ => sum(&cat(&[pseudo, m])) == 0xffff,
    };
    valid.then(|| udp(pseudo, 7, src, &m[8..]))
}

fn ipv6(p: &[u8], to: [u8; 6], from: [u8; 6]) -> Option<Vec<u8>> {
    if p.len() < 40 || p[0] / 16 != 6 {
        return None;
    }
    let (src, dst): ([u8; 16], [u8; 16]) = (p[8..24].try_into().ok()?, p[24..40].try_into().ok()?);
    let payload = p.get(40..40 + usize::from(word(p, 4)?))?;
    if !unicast6(src) || src == dst {
        return None;
    }
    let (protocol, m) = behind_extensions(p[6], payload)?;
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
        17 => udp_echo(m, &pseudo, false)?,
        _ => return None,
    };
    Some(ip.packet(&reply))
}

fn behind_extensions(first: u8, payload: &[u8]) -> Option<(u8, &[u8])> {
    let (mut next, mut p, mut n) = (first, payload, 0);
    while next == 60 || (next == 0 && n == 0) {
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
        n += 1;
        if at != len || n > 4 {
            return None;
        }
        (next, p) = (header[0], &p[len..]);
    }
    Some((next, p))
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
