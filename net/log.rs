// SPDX-License-Identifier: GPL-2.0

//! Words in the log.
//!
//! C header: [`include/linux/netdevice.h`](srctree/include/linux/netdevice.h)

use super::{
    bindings,
    Device,
    Parts, //
};
use kernel::prelude::*;

impl<T: Parts> Device<T> {
    /// Logs, at a limited rate, why something is refused that cannot be told otherwise. Process
    /// context.
    ///
    /// C: `netdev_err()`.
    pub(crate) fn err(&self, why: &'static CStr) {
        if ratelimit() {
            // SAFETY: the device is valid, the text is a C string.
            unsafe { bindings::net_rs_netdev_err(self.as_ptr(), why.as_char_ptr()) };
        }
    }

    /// Logs a line of information. Process context.
    ///
    /// C: `netdev_info()`.
    pub(crate) fn info(&self, what: &'static CStr) {
        // SAFETY: the device is valid, the text is a C string.
        unsafe { bindings::net_rs_netdev_info(self.as_ptr(), what.as_char_ptr()) };
    }
}

/// Whether a message that a user could cause often may be logged now.
///
/// C: `net_ratelimit()`.
pub(crate) fn ratelimit() -> bool {
    // SAFETY: the function locks for itself; any context.
    unsafe { bindings::net_ratelimit() != 0 }
}
