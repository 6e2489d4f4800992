// SPDX-License-Identifier: GPL-2.0

//! The kernel's C types and functions, as bindgen wrote them down.
//!
//! `kernel::bindings` leaves `struct net_device` opaque, so this layer has
//! bindings of its own (see Kbuild). Only `net/` may name them.

#![allow(
    clippy::all,
    clippy::cast_lossless,
    clippy::ptr_as_ptr,
    clippy::ref_as_ptr,
    clippy::undocumented_unsafe_blocks,
    dead_code,
    improper_ctypes,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unnameable_types,
    unreachable_pub,
    unsafe_op_in_unsafe_fn
)]

use kernel::bindings::tracepoint;
use pin_init::MaybeZeroable;

include!("bindings_generated.rs");

// SAFETY: the unit is its storage and nothing else; where all zeroes is valid for
// that, it is for the unit. bindgen does not derive this.
unsafe impl<Storage> pin_init::Zeroable for __BindgenBitfieldUnit<Storage> where
    Storage: pin_init::Zeroable
{
}

/// `size_t`, which bindgen is told to leave to us.
pub(crate) type __kernel_size_t = usize;
/// `ssize_t`.
pub(crate) type __kernel_ssize_t = isize;
/// `ptrdiff_t`.
pub(crate) type __kernel_ptrdiff_t = isize;
