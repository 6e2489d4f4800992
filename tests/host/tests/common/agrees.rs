// SPDX-License-Identifier: GPL-2.0

//! Whether the echo host does what the oracle says, and what every reply must be whatever the oracle
//! says. `repair()` gets frames that nobody chose past the checksums.
//!
//! The property tests and the fuzzer (tests/fuzz) share it.

use super::*;
use crate::vnet_rs::cable::echo::NoReply::Ignored;

/// The same behind no router, behind one less than needed to stop a request of ours (but for
/// solicitations), and behind many; returns whether there is a reply of a host behind none.
pub fn agrees(frame: &[u8]) -> bool {
    for hops in [0, 16, 255] {
        agrees_behind(hops, frame);
    }
    ask(frame).is_ok()
}

/// The reply is the oracle's, or there is none where the oracle has none; returns it.
pub fn agrees_behind(hops: u8, frame: &[u8]) -> Option<Vec<u8>> {
    let reply = ask_behind(hops, frame).ok();
    let expected = oracle::expected_behind(hops, frame);
    assert_eq!(reply, expected, "{hops} {frame:02x?}");
    if let Some(reply) = &reply {
        check_reply(frame, reply);
        ends(hops, reply);
    }
    reply
}

/// A reply gets no reply, neither of a host with the same address nor of another one: or the two
/// would never stop. Only that its time is exceeded may be said, once.
fn ends(hops: u8, reply: &[u8]) {
    assert_eq!(ask_behind(hops, reply), Err(Ignored));
    let answer = ask_behind(hops, &sent_back(reply));
    if let Ok(error) = &answer {
        assert!(hops >= 64, "a reply was answered: {reply:02x?}");
        let again = ask_behind(hops, &sent_back(error)).ok();
        assert_eq!(again, None, "an error was answered: {error:02x?}");
    }
}

/// What every reply has in common.
fn check_reply(frame: &[u8], reply: &[u8]) {
    assert!(reply.len() >= 60 && reply.len() <= frame.len().max(60) + 48);
    assert_eq!(reply[..6], frame[6..12]);
    assert_eq!(reply[6..12], HOST);
    assert_eq!(reply[0] & 1, 0, "a reply to a group of stations");
    let at = behind_tags(reply);
    assert_eq!(reply[12..at], frame[12..at]);
    let (asked, packet) = (&frame[at..], &reply[at..]);
    let end = match reply[at - 2..at] {
        [8, 6] => 28,
        [8, 0] => check_reply4(asked, packet),
        _ => check_reply6(asked, packet),
    };
    assert!(packet[end..].iter().all(|&byte| byte == 0), "padding");
}

/// Where a reply's packet starts. A reply is long enough to be looked at.
fn behind_tags(reply: &[u8]) -> usize {
    let mut at = 12;
    while [[0x81, 0], [0x88, 0xa8]].contains(&[reply[at], reply[at + 1]]) {
        at += 4;
    }
    at + 2
}

/// Returns where the packet ends.
fn check_reply4(asked: &[u8], packet: &[u8]) -> usize {
    assert_eq!(sum(&packet[..20]), 0xffff);
    assert_eq!(packet[16..20], asked[12..16], "not to who has asked");
    assert!(packet[16] < 224 && packet[16] != 0, "not to one host");
    let end = usize::from(packet[2]) * 256 + usize::from(packet[3]);
    let len = ((end - 20) as u16).to_be_bytes();
    let pseudo = match packet[9] {
        17 => cat(&[&packet[12..20], &[0, 17], &len]),
        _ => vec![],
    };
    assert_eq!(sum(&cat(&[&pseudo, &packet[20..end]])), 0xffff);
    let longest = match packet[20] {
        3 | 11 if packet[9] == 1 => 576,
        _ => usize::from(asked[2]) * 256 + usize::from(asked[3]),
    };
    assert!(end <= longest, "{end} bytes, not {longest}");
    end
}

/// Returns where the packet ends.
fn check_reply6(asked: &[u8], packet: &[u8]) -> usize {
    assert_eq!(packet[24..40], asked[8..24], "not to who has asked");
    assert_ne!(packet[24], 255, "not to one host");
    let end = 40 + usize::from(packet[4]) * 256 + usize::from(packet[5]);
    let pseudo = cat(&[&packet[8..40], &packet[4..6], &[0, packet[6]]]);
    assert_eq!(sum(&cat(&[&pseudo, &packet[40..end]])), 0xffff);
    let longest = match packet[40] {
        1 | 3 if packet[6] == 58 => 1280,
        136 if packet[6] == 58 => 72,
        _ => 40 + usize::from(asked[4]) * 256 + usize::from(asked[5]),
    };
    assert!(end <= longest, "{end} bytes, not {longest}");
    end
}

/// Makes the checksums right wherever headers can still be found.
pub fn repair(frame: &mut [u8]) {
    let mut at = 12;
    while at < 20 && matches!(frame.get(at..at + 2), Some([0x81, 0] | [0x88, 0xa8])) {
        at += 4;
    }
    let (headers, packet) = frame.split_at_mut((at + 2).min(frame.len()));
    if headers.ends_with(&[8, 0]) && packet.len() >= 20 {
        seal4(packet);
        repair4(packet);
    } else if headers.ends_with(&[0x86, 0xdd]) && packet.len() >= 40 {
        repair6(packet);
    }
}

fn repair4(packet: &mut [u8]) {
    let start = usize::from(packet[0] & 15) * 4;
    let end = usize::from(packet[2]) * 256 + usize::from(packet[3]);
    if start < 20 || start > end || end > packet.len() {
        return;
    }
    let (header, message) = packet[..end].split_at_mut(start);
    let len = (message.len() as u16).to_be_bytes();
    let pseudo = cat(&[&header[12..20], &[0, 17], &len]);
    match header[9] {
        1 if message.len() >= 4 => message.copy_from_slice(&seal(&[], message, 2)),
        17 if message.len() >= 8 => message.copy_from_slice(&seal(&pseudo, message, 6)),
        _ => {}
    }
}

fn repair6(packet: &mut [u8]) {
    let end = 40 + usize::from(packet[4]) * 256 + usize::from(packet[5]);
    if end > packet.len() {
        return;
    }
    let (header, mut rest) = packet[..end].split_at_mut(40);
    let mut next = header[6];
    while [0, 60].contains(&next) && rest.len() >= 8 {
        let len = (usize::from(rest[1]) * 8 + 8).min(rest.len());
        next = rest[0];
        rest = &mut rest[len..];
    }
    let len = (rest.len() as u32).to_be_bytes();
    let pseudo = cat(&[&header[8..40], &len, &[0, 0, 0, next]]);
    match next {
        58 if rest.len() >= 4 => rest.copy_from_slice(&seal(&pseudo, rest, 2)),
        17 if rest.len() >= 8 => rest.copy_from_slice(&seal(&pseudo, rest, 6)),
        _ => {}
    }
}
