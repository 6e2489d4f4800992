// SPDX-License-Identifier: GPL-2.0

//! `net::memory` as net/slots.rs uses it, with memory for all.

use super::prelude::{
    Flags,
    Result, //
};

/// A vector that is never refused memory.
pub struct SparingVec<T>(Vec<T>);

impl<T> SparingVec<T> {
    /// An empty one.
    pub fn with_capacity(size: usize, _flags: Flags) -> Result<Self> {
        Ok(Self(Vec::with_capacity(size)))
    }

    /// Adds `value`.
    pub fn push(&mut self, value: T, _flags: Flags) -> Result {
        self.0.push(value);
        Ok(())
    }
}

impl<T> core::ops::Deref for SparingVec<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> core::ops::DerefMut for SparingVec<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

/// Memory is not counted here.
pub fn taken_by(bytes: u64) -> u64 {
    bytes
}
