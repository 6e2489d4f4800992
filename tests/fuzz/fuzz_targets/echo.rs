// SPDX-License-Identifier: GPL-2.0

//! The echo host: a byte that says how many routers are before it, and a frame. The reply must be
//! the oracle's, or none where the oracle has none; then once more with checksums that are right,
//! for few frames that nobody chose have such.

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

use common::agrees::{
    agrees_behind,
    repair, //
};

input::fuzz_target!(|data: &[u8]| {
    if let Some((hops, frame)) = data.split_first() {
        agrees_behind(*hops, frame);
        let mut frame = frame.to_vec();
        repair(&mut frame);
        agrees_behind(*hops, &frame);
    }
});
