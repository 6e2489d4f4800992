// SPDX-License-Identifier: GPL-2.0

//! `core::cell::UnsafeCell` as net/slots.rs uses it, each access seen by loom.

use loom::cell;

/// A cell whose accesses have to be ordered.
pub struct UnsafeCell<T>(cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    /// A cell that holds `value`.
    pub fn new(value: T) -> Self {
        Self(cell::UnsafeCell::new(value))
    }

    /// Returns the place, where the caller writes now.
    pub fn get(&self) -> *mut T {
        self.0.with_mut(|value| value)
    }

    /// Returns the value of a cell that is not shared.
    pub fn get_mut(&mut self) -> &mut T {
        let value = self.get();
        // SAFETY: the cell is borrowed mutably as long as its value.
        unsafe { &mut *value }
    }
}
