// SPDX-License-Identifier: GPL-2.0

//! The fate of frames: a link with any properties, also beyond their limits, and frames of any
//! length. What happens must be possible on that link, the same once more, and independent of what
//! else may happen.

#![no_main]

#[path = "../input.rs"]
mod input;
#[allow(dead_code)]
#[path = "../../../vnet_rs"]
mod vnet_rs {
    pub(crate) mod cable {
        pub(crate) mod fate;
        pub(crate) mod link;
        pub(crate) mod random;
    }
}

use input::Input;
use vnet_rs::cable::{
    fate::{
        Fate,
        Fates, //
    },
    link::{
        JitterModel,
        Link,
        MAX_DELAY_NS,
        MAX_PPM, //
    }, //
};

/// Never, always, more than that, or any.
fn chance(input: &mut Input<'_>) -> u32 {
    match input.u8() {
        0..=31 => 0,
        32..=63 => MAX_PPM,
        64..=95 => input.u32(),
        kind => u32::from(kind) * 4_000,
    }
}

fn delay(input: &mut Input<'_>) -> u64 {
    match input.u8() {
        0..=31 => 0,
        32..=63 => MAX_DELAY_NS,
        64..=127 => input.u64(),
        _ => u64::from(input.u32()),
    }
}

fn link(input: &mut Input<'_>) -> Link {
    let kind = input.u8();
    Link {
        latency_ns: delay(input),
        jitter_ns: delay(input),
        jitter_model: [JitterModel::Uniform, JitterModel::Normal][usize::from(kind % 2)],
        loss_ppm: chance(input),
        burst_enter_ppm: chance(input),
        burst_leave_ppm: chance(input),
        burst_loss_ppm: chance(input),
        duplicate_ppm: chance(input),
        reorder_ppm: chance(input),
        corrupt_ppm: chance(input),
        seed: input.u64(),
    }
}

/// Whether something with such a chance may be so.
fn is_possible(is_so: bool, ppm: u32) -> bool {
    match is_so {
        true => ppm > 0,
        false => ppm < MAX_PPM,
    }
}

fn check_fate(link: &Link, bits: u32, fate: &Fate) {
    if fate.lost {
        let bursts = link.burst_enter_ppm > 0 && link.burst_loss_ppm > 0;
        assert!(link.loss_ppm > 0 || bursts);
        let rest = (fate.corrupt, fate.twice, fate.held, fate.delay_ns);
        assert_eq!(rest, (None, false, false, 0));
        return;
    }
    assert!(is_possible(false, link.loss_ppm) || link.burst_enter_ppm > 0);
    assert!(is_possible(fate.twice, link.duplicate_ppm));
    assert!(is_possible(fate.held, link.reorder_ppm));
    match fate.corrupt {
        Some(bit) => assert!(bit < bits && link.corrupt_ppm > 0),
        None => assert!(bits == 0 || is_possible(false, link.corrupt_ppm)),
    }
    let latency = link.latency_ns.min(MAX_DELAY_NS);
    let jitter = link.jitter_ns.min(MAX_DELAY_NS);
    let most = match link.jitter_model {
        JitterModel::Uniform => jitter,
        JitterModel::Normal => 4 * jitter,
    };
    assert!(fate.delay_ns <= latency + most);
    assert!(fate.delay_ns >= latency.saturating_sub(most));
}

input::fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let link = link(&mut input);
    let lossless = Link {
        loss_ppm: 0,
        burst_enter_ppm: 0,
        ..link
    };
    let direction = u32::from(input.u8());
    let (mut one, mut same) = (
        Fates::new(link.seed, direction),
        Fates::new(link.seed, direction),
    );
    let mut others = Fates::new(link.seed, direction);
    while !input.is_empty() {
        let bits = u32::from(input.u8()) * 8;
        let fate = one.next(&link, bits);
        assert_eq!(fate, same.next(&link, bits));
        check_fate(&link, bits, &fate);
        // Were nothing lost, all else would happen as it does.
        let other = others.next(&lossless, bits);
        check_fate(&lossless, bits, &other);
        assert!(fate.lost || fate == other);
    }
});
