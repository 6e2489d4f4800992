// SPDX-License-Identifier: GPL-2.0

//! The wire: a rate, and skbs that are offered to it at any time. Each is what its frames are,
//! one by one, and leaves when arithmetic in 128 bits says so, or at the end of time.

#![no_main]

#[path = "../input.rs"]
mod input;
#[allow(dead_code)]
#[path = "../../../vnet_rs"]
mod vnet_rs {
    pub(crate) mod cable {
        pub(crate) mod ethernet;
        pub(crate) mod wire;
        pub(crate) mod wire_frames;
    }
}

use input::Input;
use vnet_rs::cable::{
    wire::{
        drain_time_ns,
        Wire, //
    },
    wire_frames::WireFrames, //
};

/// Short ones, long ones, and those that nobody believes.
fn len(input: &mut Input<'_>) -> u32 {
    match input.u8() {
        kind @ 0..=127 => u32::from(kind),
        kind @ 128..=239 => u32::from(kind) << 8 | u32::from(input.u8()),
        _ => input.u32(),
    }
}

fn saturated(number: u128) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What an skb of `len` bytes is, counted without limits.
fn check_wire_frames(len: u32, header: u32, segment: u32) -> WireFrames {
    let wide = |number: u32| u128::from(number);
    let padded = |len: u128| len.max(60);
    let on_wire = |len: u128| padded(len) + 24;
    let is_cut = segment > 0 && header < len;
    let full = if is_cut {
        wide(len - header - 1) / wide(segment)
    } else {
        0
    };
    let last = wide(len) - full * wide(segment);
    let longest = if full > 0 {
        wide(header) + wide(segment)
    } else {
        last
    };

    let sent = WireFrames::segmented(len, header, segment);
    assert_eq!(wide(sent.frames), full + 1);
    let bytes = full * padded(longest) + padded(last);
    assert_eq!(sent.bytes, saturated(bytes));
    assert_eq!(sent.longest, saturated(longest));
    let all = full * on_wire(longest) + on_wire(last);
    assert_eq!(sent.on_wire, saturated(all));
    if all < wide(u32::MAX) {
        let other = sent.on_wire_with(0);
        assert_eq!(wide(other), all - wide(sent.frames) * 24);
    }
    sent
}

input::fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let rate = len(&mut input);
    let (mut wire, mut now, mut free) = (Wire::new(), input.u64(), 0u128);
    while !input.is_empty() {
        now = now.saturating_add(u64::from(len(&mut input)));
        let sent = check_wire_frames(len(&mut input), len(&mut input), len(&mut input));
        let end = wire.send(now, sent.on_wire, rate);
        if rate == 0 {
            assert_eq!(end, now);
            continue;
        }
        // In units of 1/rate ns, nothing has to be rounded.
        let work = u128::from(sent.on_wire) * 8_000_000;
        free = free.max(u128::from(now) * u128::from(rate)) + work;
        let exact = free / u128::from(rate);
        assert_eq!(end, u64::try_from(exact).unwrap_or(u64::MAX));
        assert!(u128::from(drain_time_ns(1, sent.on_wire, rate)) >= work / u128::from(rate));
    }
});
