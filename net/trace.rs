// SPDX-License-Identifier: GPL-2.0

//! Trace events of a driver.
//!
//! C header: [`include/linux/tracepoint.h`](srctree/include/linux/tracepoint.h)
//!
//! A driver declares its events in C, with `TRACE_EVENT()`, since that is where trace-cmd, perf and
//! BPF learn their fields from. [`trace_events!`] makes a module for each: `is_on()` is a branch of
//! the kernel's static keys, an instruction that does nothing while the event is off; `emit()`
//! records the event.
//!
//! The driver's header of events is the one file of a driver that this layer is built with (see
//! Kbuild): bindgen makes the declarations, so that the arguments are checked against C's, and a
//! driver, which has no `unsafe`, cannot have them itself.

use super::{
    bindings,
    Device,
    DropReason,
    Interrupts,
    Parts,
    SkBuff, //
};
use core::marker::PhantomData;

/// The C side of the events, as bindgen found it in the driver's header. It is for
/// [`trace_events!`] alone; others could not call anything in it without `unsafe`.
pub(crate) mod c {
    pub(crate) use super::super::bindings::*;
}

/// An argument of a trace event.
///
/// # Safety
///
/// A pointer that `for_c` returns is null or valid as long as `self` is.
pub(crate) unsafe trait Argument {
    /// The argument's type in C.
    type C;
    /// The argument, for C.
    fn for_c(self) -> Self::C;
}

/// Arguments that are the same in C.
macro_rules! plain_arguments {
    ($($type:ty)*) => {$(
        // SAFETY: not a pointer, so there is nothing to promise.
        unsafe impl Argument for $type {
            type C = Self;
            #[inline]
            fn for_c(self) -> Self {
                self
            }
        }
    )*};
}

plain_arguments!(bool i32 u32 u64);

// SAFETY: not a pointer, so there is nothing to promise.
unsafe impl Argument for DropReason {
    type C = bindings::skb_drop_reason;

    #[inline]
    fn for_c(self) -> Self::C {
        self as bindings::skb_drop_reason
    }
}

// SAFETY: valid by the type invariant of `SkBuff`, or null.
unsafe impl Argument for Option<&SkBuff> {
    type C = *const bindings::sk_buff;

    #[inline]
    fn for_c(self) -> Self::C {
        self.map_or(core::ptr::null(), |skb| skb.as_ptr().cast_const())
    }
}

/// The device that an event is about, of whatever driver it is.
///
/// # Invariants
///
/// The device is valid for `'a`.
#[derive(Clone, Copy)]
pub(crate) struct About<'a>(*const bindings::net_device, PhantomData<&'a ()>);

impl<'a, T: Parts> From<&'a Device<T>> for About<'a> {
    #[inline]
    fn from(dev: &'a Device<T>) -> Self {
        // INVARIANT: valid by the type invariant of `Device`.
        Self(dev.as_ptr(), PhantomData)
    }
}

impl<'a> From<&'a Interrupts> for About<'a> {
    #[inline]
    fn from(lines: &'a Interrupts) -> Self {
        // INVARIANT: they have a reference to it.
        Self(lines.dev.as_ptr(), PhantomData)
    }
}

// SAFETY: valid by the type invariant of `About`.
unsafe impl Argument for About<'_> {
    type C = *const bindings::net_device;

    #[inline]
    fn for_c(self) -> Self::C {
        self.0
    }
}

/// Makes a module for each event of a trace system, with `is_on()`, in C
/// `trace_SYSTEM_EVENT_enabled()`, and `emit()`, in C `trace_SYSTEM_EVENT()`.
///
/// The arguments have to be those of `TP_PROTO()`; others do not compile.
macro_rules! trace_events {
    ($system:ident: $($event:ident($($name:ident: $type:ty),* $(,)?);)*) => {$(
        pub(crate) mod $event {
            use super::*;

            /// Whether the event is traced.
            #[inline(always)]
            pub(crate) fn is_on() -> bool {
                #[cfg(CONFIG_TRACEPOINTS)]
                kernel::macros::paste! {
                    // SAFETY: the key of a tracepoint is a static key, and
                    // `DEFINE_TRACE()` has made this one.
                    unsafe {
                        kernel::jump_label::static_branch_unlikely!(
                            $crate::net::trace::c::[<__tracepoint_ $system _ $event>],
                            kernel::bindings::tracepoint,
                            key
                        )
                    }
                }
                #[cfg(not(CONFIG_TRACEPOINTS))]
                false
            }

            /// Records the event.
            #[inline(always)]
            pub(crate) fn emit(($($name,)*): ($($type,)*)) {
                tell(($($crate::net::trace::Argument::for_c($name),)*));
            }

            // The pointers, where references would keep a frame out of the registers.
            #[cold]
            fn tell(($($name,)*): ($(<$type as $crate::net::trace::Argument>::C,)*)) {
                #[cfg(CONFIG_TRACEPOINTS)]
                kernel::macros::paste! {
                    // SAFETY: C has declared the function, for any context in which RCU is
                    // watching, as it is in a driver. It reads through its pointers, each of which
                    // is null or valid (contract of `Argument`): `emit` is the only caller.
                    unsafe {
                        $crate::net::trace::c::[<rust_do_trace_ $system _ $event>]($($name),*)
                    };
                }
                #[cfg(not(CONFIG_TRACEPOINTS))]
                let _ = ($($name,)*);
            }
        }
    )*};
}
pub(crate) use trace_events;
