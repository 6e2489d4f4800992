// SPDX-License-Identifier: GPL-2.0

//! The cursors that the ring tests use: an `AtomicU32` whose loads acquire and stores release.

use crate::vnet_rs::ring::cursors::Cursor;
use std::sync::atomic::{
    AtomicU32,
    Ordering::{
        Acquire,
        Release, //
    }, //
};

impl Cursor for AtomicU32 {
    fn new(value: u32) -> Self {
        AtomicU32::new(value)
    }
    fn load(&self) -> u32 {
        AtomicU32::load(self, Acquire)
    }
    fn store(&self, value: u32) {
        AtomicU32::store(self, value, Release);
    }
}
