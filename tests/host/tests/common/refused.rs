// SPDX-License-Identifier: GPL-2.0

//! How to say that frames get no reply, and two more ways to spoil one.

use super::*;

/// Each named frame must get no reply, for the same reason.
pub fn refused(reason: NoReply, cases: Vec<(&str, Vec<u8>)>) {
    refused_behind(0, reason, cases);
}

/// Behind `hops` routers, none of the named frames gets a reply, for the same reason.
pub fn refused_behind(hops: u8, reason: NoReply, cases: Vec<(&str, Vec<u8>)>) {
    for (name, frame) in cases {
        assert_eq!(ask_behind(hops, &frame), Err(reason), "{name}");
    }
}

/// An IPv4 frame with header bytes replaced, its header checksum right again.
pub fn patched4(frame: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut frame = patched(frame, 14 + at, bytes);
    seal4(&mut frame[14..]);
    frame
}

pub fn cut(mut frame: Vec<u8>, len: usize) -> Vec<u8> {
    frame.truncate(len);
    frame
}
