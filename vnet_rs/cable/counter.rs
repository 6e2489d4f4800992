// SPDX-License-Identifier: GPL-2.0

//! A counter: a number that one party at a time adds to, and anybody may read.

use kernel::sync::atomic::{
    ordering::{
        Acquire,
        Relaxed,
        Release, //
    },
    Atomic, //
};

/// A number that one party at a time adds to, and anybody may read.
///
/// Adding is a load and a store: there is no other writer, as each struct of counters says of its
/// own. Two would lose counts, and nothing else.
pub(crate) struct Counter(Atomic<u64>);

impl Counter {
    /// Nothing has happened yet.
    pub(crate) const fn new() -> Self {
        Self(Atomic::new(0))
    }

    /// Adds to it.
    #[inline]
    pub(crate) fn add(&self, n: u64) {
        self.set(self.0.load(Relaxed).wrapping_add(n));
    }

    /// Sets it.
    #[inline]
    pub(crate) fn set(&self, n: u64) {
        self.0.store(n, Release);
    }

    /// Reads it.
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
            /// Nothing has happened yet.
            pub(crate) const fn new() -> Self {
                Self { $($field: $crate::vnet_rs::cable::counter::Counter::new(),)* }
            }
        }
    };
}
pub(crate) use counters;
