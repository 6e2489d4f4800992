// SPDX-License-Identifier: GPL-2.0

//! A second Toeplitz hash, which takes one bit of the input at a time, and a second opinion on what
//! of a frame is hashed.
//!
//! The property tests and the fuzzer (tests/fuzz) share it.

use crate::vnet_rs::card::rss::{
    Hash,
    Key, //
};

pub fn l4(value: u32) -> Option<Hash> {
    Some(Hash { value, l4: true })
}

pub fn l3(value: u32) -> Option<Hash> {
    Some(Hash { value, l4: false })
}

/// The hash from its definition: the key is one long number.
pub fn toeplitz(key: &Key, input: &[u8]) -> u32 {
    let key_bit = |at: usize| u32::from(key.0[at / 8] >> (7 - at % 8)) & 1;
    let mut hash = 0;
    for at in (0..input.len() * 8).filter(|at| input[at / 8] & (0x80 >> (at % 8)) != 0) {
        hash ^= (0..32).fold(0, |word, i| (word << 1) | key_bit(at + i));
    }
    hash
}

/// What a frame's hash must be, told by slices at fixed places.
pub fn expected(key: &Key, frame: &[u8]) -> Option<Hash> {
    let mut at = 12;
    while at < 20 && matches!(frame.get(at..at + 2)?, [0x81, 0] | [0x88, 0xa8]) {
        at += 4;
    }
    let packet = frame.get(at + 2..)?;
    let (addresses, len, protocol) = match (frame.get(at..at + 2)?, packet.first()? >> 4) {
        ([8, 0], 4) if packet[0] & 15 >= 5 => {
            let fragment = packet.get(12..20).is_some() && (packet[6] & 0x3f, packet[7]) != (0, 0);
            let protocol = if fragment { 0 } else { *packet.get(9)? };
            (
                packet.get(12..20)?,
                usize::from(packet[0] & 15) * 4,
                protocol,
            )
        }
        ([0x86, 0xdd], 6) => (packet.get(8..40)?, 40, packet[6]),
        _ => return None,
    };
    match packet.get(len..len + 4) {
        Some(ports) if [6, 17].contains(&protocol) => {
            l4(toeplitz(key, &[addresses, ports].concat()))
        }
        _ => l3(toeplitz(key, addresses)),
    }
}
