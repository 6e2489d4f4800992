// SPDX-License-Identifier: GPL-2.0

//! The kernel, as far as the files under test see it: made of loom's parts.
//!
//! - [`prelude`] and [`sync`] are what those import: the atomics adapter.
//! - [`slots`] stands for net/slots.rs under ring/, and is less forgiving.
//! - [`cell`] and [`memory`] are what the shipped net/slots.rs gets under cable/fifo.rs.
//! - [`tx_queue`] is the model of `struct netdev_queue`, its state bits and BQL.

pub mod cell;
pub mod memory;
pub mod mutation;
pub mod slots;
pub mod tx_queue;

/// `kernel::warn_on!`, which fails here.
#[macro_export]
macro_rules! warn_on {
    ($condition:expr) => {
        assert!(!$condition, "warned")
    };
}

/// `kernel::prelude`.
pub mod prelude {
    /// An error, without a number.
    #[derive(Debug)]
    pub struct Error;

    /// The error for a wrong argument.
    pub const EINVAL: Error = Error;

    /// With [`Error`].
    pub type Result<T = (), E = Error> = core::result::Result<T, E>;

    /// How to allocate.
    pub struct Flags;

    /// In process context.
    pub const GFP_KERNEL: Flags = Flags;
}

/// `kernel::sync`.
pub mod sync {
    use super::prelude::{
        Flags,
        Result, //
    };

    /// A reference count, which is not part of what is checked.
    pub struct Arc<T>(std::sync::Arc<T>);

    impl<T> Arc<T> {
        /// The first reference to `value`.
        pub fn new(value: T, _flags: Flags) -> Result<Self> {
            Ok(Self(std::sync::Arc::new(value)))
        }
    }

    impl<T> Clone for Arc<T> {
        fn clone(&self) -> Self {
            Self(self.0.clone())
        }
    }

    impl<T> core::ops::Deref for Arc<T> {
        type Target = T;

        fn deref(&self) -> &T {
            &self.0
        }
    }

    /// `kernel::sync::atomic`: each operation is loom's, with the order that the caller says.
    pub mod atomic {
        use core::marker::PhantomData;
        use loom::sync::atomic::{
            fence,
            AtomicBool,
            AtomicU32, //
        };

        /// The orders by the names that the kernel has for them.
        pub mod ordering {
            pub use loom::sync::atomic::Ordering::{
                Acquire,
                Relaxed,
                Release,
                SeqCst as Full, //
            };
        }
        use loom::sync::atomic::Ordering;

        /// An atomic `T`, which is an `u32`.
        pub struct Atomic<T>(AtomicU32, PhantomData<T>);

        impl Atomic<u32> {
            /// An atomic that is `value`.
            pub fn new(value: u32) -> Self {
                Self(AtomicU32::new(value), PhantomData)
            }

            /// Reads it.
            pub fn load(&self, order: Ordering) -> u32 {
                self.0.load(order)
            }

            /// Writes it.
            pub fn store(&self, value: u32, order: Ordering) {
                self.0.store(value, order);
            }
        }

        /// An atomic `bool`.
        pub struct AtomicFlag(AtomicBool);

        impl AtomicFlag {
            /// An atomic that is `value`.
            pub fn new(value: bool) -> Self {
                Self(AtomicBool::new(value))
            }

            /// Reads it.
            pub fn load(&self, order: Ordering) -> bool {
                self.0.load(order)
            }

            /// Writes it. Not by a store: loom (0.5) may order one before a read-modify-write
            /// that has read an older one, which no machine does.
            pub fn store(&self, value: bool, order: Ordering) {
                self.0.swap(value, order);
            }

            /// Writes it; returns the old value. `Full` is a barrier on both sides, and loom takes
            /// such an order for less.
            pub fn xchg(&self, value: bool, order: Ordering) -> bool {
                if order != Ordering::SeqCst {
                    return self.0.swap(value, order);
                }
                fence(order);
                let old = self.0.swap(value, Ordering::AcqRel);
                fence(order);
                old
            }
        }
    }
}
