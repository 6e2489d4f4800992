// SPDX-License-Identifier: GPL-2.0

//! The delay line: its limits, and what is done to it, step by step, which must come to the same as
//! in a list that is looked through from end to end.

#![no_main]

#[path = "../input.rs"]
mod input;
#[allow(dead_code)]
#[path = "../../../vnet_rs"]
mod vnet_rs {
    pub(crate) mod cable {
        pub(crate) mod delay_line;
    }
}
#[path = "../../host/tests/common/line_model.rs"]
mod line_model;

use input::Input;
use line_model::{
    Both,
    Step, //
};
use vnet_rs::cable::delay_line::HOLD_NS;

/// Times that are often equal, some near the time for which frames are held, some at the end.
fn time(input: &mut Input<'_>) -> u64 {
    let byte = u64::from(input.u8());
    match byte % 8 {
        0..=3 => byte / 8,
        4 | 5 => HOLD_NS - 2 + byte / 8 % 5,
        6 => byte / 8 * HOLD_NS / 8,
        _ => u64::MAX - byte / 8 * HOLD_NS / 8,
    }
}

fn step(input: &mut Input<'_>) -> Step {
    let kind = input.u8();
    match kind % 16 {
        0..=9 => Step::Add(
            kind & 16 != 0,
            time(input),
            u32::from(input.u8()) % 32,
            kind & 32 != 0,
        ),
        10..=13 => Step::Wait(time(input) % (2 * HOLD_NS), usize::from(kind >> 4)),
        14 => Step::Move(usize::from(input.u8()) % 64, u64::from(input.u16()) % 1024),
        _ => Step::Drain,
    }
}

input::fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mut both = Both::new(usize::from(input.u8()) % 64, u64::from(input.u16()) % 1024);
    for number in 0.. {
        if input.is_empty() {
            break;
        }
        both.step(number, step(&mut input));
    }
});
