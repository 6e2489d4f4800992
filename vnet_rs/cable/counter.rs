// SPDX-License-Identifier: GPL-2.0

//! A counter: a number with one writer at a time, and any number of readers.

use kernel::sync::atomic::{
    ordering::{
        Acquire,
        Relaxed,
        Release, //
    },
    Atomic, //
};

/// A number with one writer at a time, and any number of readers.
///
/// Adding is a load and a store: each struct of counters names its writer. Two writers would lose
/// counts, and nothing else.
pub(crate) struct Counter(Atomic<u64>);

impl Counter {
    /// A counter that is 0.
    pub(crate) const fn new() -> Self {
        Self(Atomic::new(0))
    }

    /// Adds `n`. For the one writer.
    #[inline]
    pub(crate) fn add(&self, n: u64) {
        self.set(self.0.load(Relaxed).wrapping_add(n));
    }

    /// Sets the number to `n`. For the one writer.
    #[inline]
    pub(crate) fn set(&self, n: u64) {
        self.0.store(n, Release);
    }

    /// Reads the number. Any context.
    #[inline]
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Acquire)
    }
}

/// Defines a struct of counters, all of which start at 0.
macro_rules! counters {
    ($(#[doc = $about:literal])* $name:ident { $($(#[doc = $doc:literal])* $field:ident,)* }) => {
        $(#[doc = $about])*
        #[repr(align(64))]
        pub(crate) struct $name {
            $($(#[doc = $doc])* pub(crate) $field: $crate::vnet_rs::cable::counter::Counter,)*
        }

        impl $name {
            /// A counter that is 0.
            pub(crate) const fn new() -> Self {
                Self { $($field: $crate::vnet_rs::cable::counter::Counter::new(),)* }
            }
        }
    };
}
pub(crate) use counters;
